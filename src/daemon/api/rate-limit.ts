import type { Clock } from '../../clock.ts'
import { TokenBucket, type TokenBucketOptions } from '../../core/token-bucket.ts'

/** Callers that are remembered; beyond them the one that was quiet for longest is forgotten. */
const CALLERS_MAX = 1_024

/** A token bucket for each caller, filled with requests. */
export class CallerRateLimit {
  readonly #clock: Clock
  readonly #rate: TokenBucketOptions
  /** The caller that was heard last is the last one. */
  readonly #buckets = new Map<string, TokenBucket>()

  constructor(clock: Clock, rate: TokenBucketOptions) {
    this.#clock = clock
    this.#rate = rate
  }

  /** Counts a request of `caller`. Returns 0 if it may go on, or else in how many seconds it may try again. */
  take(caller: string): number {
    const nowMs = this.#clock.now()
    const bucket = this.#buckets.get(caller) ?? new TokenBucket(this.#rate)
    this.#remember(caller, bucket)
    return bucket.take(nowMs) ? 0 : Math.ceil(bucket.waitMs(nowMs) / 1_000)
  }

  #remember(caller: string, bucket: TokenBucket): void {
    this.#buckets.delete(caller)
    this.#buckets.set(caller, bucket)
    const [eldest] = this.#buckets.keys()
    if (this.#buckets.size > CALLERS_MAX && eldest !== undefined) this.#buckets.delete(eldest)
  }
}
