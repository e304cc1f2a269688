/** How many messages are remembered, and for how long. */
const IDS_MAX = 8_192
const REMEMBERED_MS = 10 * 60_000

interface Remembered {
  readonly forgottenAtMs: number
  /** The most hops that were left of any copy. */
  readonly hopsLeft: number
}

/**
 * What a copy of a message is: the first; or known, but with more hops left than all before it, so that it reaches nodes that those did not; or of no use.
 */
export type BroadcastCopy = 'new' | 'farther' | 'known'

/** Remembers which messages have come, so that each is taken once whatever ways it comes on. Bounded in number and time. */
export class BroadcastMemory {
  /** By id, oldest first. */
  readonly #messages = new Map<string, Remembered>()

  get size(): number {
    return this.#messages.size
  }

  /** What a copy with so many hops left would be now. */
  judge(id: string, hopsLeft: number, nowMs: number): BroadcastCopy {
    const known = this.#messages.get(id)
    if (known === undefined || known.forgottenAtMs <= nowMs) return 'new'
    return hopsLeft > known.hopsLeft ? 'farther' : 'known'
  }

  /** The same; unless it is known, it is remembered from now on. */
  add(id: string, hopsLeft: number, nowMs: number): BroadcastCopy {
    const copy = this.judge(id, hopsLeft, nowMs)
    if (copy === 'known') return copy
    this.#messages.delete(id)
    this.#messages.set(id, { forgottenAtMs: nowMs + REMEMBERED_MS, hopsLeft })
    for (const [oldest, { forgottenAtMs }] of this.#messages) {
      if (forgottenAtMs > nowMs && this.#messages.size <= IDS_MAX) break
      this.#messages.delete(oldest)
    }
    return copy
  }
}
