import { assert, double, integer, property } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DialSchedule, defaultDialSchedule } from './schedule.ts'

const middle = (): DialSchedule => new DialSchedule(defaultDialSchedule, () => 0.5)

/** Makes every attempt as soon as it is due, until `untilMs`; answers when they were. */
function attempts(schedule: DialSchedule, fromMs: number, untilMs: number): number[] {
  const times: number[] = []
  for (let atMs = Math.max(fromMs, schedule.nextMs); atMs < untilMs; atMs = Math.max(atMs, schedule.nextMs)) {
    schedule.attemptStarted(atMs)
    times.push(Math.round(atMs))
  }
  return times
}

describe('the schedule of dials', () => {
  it('makes nine attempts in the first minute, from start to start', () => {
    const times = attempts(middle(), 0, 60_000)
    expect(times).toEqual([0, 1_000, 2_500, 4_750, 8_125, 13_188, 20_781, 32_172, 49_258])
  })

  it('waits a minute at most, and never gives up', () => {
    const times = attempts(middle(), 0, 3_600_000)
    expect(times.length).toBeGreaterThan(60)
    expect(times.at(-1)! - times.at(-2)!).toBe(60_000)
  })

  it('draws each wait anew, up to 20 % more or less', () => {
    assert(
      property(double({ min: 0, max: 0.999, noNaN: true }), integer({ min: 0, max: 20 }), (random, before) => {
        let draw = 0.5
        const schedule = new DialSchedule(defaultDialSchedule, () => draw)
        for (let count = 0; count < before; count++) schedule.attemptStarted(0)
        draw = random
        schedule.attemptStarted(1_000)
        const wait = Math.min(1_000 * 1.5 ** before, 60_000)
        expect(schedule.nextMs - 1_000).toBeGreaterThanOrEqual(0.8 * wait - 1e-6)
        expect(schedule.nextMs - 1_000).toBeLessThanOrEqual(1.2 * wait + 1e-6)
      }),
    )
  })

  it('begins anew after a connection that held for ten seconds, not for less', () => {
    for (const [heldMs, expected] of [
      [10_000, 0],
      [9_999, 5],
    ] as const) {
      const schedule = middle()
      for (let count = 0; count < 6; count++) schedule.attemptStarted(0)
      schedule.connected(100)
      schedule.lost(100 + heldMs, 0)
      expect(schedule.attempts).toBe(expected)
    }
  })

  it('dials at once after a loss, if the connection held for a second', () => {
    const schedule = middle()
    for (let count = 0; count < 6; count++) schedule.attemptStarted(0)
    schedule.connected(0)
    schedule.lost(1_000, 0)
    expect(schedule.nextMs).toBe(1_000)
  })

  it('takes a connection that broke at once for an attempt that failed', () => {
    const schedule = middle()
    for (let count = 0; count < 6; count++) schedule.attemptStarted(0)
    const { nextMs } = schedule
    schedule.connected(100)
    schedule.lost(500, 0)
    expect(schedule.nextMs).toBe(nextMs)
  })

  it('does not dial in a loop where every connection breaks after two seconds', () => {
    const schedule = middle()
    let count = 0
    for (let atMs = 0; atMs < 600_000; atMs = Math.max(atMs + 2_000, schedule.nextMs)) {
      schedule.attemptStarted(atMs)
      schedule.connected(atMs)
      schedule.lost(atMs + 2_000, 0)
      count++
    }
    expect(count).toBeLessThanOrEqual(300)
  })

  it('leaves the other side its grace before it dials', () => {
    const schedule = middle()
    schedule.attemptStarted(0)
    schedule.connected(0)
    schedule.lost(20_000, 2_000)
    expect(schedule.nextMs).toBe(22_000)
  })

  it('counts a connection from its first link', () => {
    const schedule = middle()
    for (let count = 0; count < 6; count++) schedule.attemptStarted(0)
    schedule.connected(0)
    schedule.connected(9_000)
    schedule.lost(10_000, 0)
    expect(schedule.attempts).toBe(0)
  })

  it('starts anew when the network seems to be back', () => {
    const schedule = middle()
    for (let count = 0; count < 20; count++) schedule.attemptStarted(0)
    schedule.restart(5_000)
    expect([schedule.nextMs, schedule.attempts]).toEqual([5_000, 0])
  })
})
