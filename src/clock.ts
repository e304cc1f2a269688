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
  /** Calls `callback` once, not before `delayMs` have passed. Does not keep the process alive by itself. */
  after(delayMs: number, callback: () => void): Timer
}

export const systemClock: Clock = {
  now: () => performance.now(),
  wallNow: () => Date.now(),
  after(delayMs, callback) {
    const timer = setTimeout(callback, delayMs)
    timer.unref()
    return { cancel: () => clearTimeout(timer) }
  },
}
