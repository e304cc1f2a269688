/**
 * Milliseconds of the machine's monotonic clock. Unlike `performance.now()` its origin is the same in every process
 * of the machine, so that times taken in the children can be compared with times taken in the parent.
 */
export function now(): number {
  const [seconds, nanoseconds] = process.hrtime()
  return seconds * 1e3 + nanoseconds / 1e6
}
