import { array, assert, integer, property } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Band, bandOf, isPoor, trendOf } from './band.ts'

const order: readonly Band[] = ['critical', 'poor', 'fair', 'good', 'excellent']

describe('H2: bands', () => {
  it('begin at 20, 40, 60 and 80', () => {
    const first = [0, 19, 20, 39, 40, 59, 60, 79, 80, 100].map((score) => bandOf(score, undefined))
    expect(first).toEqual(order.flatMap((band) => [band, band]))
  })

  it('are left only when the score is five beyond their border', () => {
    expect([75, 74].map((score) => bandOf(score, 'excellent'))).toEqual(['excellent', 'good'])
    expect([84, 85].map((score) => bandOf(score, 'good'))).toEqual(['good', 'excellent'])
    expect([15, 14].map((score) => bandOf(score, 'poor'))).toEqual(['poor', 'critical'])
    expect([24, 25].map((score) => bandOf(score, 'critical'))).toEqual(['critical', 'poor'])
  })

  it('are crossed several at once by a score that moves far', () => {
    expect([bandOf(0, 'excellent'), bandOf(100, 'critical')]).toEqual(['critical', 'excellent'])
  })

  it('can all be reached from any, with a score at their far end', () => {
    for (const before of order) {
      expect(order.map((_, rank) => bandOf(rank * 20 + 10, before))).toEqual(order)
    }
  })

  it('do not change while the score wavers by less than ten', () => {
    const wavering = array(integer({ min: -4, max: 4 }), { minLength: 1, maxLength: 50 })
    assert(
      property(integer({ min: 4, max: 96 }), wavering, (middle, offsets) => {
        let band = bandOf(middle + offsets[0]!, undefined)
        let changes = 0
        for (const offset of offsets) {
          const next = bandOf(middle + offset, band)
          if (next !== band) changes++
          band = next
        }
        expect(changes).toBeLessThanOrEqual(1)
      }),
    )
  })

  it('below fair are a reason to look for another link', () => {
    expect(order.map(isPoor)).toEqual([true, true, false, false, false])
    expect(isPoor(undefined)).toBe(false)
  })
})

describe('H2: a trend', () => {
  it('is a score that differs from its average by more than five', () => {
    expect([50, 55, 56, 45, 44].map((score) => trendOf(score, 50))).toEqual([
      'steady',
      'steady',
      'improving',
      'steady',
      'worsening',
    ])
  })
})
