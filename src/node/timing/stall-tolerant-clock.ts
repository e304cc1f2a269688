import type { Clock, Timer } from '../../clock.ts'

/** How often the clock looks whether the process runs. */
const TICK_MS = 250
/** A tick that is later than this was held up. */
const LATE_MS = 500
/**
 * The wall clock went on for so much longer than the monotonic one that the machine was asleep: Linux's monotonic clock stands still then. Corrections of
 * the wall clock are smaller, or rare: at most each of them is taken for a sleep.
 */
const ASLEEP_MS = 1_000

/** A clock that knows of the stalls of its process. */
export interface StallTolerantClock extends Clock {
  /**
   * Calls back after each stall, in a turn of its own, with how long it was in milliseconds: the process was stopped, the machine asleep, or one task took
   * longer than half a second. Nothing was heard meanwhile and connections may be gone. Answers how to end that.
   */
  onStall(callback: (stalledMs: number) => void): () => void
  stop(): void
}

/**
 * A clock that stands still while the process does: stopped, asleep, or busy in one long task. Time in which nobody was there to
 * read is no silence of a peer. Every look at the clock finds a stall first, so it does not matter whether timers or sockets wake up earlier.
 *
 * A machine asleep shows in one of two ways. Where the monotonic clock goes on, a tick is late, as with any stall. Where it stands still, nothing has to be
 * subtracted, but the wall clock is ahead of it. Somebody who sets the wall clock forward looks the same; then links are probed once, for nothing. One that is set
 * back is no stall, and changes nothing but what it is compared with from then on.
 */
export function stallTolerantClock(base: Clock): StallTolerantClock {
  const listeners = new Set<(stalledMs: number) => void>()
  let stalledMs = 0
  let tickMs = base.now()
  let lookedMs = tickMs
  let shownMs = tickMs
  /** How far the wall clock was ahead at the last tick. */
  let aheadMs = base.wallNow() - tickMs
  let telling: Timer | undefined
  let untoldMs = 0
  // Whoever looks at the clock is in the middle of something, so they are told afterwards, and of all stalls that came together at once.
  const tellNow = (): void => {
    const told = untoldMs
    telling?.cancel()
    telling = undefined
    untoldMs = 0
    for (const listener of listeners) listener(told)
  }
  const tell = (ms: number): void => {
    untoldMs += ms
    telling ??= base.after(0, tellNow)
  }
  const now = (): number => {
    const realMs = base.now()
    if (realMs - tickMs > LATE_MS) {
      // What was shown already stays shown: the clock never goes back.
      const lostMs = realMs - Math.max(lookedMs, tickMs + TICK_MS)
      stalledMs += lostMs
      tickMs = realMs
      // Less is a tick that came behind other work, not a time in which nothing was done.
      if (lostMs >= TICK_MS) tell(lostMs)
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
      const before = aheadMs
      aheadMs = base.wallNow() - lookedMs
      if (aheadMs - before > ASLEEP_MS) tell(aheadMs - before)
      timer = tick()
    })
  let timer = tick()
  return {
    now,
    wallNow: () => base.wallNow(),
    // A timer that was due in the stall judges by what it left behind, so the listeners come first.
    after: (delayMs, callback) =>
      base.after(delayMs, () => {
        now()
        if (telling !== undefined) tellNow()
        callback()
      }),
    onStall(callback) {
      listeners.add(callback)
      return () => void listeners.delete(callback)
    },
    stop() {
      timer.cancel()
      telling?.cancel()
      listeners.clear()
    },
  }
}
