import { TokenBucket } from '../../core/token-bucket.ts'
import type { PeerId } from '../../identity/peer-id.ts'
import type { NodeContext } from '../context.ts'
import { DIAL_TIMEOUT_MS } from './dialer.ts'
import { race } from './race.ts'

/** How often a peer is asked to dial. */
const KNOCK_RATE = { atOnce: 3, perSecond: 1 / 10 }

export interface KnockerOptions {
  readonly context: Pick<NodeContext, 'clock' | 'transportOf'>
  readonly peer: { readonly id: PeerId; readonly dialable: readonly string[] }
  /** A connection is begun. */
  readonly began: () => void
}

/**
 * Asks a peer that alone may dial to do so now: opens a connection to it, which proves this node's id, and closes that without a HELLO (SPEC.md, section 5). So a side that never
 * dials, and was restarted, need not wait for the other one's next attempt.
 */
export class Knocker {
  readonly #options: KnockerOptions
  readonly #bucket = new TokenBucket(KNOCK_RATE)
  #stop: AbortController | undefined

  constructor(options: KnockerOptions) {
    this.#options = options
  }

  /** Does nothing while it is under way, or was done too often. */
  knock(): void {
    const { context, peer, began } = this.#options
    const { clock } = context
    if (this.#stop !== undefined || peer.dialable.length === 0 || !this.#bucket.take(clock.now())) return
    const stop = new AbortController()
    this.#stop = stop
    const timeout = clock.after(DIAL_TIMEOUT_MS, () => this.stop())
    const dial = async (address: string, signal: AbortSignal): Promise<void> => {
      began()
      const channel = await context.transportOf(address).dial(address, { expect: peer.id, signal })
      // What was sent still arrives.
      channel.end()
    }
    const over = (): void => {
      timeout.cancel()
      if (this.#stop === stop) this.#stop = undefined
    }
    // A peer that is away dials when it is back.
    race(peer.dialable, dial, stop.signal, clock).then(over, over)
  }

  stop(): void {
    this.#stop?.abort(new Error('Nobody is to be asked any more'))
    this.#stop = undefined
  }
}
