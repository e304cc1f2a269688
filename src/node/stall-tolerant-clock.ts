import type { Clock, Timer } from '../clock.ts'

/** How often the clock looks whether the process runs. */
const TICK_MS = 250
/** A tick that is later than this was held up. */
const LATE_MS = 500

/**
 * A clock that stands still while the process does: stopped, asleep, or busy in one long task. Time in which nobody was there to
 * read is no silence of a peer. Every look at the clock finds a stall first, so it does not matter whether timers or sockets wake up earlier.
 */
export function stallTolerantClock(base: Clock): Clock & { stop: () => void } {
  let stalledMs = 0
  let tickMs = base.now()
  let lookedMs = tickMs
  let shownMs = tickMs
  const now = (): number => {
    const realMs = base.now()
    if (realMs - tickMs > LATE_MS) {
      // What was shown already stays shown: the clock never goes back.
      stalledMs += realMs - Math.max(lookedMs, tickMs + TICK_MS)
      tickMs = realMs
    }
    lookedMs = realMs
    // The sum is rounded, so it may come out a trace lower than before.
    shownMs = Math.max(shownMs, realMs - stalledMs)
    return shownMs
  }
  const tick = (): Timer =>
    base.after(TICK_MS, () => {
      now()
      tickMs = lookedMs
      timer = tick()
    })
  let timer = tick()
  return {
    now,
    wallNow: () => base.wallNow(),
    after: (delayMs, callback) => base.after(delayMs, callback),
    stop: () => timer.cancel(),
  }
}
