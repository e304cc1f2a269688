import { describe, expect, it } from 'vitest'
import { bootstrapMedian, median, seededRandom } from './statistics.ts'

describe('median', () => {
  it('is the middle of an odd count and the mean of the two middle values of an even one', () => {
    expect(median([9, 1, 5])).toBe(5)
    expect(median([1, 2, 10, 4])).toBe(3)
  })

  it('leaves its argument alone', () => {
    const values = [3, 1, 2]
    median(values)
    expect(values).toEqual([3, 1, 2])
  })

  it('refuses an empty list', () => {
    expect(() => median([])).toThrow(RangeError)
  })
})

describe('seededRandom', () => {
  it('repeats itself for a seed and stays in [0, 1) with a mean of a half', () => {
    const first = seededRandom(7)
    const second = seededRandom(7)
    const values = Array.from({ length: 10_000 }, first)
    expect(values).toEqual(Array.from({ length: 10_000 }, second))
    expect(values.every((value) => value >= 0 && value < 1)).toBe(true)
    expect(values.reduce((sum, value) => sum + value) / values.length).toBeCloseTo(0.5, 1)
  })
})

describe('bootstrapMedian', () => {
  it('has no width where all values agree', () => {
    expect(bootstrapMedian([2, 2, 2])).toEqual({ median: 2, low: 2, high: 2 })
  })

  it('is repeatable, encloses the median and stays within the values', () => {
    const random = seededRandom(3)
    const values = Array.from({ length: 20 }, () => 1 + random())
    const estimate = bootstrapMedian(values)
    expect(estimate).toEqual(bootstrapMedian(values))
    if (estimate === undefined) throw new Error('there are values')
    expect(estimate.low).toBeLessThan(estimate.median)
    expect(estimate.high).toBeGreaterThan(estimate.median)
    expect(estimate.low).toBeGreaterThanOrEqual(Math.min(...values))
    expect(estimate.high).toBeLessThanOrEqual(Math.max(...values))
  })

  it('covers the true median about 95 times in 100', () => {
    const random = seededRandom(11)
    let covered = 0
    for (let trial = 0; trial < 20; trial++) {
      const estimate = bootstrapMedian(Array.from({ length: 20 }, random), trial)
      if (estimate !== undefined && estimate.low <= 0.5 && estimate.high >= 0.5) covered++
    }
    expect(covered).toBeGreaterThanOrEqual(17)
  })

  it('has nothing to say without values', () => {
    expect(bootstrapMedian([])).toBeUndefined()
  })
})
