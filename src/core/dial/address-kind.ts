import { addressParts, type IpAddress, parseIpAddress } from './address-order.ts'

/** How an address leads to its peer, best first. */
export type AddressKind = 'same-network' | 'private' | 'public' | 'relay'

/** A network that one of this machine's interfaces is in. */
export interface OwnNetwork {
  readonly ip: IpAddress
  /** Counted in the 128 bits of an IPv6 address; for IPv4, 96 more than usual. */
  readonly prefixBits: number
}

/** Reads `192.0.2.7/24`, as the system writes the addresses of its interfaces; undefined if it is none. */
export function parseNetwork(cidr: string): OwnNetwork | undefined {
  const [, text = '', digits] = /^(.+)\/(\d{1,3})$/.exec(cidr) ?? []
  const ip = parseIpAddress(text)
  if (ip === undefined) return undefined
  const prefixBits = Number(digits) + (text.includes(':') ? 0 : 96)
  return prefixBits > 128 ? undefined : { ip, prefixBits }
}

/** Not for the public Internet: RFC 1918, 3927, 4193, 4291, and 6598, which carriers and overlay networks use. */
const privateNetworks = [
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '169.254.0.0/16',
  '100.64.0.0/10',
  'fc00::/7',
  'fe80::/10',
]
  .map(parseNetwork)
  .filter((network) => network !== undefined)
/** This very machine. */
const loopback = ['127.0.0.0/8', '::1/128'].map(parseNetwork).filter((network) => network !== undefined)

/** What can be told from the address alone and from one's own networks. A name is taken for public, unless it is of the local link (RFC 6762). */
export function addressKind(address: string, ownNetworks: readonly OwnNetwork[]): AddressKind {
  const parts = addressParts(address)
  if (address.startsWith('relay:')) return 'relay'
  if (parts?.ip === undefined) return /\.local\.?$/i.test(parts?.host ?? '') ? 'private' : 'public'
  const { ip } = parts
  const isIn = (network: OwnNetwork): boolean => contains(network, ip)
  if (loopback.some(isIn) || ownNetworks.some(isIn)) return 'same-network'
  return privateNetworks.some(isIn) ? 'private' : 'public'
}

/** Whether the address is one of that network. */
export function contains({ ip: { groups }, prefixBits }: OwnNetwork, ip: IpAddress): boolean {
  return ip.groups.every((group, at) => {
    const ignored = Math.min(16, Math.max(0, 16 * (at + 1) - prefixBits))
    return group >> ignored === (groups[at] ?? 0) >> ignored
  })
}
