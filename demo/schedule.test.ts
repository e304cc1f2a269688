import { describe, expect, it } from 'vitest'
import { FAULT_KINDS, healingMs, plannedEndMs, schedule, TAIL_MS, WARM_UP_MS } from './schedule.ts'

const SEEDS = Array.from({ length: 300 }, (_, index) => index * 7_919)

describe('schedule', () => {
  it('is repeated by its seed and differs between seeds', () => {
    expect(schedule(42, 30)).toEqual(schedule(42, 30))
    expect(schedule(42, 30)).not.toEqual(schedule(43, 30))
  })

  it('holds every kind from 20 seconds on', () => {
    for (const seed of SEEDS) {
      const kinds = schedule(seed, 20).map(({ kind }) => kind)
      expect(new Set(kinds)).toEqual(new Set(FAULT_KINDS))
    }
  })

  it.each([20, 23.5, 30, 120])('fits into %d seconds, with warm-up, gaps, healing and tail', (seconds) => {
    for (const seed of SEEDS) {
      const faults = schedule(seed, seconds)
      let healedMs = WARM_UP_MS
      for (const fault of faults) {
        expect(fault.atMs).toBeGreaterThanOrEqual(healedMs + fault.gapMs - 1)
        healedMs = fault.atMs + fault.durationMs + healingMs(fault)
      }
      expect(healedMs).toBeLessThanOrEqual(seconds * 1_000 - TAIL_MS + faults.length)
    }
  })

  it('keeps durations within what a fault is worth', () => {
    for (const { kind, durationMs } of SEEDS.flatMap((seed) => schedule(seed, 20))) {
      if (kind === 'cut' || kind === 'reset') expect(durationMs).toBe(0)
      else expect(durationMs).toSatisfy((ms: number) => ms >= 300 && ms <= 2_500)
    }
  })

  it('strikes more often in longer runs', () => {
    expect(schedule(1, 120).length).toBeGreaterThan(2 * schedule(1, 20).length)
  })

  it('draws both directions and both processes', () => {
    const faults = schedule(5, 600)
    expect(new Set(faults.flatMap((fault) => (fault.kind === 'oneWay' ? fault.direction : [])))).toHaveLength(2)
    expect(new Set(faults.flatMap((fault) => (fault.kind === 'freeze' ? fault.role : [])))).toHaveLength(2)
  })

  it('plans what fits into a short run, be it nothing', () => {
    expect(schedule(1, 1)).toEqual([])
    expect(schedule(1, 8).length).toBeGreaterThan(0)
  })
})

describe('plannedEndMs', () => {
  it('is when the last fault has healed', () => {
    const fault = { kind: 'refuse', atMs: 5_000, durationMs: 1_000, gapMs: 500 } as const
    expect(plannedEndMs([fault], 0)).toBe(5_000 + 1_000 + healingMs(fault))
    expect(plannedEndMs([fault], 9_000)).toBe(9_500 + 1_000 + healingMs(fault))
    expect(plannedEndMs([], 9_000)).toBe(9_000)
  })
})
