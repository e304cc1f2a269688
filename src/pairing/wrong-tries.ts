/** How wrong tries are slowed. All times in milliseconds. */
export interface WrongTryLimits {
  /** So many cost nothing: people make mistakes. */
  readonly freeTries: number
  /** How long to wait after the next one; twice as long after each further one. */
  readonly firstWaitMs: number
  readonly waitMsMax: number
  /** A source without a wrong try for so long, after its wait, is new again. */
  readonly forgetMs: number
}

/** Sources that are remembered; beyond them the one whose last try is the longest ago is forgotten. */
export const SOURCES_MAX = 1_024

interface Tries {
  count: number
  untilMs: number
}

/** Who has tried wrongly, how often, and for how long each has to wait therefore. Times are on any one clock. */
export class WrongTries {
  readonly #limits: WrongTryLimits
  /** In the order of their last try. */
  readonly #sources = new Map<string, Tries>()

  constructor(limits: WrongTryLimits) {
    this.#limits = limits
  }

  /** How many sources are remembered. */
  get size(): number {
    return this.#sources.size
  }

  /** For how long `source` has to wait; 0: it may try. */
  waitMs(source: string, nowMs: number): number {
    return Math.max(0, (this.#sources.get(source)?.untilMs ?? nowMs) - nowMs)
  }

  /** `source` has tried wrongly. Answers for how long it has to wait now. */
  failed(source: string, nowMs: number): number {
    const { freeTries, firstWaitMs, waitMsMax, forgetMs } = this.#limits
    const before = this.#sources.get(source)
    const isNew = before === undefined || nowMs - before.untilMs > forgetMs
    const count = isNew ? 1 : before.count + 1
    const waitMs = count <= freeTries ? 0 : Math.min(waitMsMax, firstWaitMs * 2 ** (count - freeTries - 1))
    this.#sources.delete(source)
    this.#sources.set(source, { count, untilMs: nowMs + waitMs })
    const [oldest] = this.#sources.keys()
    if (this.#sources.size > SOURCES_MAX && oldest !== undefined) this.#sources.delete(oldest)
    return waitMs
  }

  /** `source` has shown that it means well. */
  succeeded(source: string): void {
    this.#sources.delete(source)
  }
}
