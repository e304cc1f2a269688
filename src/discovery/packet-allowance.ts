/** So many packets at once. */
const BURST = 256
/** And so many a second in the long run: a hundred nodes that all answer at once are well within it. */
const PER_SECOND = 64

/** How many packets of an interface are looked at: a bucket of tokens, filled by time. What is more is dropped unread. */
export class PacketAllowance {
  #tokens = BURST
  #filledMs = 0

  take(nowMs: number): boolean {
    const gained = ((nowMs - this.#filledMs) * PER_SECOND) / 1_000
    this.#tokens = Math.min(BURST, this.#tokens + Math.max(0, gained))
    this.#filledMs = nowMs
    if (this.#tokens < 1) return false
    this.#tokens--
    return true
  }
}
