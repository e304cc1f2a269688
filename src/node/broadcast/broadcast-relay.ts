import { TokenBucket } from '../../core/token-bucket.ts'
import type { PeerId } from '../../identity/peer-id.ts'
import type { Peer } from '../api.ts'
import type { BroadcastRelayOptions } from '../options.ts'
import type { BroadcastHeader } from './broadcast-message.ts'

/** Origins whose budget is remembered; beyond them the one that sent the longest ago is forgotten. A sender that makes up origins is bounded by its own. */
const ORIGINS_MAX = 1_024

/**
 * Which messages a node passes on. A message costs the sender one copy and the node one for each of its peers, so what is passed on has a budget for each sender, and
 * for each origin, whose messages come by many senders. The bytes that go out for a sender are at most those of its budget times the number of other peers.
 */
export class BroadcastRelay {
  readonly #options: BroadcastRelayOptions
  readonly #senders = new WeakMap<Peer, Budget>()
  /** By origin, the one that was used last at the end. */
  readonly #origins = new Map<PeerId, Budget>()

  constructor(options: BroadcastRelayOptions) {
    this.#options = options
  }

  get hopsMax(): number {
    return this.#options.hopsMax
  }

  /** Whether messages of the protocol are passed on, where this node has a handler for them or has not. */
  serves(protocol: string, isHandled: boolean): boolean {
    const { relayProtocols } = this.#options
    return isHandled || relayProtocols === 'all' || relayProtocols.includes(protocol)
  }

  /** How many hops of those that a message has left count here. */
  hopsLeft(hopsLeft: number): number {
    return Math.min(hopsLeft, this.#options.hopsMax - 1)
  }

  /** Whether the budgets allow it to pass on a message of so many bytes; then it is taken off them. */
  take(from: Peer, { origin }: BroadcastHeader, bytes: number, nowMs: number): boolean {
    // Nobody proves an origin, but a link proves the sender: others cannot use up the budget of what it sends itself.
    const budgets = origin === from.id ? [this.#senderOf(from)] : [this.#senderOf(from), this.#originOf(origin)]
    if (!budgets.every((budget) => budget.allows(bytes, nowMs))) return false
    for (const budget of budgets) budget.take(bytes, nowMs)
    return true
  }

  #senderOf(peer: Peer): Budget {
    const budget = this.#senders.get(peer) ?? new Budget(this.#options)
    this.#senders.set(peer, budget)
    return budget
  }

  #originOf(origin: PeerId): Budget {
    const budget = this.#origins.get(origin) ?? new Budget(this.#options)
    this.#origins.delete(origin)
    this.#origins.set(origin, budget)
    const [oldest] = this.#origins.keys()
    if (this.#origins.size > ORIGINS_MAX && oldest !== undefined) this.#origins.delete(oldest)
    return budget
  }
}

class Budget {
  readonly #messages: TokenBucket
  readonly #bytes: TokenBucket

  constructor(options: BroadcastRelayOptions) {
    this.#messages = new TokenBucket({ atOnce: options.relayMessagesAtOnce, perSecond: options.relayMessagesPerSecond })
    this.#bytes = new TokenBucket({ atOnce: options.relayBytesAtOnce, perSecond: options.relayBytesPerSecond })
  }

  allows(bytes: number, nowMs: number): boolean {
    return this.#messages.allows(nowMs) && this.#bytes.allows(nowMs, bytes)
  }

  take(bytes: number, nowMs: number): void {
    this.#messages.take(nowMs)
    this.#bytes.take(nowMs, bytes)
  }
}
