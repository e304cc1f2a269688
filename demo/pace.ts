/** A pause of the sender must not turn into a burst: at most so much time is made up for in one step. */
const STEP_MS_MAX = 100
/** Until the last fault has healed, at least so much of the transfer is always still to come. */
const RESERVE_MS = 1_000

/**
 * How many bytes may be sent now, so that the file ends at a given time and no sooner: what remains is spread evenly
 * over the time that remains. After a fault the rate rises by itself; when the end moves away it falls.
 */
export class Pace {
  #remaining: number
  #endAtMs: number
  #released = false
  #lastMs: number
  #credit = 0

  constructor(bytes: number, nowMs: number, endAtMs: number) {
    this.#remaining = bytes
    this.#lastMs = nowMs
    this.#endAtMs = endAtMs
  }

  /** Moves the end. Not before `released` is the file allowed to end at all. */
  aimFor(endAtMs: number, released: boolean): void {
    this.#endAtMs = endAtMs
    this.#released = released
  }

  /** Takes what may be sent now, a whole number of bytes. */
  take(nowMs: number): number {
    const elapsedMs = Math.min(nowMs - this.#lastMs, STEP_MS_MAX)
    const leftMs = Math.max(this.#endAtMs - (nowMs - elapsedMs), this.#released ? 0 : RESERVE_MS)
    this.#lastMs = nowMs
    // The last step takes the rest as it stands: fractions must not leave a byte behind.
    if (leftMs <= elapsedMs) this.#credit = this.#remaining
    else this.#credit += ((this.#remaining - this.#credit) * elapsedMs) / leftMs
    const bytes = Math.floor(this.#credit)
    this.#credit -= bytes
    this.#remaining -= bytes
    return bytes
  }
}
