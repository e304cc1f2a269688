// When data arrived: one entry for each piece. Milliseconds by `nowMs`.

/** The longest time without data that ended after `fromMs`. What had not arrived by `untilMs` counts up to then. */
export function longestGap(arrivals: readonly number[], fromMs: number, untilMs: number): number {
  let before = arrivals.findLast((atMs) => atMs < fromMs) ?? fromMs
  let longest = 0
  for (const atMs of arrivals) {
    if (atMs < fromMs) continue
    if (atMs > untilMs) break
    longest = Math.max(longest, atMs - before)
    before = atMs
  }
  return Math.max(longest, untilMs - before)
}

/** From `fromMs` to the first data after it; null if none came. */
export function firstAfter(arrivals: readonly number[], fromMs: number): number | null {
  const found = arrivals.find((atMs) => atMs >= fromMs)
  return found === undefined ? null : found - fromMs
}
