import type { Clock } from '../../clock.ts'

/** A moment of the monotonic clock on the wall's clock; now, if it has passed. */
export function wallTime(atMs: number, clock: Clock): number {
  return Math.round(clock.wallNow() + Math.max(0, atMs - clock.now()))
}
