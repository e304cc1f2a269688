import { array, assert, integer, property } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { HealthHistory } from './history.ts'

const HOUR_MS = 3_600_000
const sample = (score: number, roundTripMs: number | undefined = 20) => ({
  score,
  roundTripMs,
  jitterMs: 2,
  loss: 0.25,
})

describe('the history of health', () => {
  it('keeps the worst sample of each 30 s', () => {
    const history = new HealthHistory()
    history.record(sample(90), 60_000)
    history.record(sample(40, 700), 75_000)
    history.record(sample(80), 89_999)
    history.record(sample(95), 90_000)
    expect(history.entries(100_000)).toEqual([
      { atMs: 60_000, score: 40, roundTripMs: 700, jitterMs: 2, loss: 0.25 },
      { atMs: 90_000, score: 95, roundTripMs: 20, jitterMs: 2, loss: 0.25 },
    ])
  })

  it('has no entry where nothing was measured, and forgets after an hour', () => {
    const history = new HealthHistory()
    history.record(sample(90), 0)
    history.record({ ...sample(80), roundTripMs: undefined }, HOUR_MS - 1)
    expect(history.entries(HOUR_MS - 1).map(({ score }) => score)).toEqual([90, 80])
    expect(history.entries(HOUR_MS)).toEqual([
      { atMs: HOUR_MS - 30_000, score: 80, roundTripMs: undefined, jitterMs: 2, loss: 0.25 },
    ])
    expect(history.entries(3 * HOUR_MS)).toEqual([])
  })

  it('bears a clock that goes back', () => {
    const history = new HealthHistory()
    history.record(sample(90), HOUR_MS)
    history.record(sample(10), 5_000)
    expect(history.entries(HOUR_MS)).toMatchObject([{ atMs: HOUR_MS, score: 10 }])
  })

  it('never has more than 120 entries, in order, and agrees with a plain list', () => {
    assert(
      property(array(integer({ min: 0, max: 400_000 }), { maxLength: 300 }), (gaps) => {
        const history = new HealthHistory()
        // The wall clock: slots are far beyond what 32 bits of a float count exactly.
        let nowMs = 1_800_000_000_000
        const slots = new Map<number, number>()
        for (const [at, gap] of gaps.entries()) {
          nowMs += gap
          history.record(sample(at % 101), nowMs)
          const slot = Math.floor(nowMs / 30_000)
          slots.set(slot, Math.min(slots.get(slot) ?? Infinity, at % 101))
        }
        const oldest = Math.floor(nowMs / 30_000) - 120
        const expected = [...slots].filter(([slot]) => slot > oldest).map(([slot, score]) => [slot * 30_000, score])
        const entries = history.entries(nowMs)
        expect(entries.map(({ atMs, score }) => [atMs, score])).toEqual(expected)
        expect(entries.length).toBeLessThanOrEqual(120)
      }),
    )
  })
})
