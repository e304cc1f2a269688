import type { TokenBucketOptions } from '../core/token-bucket.ts'

/** A token bucket whose tokens can be given back, and that says when the next one is there. */
export class RefundableTokenBucket {
  readonly #options: TokenBucketOptions
  #tokens: number
  #filledMs = -Infinity

  constructor(options: TokenBucketOptions) {
    this.#options = options
    this.#tokens = options.atOnce
  }

  /** To be called when `waitMs` is 0. */
  take(): void {
    this.#tokens--
  }

  giveBack(): void {
    this.#tokens = Math.min(this.#options.atOnce, this.#tokens + 1)
  }

  /** It holds all that it can: nothing would be forgotten with it. */
  isFull(nowMs: number): boolean {
    this.#fill(nowMs)
    return this.#tokens >= this.#options.atOnce
  }

  /** How long until there is a token. */
  waitMs(nowMs: number): number {
    this.#fill(nowMs)
    return Math.max(0, ((1 - this.#tokens) * 1_000) / this.#options.perSecond)
  }

  #fill(nowMs: number): void {
    if (nowMs <= this.#filledMs) return
    const { atOnce, perSecond } = this.#options
    // It was full when it was made.
    if (this.#filledMs !== -Infinity)
      this.#tokens = Math.min(atOnce, this.#tokens + ((nowMs - this.#filledMs) * perSecond) / 1_000)
    this.#filledMs = nowMs
  }
}
