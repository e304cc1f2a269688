/** PINGs that a link takes at once: what an honest peer sends in the minutes that a network may hold them back, many times over. */
const PINGS_AT_ONCE = 256
/** What it takes in the long run. Honest peers ping once a second, and now and then once more; and answering this much costs nothing. */
export const PINGS_PER_SECOND = 16

/**
 * A token bucket, one for each link: full at first, a token for each PING, and filled again with time. Both numbers are generous because a false alarm
 * ends a session, and a flood exceeds them by orders of magnitude.
 */
export class PingAllowance {
  #tokens = PINGS_AT_ONCE
  #filledMs: number

  constructor(nowMs: number) {
    this.#filledMs = nowMs
  }

  /** A PING came; false if that is one too many. */
  take(nowMs: number): boolean {
    const filled = this.#tokens + ((nowMs - this.#filledMs) * PINGS_PER_SECOND) / 1_000
    this.#tokens = Math.min(PINGS_AT_ONCE, filled)
    this.#filledMs = nowMs
    if (this.#tokens < 1) return false
    this.#tokens--
    return true
  }
}
