/** A median with its 95 % interval. */
export interface Estimate {
  readonly median: number
  readonly low: number
  readonly high: number
}

/** The middle value; the mean of the two middle ones for an even count. Throws on an empty list. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const upper = sorted[sorted.length >> 1]
  const lower = sorted[(sorted.length - 1) >> 1]
  if (upper === undefined || lower === undefined) throw new RangeError('a median needs at least one value')
  return (lower + upper) / 2
}

/** Numbers in [0, 1) from a seed: mulberry32. The same seed gives the same numbers. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

const RESAMPLES = 10_000

/**
 * The median of `values` with a percentile bootstrap interval of 95 % (Efron 1979): medians of samples drawn from the
 * values with replacement. Seeded, so that the same values always give the same interval. Undefined without values.
 */
export function bootstrapMedian(values: readonly number[], seed = 1): Estimate | undefined {
  if (values.length === 0) return undefined
  const random = seededRandom(seed)
  const medians = Array.from({ length: RESAMPLES }, () => median(resample(values, random))).sort((a, b) => a - b)
  return { median: median(values), low: quantile(medians, 0.025), high: quantile(medians, 0.975) }
}

function resample(values: readonly number[], random: () => number): number[] {
  return values.map(() => values[Math.floor(random() * values.length)] ?? Number.NaN)
}

/** The nearest-rank quantile of a sorted list. */
function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN
}
