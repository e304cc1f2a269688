/**
 * Milliseconds on the system's monotonic clock, with microseconds after the point. Unlike `performance.now()` it has
 * one origin for all processes of a machine, so a receiver's time can be compared with a sender's.
 */
export function nowMs(): number {
  return Number(process.hrtime.bigint()) / 1e6
}
