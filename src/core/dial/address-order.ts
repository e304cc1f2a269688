/** An IP address as eight groups of 16 bits; one of IPv4 as it is mapped into IPv6 (RFC 4291, section 2.5.5.2). */
export interface IpAddress {
  readonly family: 4 | 6
  readonly groups: readonly number[]
}

/** What an address (`scheme://host:port`) names. */
export interface AddressParts {
  readonly scheme: string
  /** A name or an IP address, without brackets. */
  readonly host: string
  readonly port: number
  /** Undefined where the host is a name. */
  readonly ip: IpAddress | undefined
}

/** Takes an address apart; undefined if it has another form. The transports judge addresses, this only orders them. */
export function addressParts(address: string): AddressParts | undefined {
  const parts = /^([a-z][a-z0-9+.-]*):\/\/(?:\[([^\]]*)\]|([^[\]:/?#@]+)):(\d{1,5})$/.exec(address)
  if (parts === null) return undefined
  const [, scheme = '', bracketed, plain = '', digits] = parts
  const port = Number(digits)
  const ip = parseIpAddress(bracketed ?? plain)
  if (port > 65_535 || (bracketed !== undefined && ip === undefined)) return undefined
  return { scheme, host: bracketed ?? plain, port, ip }
}

/** Reads an IP address of either family; undefined if it is none. A zone (`%eth0`) has no part in the order and is left out. */
export function parseIpAddress(text: string): IpAddress | undefined {
  const four = ipv4Groups(text)
  if (four !== undefined) return { family: 4, groups: [0, 0, 0, 0, 0, 0xffff, ...four] }
  const six = ipv6Groups(text.replace(/%.*$/, ''))
  return six === undefined ? undefined : { family: isMapped(six) ? 4 : 6, groups: six }
}

/**
 * Orders addresses numerically by IP address, then by port: negative if `a` comes first. As text "100…" would come before "50…", and
 * 10000 before 4000. Undefined if one of the two names no IP address, since what a name stands for is not the same on both sides.
 */
export function compareAddresses(a: string, b: string): number | undefined {
  const [one, other] = [addressParts(a), addressParts(b)]
  if (one?.ip === undefined || other?.ip === undefined) return undefined
  return compareIpAddresses(one.ip, other.ip) || one.port - other.port
}

/** That of `addresses` whose IP address has the longest beginning in common with that of `to`: it is probably in the same network. */
export function nearestAddress(addresses: readonly string[], to: string): string | undefined {
  const near = addresses.map((address) => ({ address, bits: commonBits(address, to) }))
  return near.toSorted((a, b) => b.bits - a.bits)[0]?.address
}

function commonBits(a: string, b: string): number {
  const [one, other] = [addressParts(a)?.ip, addressParts(b)?.ip]
  if (one === undefined || other === undefined) return -1
  const at = one.groups.findIndex((group, index) => group !== other.groups[index])
  return at < 0 ? 128 : at * 16 + Math.clz32((one.groups[at] ?? 0) ^ (other.groups[at] ?? 0)) - 16
}

/** Of the addresses on disk, where the one that worked last is first, that which stands for the one that its node announces first: names have no order. */
export function orderingAddress(addresses: readonly string[]): string | undefined {
  return addresses.find((address) => addressParts(address)?.ip !== undefined) ?? addresses[0]
}

function compareIpAddresses(a: IpAddress, b: IpAddress): number {
  for (const [at, group] of a.groups.entries()) {
    const difference = group - (b.groups[at] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}

function ipv4Groups(text: string): number[] | undefined {
  // No leading zeros: some systems read them as octal, so they mean different hosts to different people.
  if (!/^(?:(?:0|[1-9]\d{0,2})(?:\.(?!$)|$)){4}$/.test(text)) return undefined
  const [a = 0, b = 0, c = 0, d = 0] = text.split('.').map(Number)
  return Math.max(a, b, c, d) > 255 ? undefined : [a * 256 + b, c * 256 + d]
}

function ipv6Groups(text: string): number[] | undefined {
  const halves = text.split('::')
  if (halves.length > 2) return undefined
  const [head, tail] = halves.map((half, at) => groupsOf(half, at === halves.length - 1))
  if (head === undefined) return undefined
  if (halves.length === 1) return head.length === 8 ? head : undefined
  const missing = 8 - head.length - (tail?.length ?? 0)
  return tail === undefined || missing < 1 ? undefined : [...head, ...Array<number>(missing).fill(0), ...tail]
}

/** Groups in hexadecimal; the last two may stand there as an IPv4 address. */
function groupsOf(text: string, isLast: boolean): number[] | undefined {
  if (text === '') return []
  const groups: number[] = []
  const parts = text.split(':')
  for (const [at, part] of parts.entries()) {
    const four = isLast && at === parts.length - 1 ? ipv4Groups(part) : undefined
    if (four !== undefined) groups.push(...four)
    else if (/^[0-9a-f]{1,4}$/i.test(part)) groups.push(Number.parseInt(part, 16))
    else return undefined
  }
  return groups
}

function isMapped(groups: readonly number[]): boolean {
  return groups[5] === 0xffff && groups.slice(0, 5).every((group) => group === 0)
}
