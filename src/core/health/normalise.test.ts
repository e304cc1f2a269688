import { assert, double, property } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { normaliseJitter, normaliseLatency, normaliseLoss, scoreOf } from './normalise.ts'

describe('H2: the parts of a score', () => {
  it.each([
    {
      part: 'latency',
      normalise: normaliseLatency,
      points: [
        [0, 1],
        [50, 1],
        [525, 0.5],
        [1_000, 0],
        [60_000, 0],
      ],
    },
    {
      part: 'jitter',
      normalise: normaliseJitter,
      points: [
        [0, 1],
        [5, 1],
        [102.5, 0.5],
        [200, 0],
        [5_000, 0],
      ],
    },
    {
      part: 'loss',
      normalise: normaliseLoss,
      points: [
        [0, 1],
        [0.125, 0.5],
        [0.25, 0],
        [1, 0],
      ],
    },
  ] as const)('$part is 1 up to a bound, 0 from another one on, and linear between', ({ normalise, points }) => {
    for (const [value, expected] of points) expect(normalise(value)).toBeCloseTo(expected, 10)
  })

  it('weigh 50, 30 and 20', () => {
    expect(scoreOf({ latency: 1, jitter: 0, loss: 0 })).toBe(50)
    expect(scoreOf({ latency: 0, jitter: 1, loss: 0 })).toBe(30)
    expect(scoreOf({ latency: 0, jitter: 0, loss: 1 })).toBe(20)
  })

  it('are never outside of 0 to 1, and never rise with what is measured', () => {
    const measured = double({ min: 0, max: 100_000, noNaN: true })
    assert(
      property(measured, measured, (a, b) => {
        for (const normalise of [normaliseLatency, normaliseJitter, normaliseLoss]) {
          const [better, worse] = [normalise(Math.min(a, b)), normalise(Math.max(a, b))]
          expect(better).toBeGreaterThanOrEqual(worse)
          expect([better <= 1, worse >= 0]).toEqual([true, true])
        }
      }),
    )
  })
})
