import { describe, expect, it } from 'vitest'
import { Random } from '../../../test/sim/random.ts'
import { takeInTurn } from './candidates.ts'
import { attemptsPerMinute, CONNECTIONS_PER_MINUTE_MAX, ConnectionWindow } from './connection-window.ts'
import { DialSchedule } from './schedule.ts'
import { clusterDialSchedule, defaultDialSchedule } from './schedule-options.ts'

/** When connections begin if each attempt, as soon as it may be, dials as many of so many addresses as it may. */
function begin(addresses: number, untilMs: number): number[] {
  const window = new ConnectionWindow(defaultDialSchedule)
  const begun: number[] = []
  for (let nowMs = 0; nowMs < untilMs; nowMs = Math.max(nowMs + 1, window.nextMs)) {
    const room = Math.min(addresses, window.room(nowMs))
    for (let count = 0; count < room; count++) {
      window.began(nowMs)
      begun.push(nowMs)
    }
  }
  return begun
}

describe('L4: to an absent peer', () => {
  it.each([1, 2, 3, 8, 16])('with %i addresses fewer than ten connections begin in any minute', (addresses) => {
    const begun = begin(addresses, 600_000)
    for (const startMs of begun)
      expect(begun.filter((atMs) => atMs >= startMs && atMs < startMs + 60_000).length).toBeLessThan(10)
    expect(begun.length).toBeGreaterThan(80)
  })

  it('three addresses are dialed at first, and no wait of the first minute is longer than the absence so far, or 2 s', () => {
    const begun = begin(3, 60_000)
    expect(begun).toEqual([0, 0, 0, 1_000, 3_000, 6_000, 12_000, 22_000, 38_000])
    for (const [at, ms] of begun.entries())
      expect((begun[at + 1] ?? 60_000) - ms).toBeLessThanOrEqual(Math.max(2_000, ms))
  })

  it('with one address the nine of the first minute never wait longer than its schedule says', () => {
    const window = new ConnectionWindow(defaultDialSchedule)
    // Each wait as short as jitter makes it.
    for (let atMs = 0, waitMs = 800, count = 0; count < 9; atMs += waitMs, waitMs *= 1.5, count++) {
      expect(window.room(atMs)).toBeGreaterThan(0)
      expect(window.nextMs).toBeLessThanOrEqual(atMs)
      window.began(atMs)
    }
  })

  it.each([
    [3, 0],
    [8, 81_000],
    [16, 260_000],
  ])(
    'each of %i addresses is dialed within %i ms, and the best one waits no longer than the absence so far, or 2 s',
    (addresses, withinMs) => {
      const random = new Random(7, addresses)
      for (let run = 0; run < 200; run++) {
        const schedule = new DialSchedule(defaultDialSchedule, () => random.float())
        const window = new ConnectionWindow(defaultDialSchedule)
        const dialed = new Set<number>()
        let [nowMs, others] = [0, 0]
        while (nowMs < 600_000) {
          schedule.attemptStarted(nowMs)
          const taken = takeInTurn([...Array(addresses).keys()], window.room(nowMs), others)
          others += taken.length - 1
          for (const address of taken) {
            window.began(nowMs)
            dialed.add(address)
          }
          const nextMs = Math.max(schedule.nextMs, window.nextMs)
          if (nextMs > withinMs) expect(dialed.size).toBe(addresses)
          expect(taken[0]).toBe(0)
          expect(nextMs - nowMs).toBeLessThanOrEqual(Math.max(2_000, Math.min(nowMs, 60_000)))
          nowMs = nextMs
        }
      }
    },
  )

  it('a schedule that asks for more attempts gets more', () => {
    expect(attemptsPerMinute(defaultDialSchedule)).toBe(CONNECTIONS_PER_MINUTE_MAX)
    expect(attemptsPerMinute(clusterDialSchedule)).toBeLessThanOrEqual(CONNECTIONS_PER_MINUTE_MAX)
    const often = { ...defaultDialSchedule, firstWaitMs: 250, factor: 1 }
    expect(attemptsPerMinute(often)).toBe(240)
    const window = new ConnectionWindow(often)
    expect(window.room(0)).toBe(240)
  })
})
