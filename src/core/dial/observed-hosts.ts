import { addressKind } from './address-kind.ts'
import { addressParts, type IpAddress } from './address-order.ts'

/** Peers that name a host, each from another network: several peers of one network may be one person, and one alone may be mistaken, or lie. */
const WITNESS_NETWORKS_MIN = 2
/** What counts as one network: what a provider hands out to one customer is smaller. */
const NETWORK_BITS = { 4: 16, 6: 32 } as const
/** What was seen longer ago counts no more: providers change addresses daily. */
const KEPT_MS = 24 * 3_600_000
/** Peers whose word is remembered; beyond them the one that spoke the longest ago is forgotten. */
const WITNESSES_MAX = 64
/** Hosts that are believed at a time, those that are named from most networks: enough for one of each family, though both may be of the same. */
const HOSTS_MAX = 2

interface Sight {
  readonly host: string
  /** Of the peer that says so. */
  readonly network: string
  readonly atMs: number
}

/**
 * Under which public addresses others see this node: what they dial may be forwarded from there, by a router that people have set up so. Behind one that forwards nothing, the address is of no use and costs
 * peers an attempt that comes last. Only addresses of the Internet are believed, and only if peers in two networks of the Internet name them: each peer has proven its id at its own address, so a liar needs two
 * ids that were paired and two places. Addresses of private networks are known from the interfaces, or lead nowhere from outside; so two peers of one local network need none of this.
 */
export class ObservedHosts {
  readonly #sights = new Map<string, Sight>()

  /** A peer that is connected at the address `from` says that it sees this node at `address`. Answers whether that changes `hosts`. */
  seen(peer: string, from: string, address: string, nowMs: number): boolean {
    const before = this.hosts(nowMs).join()
    const [place, witness] = [publicHost(address), publicHost(from)]
    this.#sights.delete(peer)
    if (place !== undefined && witness !== undefined)
      this.#sights.set(peer, { host: place.host, network: networkOf(witness.ip), atMs: nowMs })
    const [oldest] = this.#sights.keys()
    if (this.#sights.size > WITNESSES_MAX && oldest !== undefined) this.#sights.delete(oldest)
    return this.hosts(nowMs).join() !== before
  }

  /** This machine is in another network. */
  forget(): void {
    this.#sights.clear()
  }

  /** Those that are believed, the one that is named from most networks first. */
  hosts(nowMs: number): string[] {
    const networks = new Map<string, Set<string>>()
    for (const { host, network, atMs } of this.#sights.values())
      if (nowMs - atMs < KEPT_MS) networks.set(host, (networks.get(host) ?? new Set()).add(network))
    return [...networks]
      .filter(([, { size }]) => size >= WITNESS_NETWORKS_MIN)
      .toSorted(([, a], [, b]) => b.size - a.size)
      .map(([host]) => host)
      .slice(0, HOSTS_MAX)
  }
}

function publicHost(address: string): { readonly host: string; readonly ip: IpAddress } | undefined {
  const parts = addressParts(address)
  if (parts?.ip === undefined || addressKind(address, []) !== 'public') return undefined
  return { host: parts.host, ip: parts.ip }
}

function networkOf({ family, groups }: IpAddress): string {
  const first = family === 4 ? 6 : 0
  return [family, ...groups.slice(first, first + NETWORK_BITS[family] / 16)].join()
}
