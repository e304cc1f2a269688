/** Draws numbers from 0 (included) to 1 (excluded). */
export type Random = () => number

/** Random numbers that a seed of 32 bits repeats (mulberry32, Tommy Ettinger, public domain). */
export function seeded(seed: number): Random {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** A whole number from `min` to `max`, both included. */
export function between(random: Random, min: number, max: number): number {
  return min + Math.floor(random() * (max - min + 1))
}

/** The same items in a drawn order (Fisher and Yates). */
export function shuffled<T>(random: Random, items: readonly T[]): T[] {
  const result: T[] = []
  for (const item of items) {
    const place = between(random, 0, result.length)
    const displaced = result[place]
    if (displaced === undefined) {
      result.push(item)
    } else {
      result[place] = item
      result.push(displaced)
    }
  }
  return result
}
