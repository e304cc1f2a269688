// How soon after the end of an outage the schedule makes an attempt: the numbers that schedule.ts states.
import { describe, expect, it } from 'vitest'
import { Random } from '../../../test/sim/random.ts'
import { DialSchedule } from './schedule.ts'
import { resolveDialSchedule } from './schedule-options.ts'

const OUTAGES = 40_000
const aimMs = (outageMs: number): number => Math.min(60_000, Math.max(1_500, 0.6 * outageMs))
/** When a kernel sends the SYN of an attempt again, after its start. */
const repeatsMs = [1_000, 3_000, 7_000]

interface Misses {
  readonly share: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly maxMs: number
  readonly outageMsMin: number
  readonly outageMsMax: number
}

/** Outages from 0.1 s to 10 min, each decade as frequent; by how much the first attempt after each misses the aim. */
function misses(dials: 'fail' | 'hang', jitter = 0.2): Misses {
  const random = new Random(7, 1)
  const missed: { readonly byMs: number; readonly outageMs: number }[] = []
  for (let count = 0; count < OUTAGES; count++) {
    const outageMs = 100 * 6_000 ** random.float()
    const schedule = new DialSchedule(resolveDialSchedule({ jitter }), () => random.float())
    let reachedMs = Infinity
    for (let atMs = 0; reachedMs === Infinity || atMs < reachedMs; atMs = schedule.nextMs) {
      const tries = dials === 'hang' ? [0, ...repeatsMs] : [0]
      const first = tries.find((afterMs) => atMs + afterMs >= outageMs)
      if (first !== undefined) reachedMs = Math.min(reachedMs, atMs + first)
      schedule.attemptStarted(atMs)
    }
    missed.push({ byMs: Math.max(0, reachedMs - outageMs - aimMs(outageMs)), outageMs })
  }
  const sorted = missed.map(({ byMs }) => byMs).toSorted((a, b) => a - b)
  const those = missed.filter(({ byMs }) => byMs > 0)
  return {
    share: those.length / OUTAGES,
    p50Ms: sorted[OUTAGES / 2]!,
    p99Ms: sorted[0.99 * OUTAGES]!,
    maxMs: sorted.at(-1)!,
    outageMsMin: Math.min(...those.map(({ outageMs }) => outageMs)),
    outageMsMax: Math.max(...those.map(({ outageMs }) => outageMs)),
  }
}

describe('L4: an attempt within max(1.5 s, 0.6 × the outage) after its end, 60 s at most', () => {
  it('is made after every outage in which packets vanish, thanks to the attempts that still hang', () => {
    expect(misses('hang').share).toBe(0)
  })

  it('is missed by a second at most, in 3 % of outages, where dials fail at once', () => {
    const { share, p50Ms, p99Ms, maxMs, outageMsMin, outageMsMax } = misses('fail')
    expect(share).toBeGreaterThan(0.02)
    expect(share).toBeLessThan(0.035)
    expect(p50Ms).toBe(0)
    expect(p99Ms).toBeLessThan(450)
    expect(maxMs).toBeLessThanOrEqual(1_000)
    expect(outageMsMin).toBeGreaterThan(800)
    expect(outageMsMax).toBeLessThan(40_000)
  })

  it('cannot be had by jitter alone: without any it is missed as well', () => {
    const { share, maxMs } = misses('fail', 0)
    expect(share).toBeGreaterThan(0.02)
    expect(maxMs).toBeGreaterThan(700)
  })
})
