/** A bucket of tokens: a burst is free, then so many a second. A machine: time comes as an argument, in milliseconds. */
export class MessageRateLimit {
  readonly #burst: number
  readonly #perSecond: number
  #tokens: number
  #lastMs = 0

  constructor(burst: number, perSecond: number) {
    this.#burst = burst
    this.#perSecond = perSecond
    this.#tokens = burst
  }

  /** Takes `count` tokens, into debt if there are fewer. Answers after how many milliseconds the debt is paid: 0 if there is none. */
  take(count: number, nowMs: number): number {
    const earned = (Math.max(0, nowMs - this.#lastMs) / 1_000) * this.#perSecond
    this.#lastMs = nowMs
    this.#tokens = Math.min(this.#burst, this.#tokens + earned) - count
    return this.#tokens >= 0 ? 0 : Math.ceil((-this.#tokens / this.#perSecond) * 1_000)
  }
}
