/** How much of something a peer may do. */
export interface AllowanceOptions {
  readonly atOnce: number
  /** In the long run. */
  readonly perSecond: number
}

/** A token bucket: full at first, a token for each time, and filled again with time. */
export class Allowance {
  readonly #options: AllowanceOptions
  #tokens: number
  #filledMs = -Infinity

  constructor(options: AllowanceOptions) {
    this.#options = options
    this.#tokens = options.atOnce
  }

  /** It was done once more; false if that is one too many. */
  take(nowMs: number): boolean {
    const { atOnce, perSecond } = this.#options
    const filled = this.#tokens + ((nowMs - this.#filledMs) * perSecond) / 1_000
    this.#tokens = Math.min(atOnce, filled)
    this.#filledMs = nowMs
    if (this.#tokens < 1) return false
    this.#tokens--
    return true
  }
}
