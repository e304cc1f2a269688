/** A running timer. */
export interface Timer {
  cancel(): void
}

/** Time, injected so that whole nodes run in virtual time. All times are milliseconds. */
export interface Clock {
  /** Monotonic, from an arbitrary origin. */
  now(): number
  /** Wall clock, since 1970. */
  wallNow(): number
  /** Calls `callback` once, after `delayMs` (soon, if that is past already) or, if that is more than 24 days, earlier. Does not keep the process alive by itself. */
  after(delayMs: number, callback: () => void): Timer
}

const DELAY_MS_MAX = 0x7fff_ffff

export const systemClock: Clock = {
  now: () => performance.now(),
  wallNow: () => Date.now(),
  after(delayMs, callback) {
    // Node warns of a delay below 0. A longer one than the maximum would overflow and fire at once; a caller that waits that long looks at the clock when it is woken too early.
    const timer = setTimeout(callback, Math.min(Math.max(0, delayMs), DELAY_MS_MAX))
    timer.unref()
    return { cancel: () => clearTimeout(timer) }
  },
}
