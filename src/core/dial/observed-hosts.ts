import { addressKind } from './address-kind.ts'
import { addressParts } from './address-order.ts'

/** One alone may be mistaken, or lie. */
const WITNESSES_MIN = 2
/** What was seen longer ago counts no more: providers change addresses daily. */
const KEPT_MS = 24 * 3_600_000
/** Peers whose word is remembered; beyond them the one that spoke the longest ago is forgotten. */
const WITNESSES_MAX = 64
/** Hosts that are believed at a time, those that most peers name: enough for one of each family, though both may be of the same. */
const HOSTS_MAX = 2

interface Sight {
  readonly host: string
  readonly atMs: number
}

/**
 * Under which public addresses others see this node: what they dial may be forwarded from there, by a router that people have set up so. Behind one that forwards nothing, the address is of no use and costs
 * peers an attempt that comes last. Only what two peers say is believed, and only addresses of the Internet: those of private networks are known from the interfaces, or lead nowhere from outside.
 */
export class ObservedHosts {
  readonly #sights = new Map<string, Sight>()

  /** A peer says from where it sees this node. Answers whether that changes `hosts`. */
  seen(peer: string, address: string, nowMs: number): boolean {
    const before = this.hosts(nowMs).join()
    const parts = addressParts(address)
    this.#sights.delete(peer)
    if (parts?.ip !== undefined && addressKind(address, []) === 'public')
      this.#sights.set(peer, { host: parts.host, atMs: nowMs })
    const [oldest] = this.#sights.keys()
    if (this.#sights.size > WITNESSES_MAX && oldest !== undefined) this.#sights.delete(oldest)
    return this.hosts(nowMs).join() !== before
  }

  /** This machine is in another network. */
  forget(): void {
    this.#sights.clear()
  }

  /** Those that are believed, the one that most peers name first. */
  hosts(nowMs: number): string[] {
    const counts = new Map<string, number>()
    for (const { host, atMs } of this.#sights.values())
      if (nowMs - atMs < KEPT_MS) counts.set(host, (counts.get(host) ?? 0) + 1)
    return [...counts]
      .filter(([, count]) => count >= WITNESSES_MIN)
      .toSorted(([, a], [, b]) => b - a)
      .map(([host]) => host)
      .slice(0, HOSTS_MAX)
  }
}
