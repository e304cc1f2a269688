/**
 * The networks that an IP address belongs to, narrowest first: one subscriber's, one site's and one provider's customers or hoster's machine.
 * IPv4: /32, /24, /16; IPv6: /64, /56, /48. One machine has a whole /64 to choose from, and often a /48.
 */
export type SourcePrefixes = readonly [narrow: string, middle: string, wide: string]

export function sourcePrefixes(ip: string): SourcePrefixes {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(ip)
  const four = mapped?.[1] ?? ip
  if (!four.includes(':')) {
    const [a, b, c] = four.split('.')
    return [four, `${a}.${b}.${c}.0/24`, `${a}.${b}.0.0/16`]
  }
  const network = networkOf(four)
  const narrow = network.map((group) => group.toString(16)).join(':')
  const site = network.slice(0, 3).map((group) => group.toString(16))
  const subnets = ((network[3] ?? 0) & 0xff00).toString(16)
  return [narrow, `${site.join(':')}:${subnets}/56`, `${site.join(':')}/48`]
}

/**
 * What counts as one address: an IPv4 address, also when it comes mapped into IPv6, or the /64 network of an IPv6 address,
 * since one machine has all of that to choose from.
 */
export function admissionAddress(ip: string): string {
  return sourcePrefixes(ip)[0]
}

/** The first four groups of an IPv6 address. */
function networkOf(ip: string): number[] {
  const [head = '', tail = ''] = ip.replace(/%.*$/, '').split('::')
  const groups = head === '' ? [] : head.split(':')
  const ending = tail === '' ? [] : tail.split(':')
  while (ip.includes('::') && groups.length + ending.length < 8) groups.push('0')
  return [...groups, ...ending].slice(0, 4).map((group) => Number.parseInt(group, 16))
}
