import type { Clock } from '../../clock.ts'

/** Callers that are remembered; beyond them the one that was quiet for longest is forgotten. */
const CALLERS_MAX = 1_024

export interface RateLimitOptions {
  readonly clock: Clock
  /** Requests that may come at once. */
  readonly burst: number
  /** How many more may come in a second. */
  readonly perSecond: number
}

interface Bucket {
  tokens: number
  filledAtMs: number
}

/** A token bucket for each caller. */
export class CallerRateLimit {
  readonly #options: RateLimitOptions
  readonly #buckets = new Map<string, Bucket>()

  constructor(options: RateLimitOptions) {
    this.#options = options
  }

  /** Counts a request of `caller`. Answers 0 if it may go on, or else in how many seconds it may try again. */
  take(caller: string): number {
    const { clock, burst, perSecond } = this.#options
    const nowMs = clock.now()
    const bucket = this.#buckets.get(caller) ?? { tokens: burst, filledAtMs: nowMs }
    bucket.tokens = Math.min(burst, bucket.tokens + ((nowMs - bucket.filledAtMs) / 1_000) * perSecond)
    bucket.filledAtMs = nowMs
    this.#remember(caller, bucket)
    if (bucket.tokens < 1) return Math.ceil((1 - bucket.tokens) / perSecond)
    bucket.tokens--
    return 0
  }

  /** Last in the order, as the one that was heard last. */
  #remember(caller: string, bucket: Bucket): void {
    this.#buckets.delete(caller)
    this.#buckets.set(caller, bucket)
    const [eldest] = this.#buckets.keys()
    if (this.#buckets.size > CALLERS_MAX && eldest !== undefined) this.#buckets.delete(eldest)
  }
}
