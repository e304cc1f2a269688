/** How fast something may be done. */
export interface TokenBucketOptions {
  /** At once, after a rest: the size of the bucket. */
  readonly atOnce: number
  /** In the long run. */
  readonly perSecond: number
}

/** A token bucket: full at first, and filled again with time. A clock that goes back neither gives tokens nor takes any. */
export class TokenBucket {
  readonly #options: TokenBucketOptions
  #tokens: number
  #filledMs: number | undefined

  constructor(options: TokenBucketOptions) {
    this.#options = options
    this.#tokens = options.atOnce
  }

  /** Takes `count` tokens. False if there are fewer; none are taken then. */
  take(nowMs: number, count = 1): boolean {
    if (!this.allows(nowMs, count)) return false
    this.#tokens -= count
    return true
  }

  /** Whether `take` would answer true. */
  allows(nowMs: number, count = 1): boolean {
    this.#fill(nowMs)
    return this.#tokens >= count
  }

  /** Takes `count` tokens, into debt if there are fewer. Returns after how many milliseconds the debt is paid: 0 if there is none. */
  spend(nowMs: number, count: number): number {
    this.#fill(nowMs)
    this.#tokens -= count
    return this.waitMs(nowMs, 0)
  }

  /** Gives `count` tokens back, as far as there is room for them. */
  give(count = 1): void {
    this.#tokens = Math.min(this.#options.atOnce, this.#tokens + count)
  }

  /** How long until `count` tokens are there, in milliseconds; 0 if they are. */
  waitMs(nowMs: number, count = 1): number {
    this.#fill(nowMs)
    return Math.max(0, ((count - this.#tokens) * 1_000) / this.#options.perSecond)
  }

  /** It holds all that it can: forgetting it forgets nothing. */
  isFull(nowMs: number): boolean {
    this.#fill(nowMs)
    return this.#tokens >= this.#options.atOnce
  }

  #fill(nowMs: number): void {
    const { atOnce, perSecond } = this.#options
    const passedMs = Math.max(0, nowMs - (this.#filledMs ?? nowMs))
    this.#tokens = Math.min(atOnce, this.#tokens + (passedMs * perSecond) / 1_000)
    this.#filledMs = nowMs
  }
}
