/** How much of something a peer may do. */
export interface TokenBucketOptions {
  readonly atOnce: number
  /** In the long run. */
  readonly perSecond: number
}

/** A token bucket: full at first, and filled again with time. */
export class TokenBucket {
  readonly #options: TokenBucketOptions
  #tokens: number
  #filledMs = -Infinity

  constructor(options: TokenBucketOptions) {
    this.#options = options
    this.#tokens = options.atOnce
  }

  /** It was done once more, or `count` times; false if that is too many, and then none are taken. */
  take(nowMs: number, count = 1): boolean {
    this.#fill(nowMs)
    if (this.#tokens < count) return false
    this.#tokens -= count
    return true
  }

  /** Whether `take` would answer true. */
  allows(nowMs: number, count = 1): boolean {
    this.#fill(nowMs)
    return this.#tokens >= count
  }

  /** It may be done `count` times more, as far as there is room in the bucket. */
  give(count: number): void {
    this.#tokens = Math.min(this.#options.atOnce, this.#tokens + count)
  }

  #fill(nowMs: number): void {
    const { atOnce, perSecond } = this.#options
    const gained = (Math.max(0, nowMs - this.#filledMs) * perSecond) / 1_000
    this.#tokens = Math.min(atOnce, this.#tokens + gained)
    this.#filledMs = nowMs
  }
}
