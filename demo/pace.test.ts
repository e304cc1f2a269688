import { describe, expect, it } from 'vitest'
import { Pace } from './pace.ts'

/** Takes every 10 ms from `fromMs` until `toMs`; answers the sum. */
function takeUntil(pace: Pace, fromMs: number, toMs: number): number {
  let sum = 0
  for (let nowMs = fromMs; nowMs <= toMs; nowMs += 10) sum += pace.take(nowMs)
  return sum
}

describe('Pace', () => {
  it('spreads the bytes evenly and ends on time', () => {
    const pace = new Pace(1_000_000, 0, 10_000)
    pace.aimFor(10_000, true)
    expect(takeUntil(pace, 10, 5_000)).toBeCloseTo(500_000, -2)
    expect(takeUntil(pace, 5_010, 9_980)).toBeLessThan(500_000)
    expect(takeUntil(pace, 9_990, 10_000)).toBeGreaterThan(0)
    expect(pace.take(10_010)).toBe(0)
  })

  it('gives every byte, whatever the fractions', () => {
    for (const size of [1, 3, 999, 65_537, 149_711_504]) {
      const pace = new Pace(size, 0, 1_234)
      pace.aimFor(1_234, true)
      expect(takeUntil(pace, 7, 1_400)).toBe(size)
    }
  })

  it('never ends before it is released', () => {
    const pace = new Pace(1_000_000, 0, 1_000)
    expect(takeUntil(pace, 10, 3_000)).toBeLessThan(1_000_000)
    pace.aimFor(3_500, true)
    expect(takeUntil(pace, 3_010, 3_510)).toBeGreaterThan(0)
    expect(pace.take(3_600)).toBe(0)
  })

  it('makes up for a stall by a higher rate, not by a burst', () => {
    const pace = new Pace(1_000_000, 0, 10_000)
    takeUntil(pace, 10, 5_000)
    expect(pace.take(7_500)).toBeLessThan(25_000)
    expect(takeUntil(pace, 7_510, 8_500)).toBeGreaterThan(150_000)
  })

  it('slows down when the end moves away', () => {
    const pace = new Pace(1_000_000, 0, 10_000)
    takeUntil(pace, 10, 5_000)
    pace.aimFor(25_000, false)
    expect(takeUntil(pace, 5_010, 6_000)).toBeLessThan(30_000)
  })
})
