import { assert, double, integer, property } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type DialHint, dialHintRules, hintSpreadMs } from './hints.ts'
import { DialSchedule } from './schedule.ts'
import { defaultDialSchedule, resolveDialSchedule } from './schedule-options.ts'

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

describe('L4: the schedule of dials', () => {
  it('makes nine attempts in the first minute, from start to start', () => {
    const times = attempts(middle(), 0, 60_000)
    expect(times).toEqual([0, 1_000, 2_500, 4_750, 8_125, 13_188, 20_781, 32_172, 49_258])
  })

  it('makes attempts after 0, 1, 4, 16 and 60 s with a factor of 4', () => {
    const schedule = new DialSchedule(resolveDialSchedule({ factor: 4 }), () => 0.5)
    const times = attempts(schedule, 0, 250_000)
    expect(times.map((time, at) => time - (times[at - 1] ?? 0))).toEqual([
      0, 1_000, 4_000, 16_000, 60_000, 60_000, 60_000,
    ])
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
        expect(schedule.nextMs - 1_000).toBeLessThanOrEqual(Math.min(60_000, 1.2 * wait) + 1e-6)
      }),
    )
  })

  it('begins anew after a connection that held for ten seconds, and takes back a part of the attempts after one that held for less', () => {
    for (const [heldMs, expected] of [
      [10_000, 0],
      [9_999, 0],
      [5_000, 3],
      [1_000, 5],
      [999, 6],
    ] as const) {
      const schedule = middle()
      for (let count = 0; count < 6; count++) schedule.attemptStarted(0)
      schedule.connected(100)
      schedule.lost(100 + heldMs, 0)
      expect(schedule.attempts).toBe(expected)
    }
  })

  it('does not wait longer and longer for a peer whose connection holds for some seconds at a time', () => {
    assert(
      property(integer({ min: 2_000, max: 9_000 }), integer({ min: 0, max: 3_000 }), (heldMs, outageMs) => {
        const schedule = middle()
        let nowMs = 0
        for (let outage = 0; outage < 40; outage++) {
          schedule.lost(nowMs, 0)
          const overMs = nowMs + outageMs
          do {
            nowMs = Math.max(nowMs, schedule.nextMs)
            schedule.attemptStarted(nowMs)
          } while (nowMs < overMs)
          expect(nowMs - overMs).toBeLessThan(8_000)
          schedule.connected(nowMs)
          nowMs += heldMs
        }
      }),
    )
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

  it('begins anew when one of several links is lost that held for ten seconds, however long the others hold', () => {
    const schedule = middle()
    schedule.attemptStarted(0)
    schedule.connected(0)
    schedule.content(50)
    for (let lostMs = 60_000; lostMs < 3_600_000; lostMs += 60_000) {
      schedule.wanting(lostMs)
      expect([schedule.nextMs, schedule.attempts]).toEqual([lostMs, 0])
      schedule.attemptStarted(lostMs)
      schedule.content(lostMs + 50)
    }
  })

  it('waits longer and longer where a further link breaks as soon as it is up', () => {
    const schedule = middle()
    schedule.connected(0)
    const times: number[] = []
    for (let atMs = 0; atMs < 60_000; atMs = Math.max(atMs + 500, schedule.nextMs)) {
      schedule.attemptStarted(atMs)
      times.push(Math.round(atMs))
      schedule.content(atMs)
      schedule.wanting(atMs + 500)
    }
    expect(times).toEqual(attempts(middle(), 0, 60_000))
  })

  it('starts anew when the network seems to be back', () => {
    const schedule = middle()
    for (let count = 0; count < 20; count++) schedule.attemptStarted(0)
    schedule.restart(5_000)
    expect([schedule.nextMs, schedule.attempts]).toEqual([5_000, 0])
  })
})

describe('L4: the options of the schedule', () => {
  it('are the defaults where they are left out', () => {
    expect(resolveDialSchedule()).toEqual(defaultDialSchedule)
    expect(resolveDialSchedule({ factor: 4, jitter: undefined })).toEqual({ ...defaultDialSchedule, factor: 4 })
  })

  it.each([
    [{ firstWaitMs: 99 }, 'reconnect.firstWaitMs must be from 100 to 3600000 milliseconds, not 99'],
    [{ factor: 0.9 }, 'reconnect.factor must be from 1 to 10, not 0.9'],
    [{ factor: Number.NaN }, 'reconnect.factor must be from 1 to 10, not NaN'],
    [{ waitMsMax: Infinity }, 'reconnect.waitMsMax must be from 100 to 3600000 milliseconds, not Infinity'],
    [{ jitter: 0.51 }, 'reconnect.jitter must be from 0 to 0.5, not 0.51'],
    [{ stableMs: -1 }, 'reconnect.stableMs must be from 0 to 3600000 milliseconds, not -1'],
    [{ waitMsMax: 500 }, 'reconnect.firstWaitMs must not be longer than waitMsMax, but is 1000 of 500'],
  ])('are refused out of their range: %o', (options, message) => {
    expect(() => resolveDialSchedule(options)).toThrow(new RangeError(message))
  })
})

describe('L4: a hint that the network is back', () => {
  /** After twenty attempts, the last at 0: the next is a minute away. */
  const late = (): DialSchedule => {
    const schedule = middle()
    for (let count = 0; count < 20; count++) schedule.attemptStarted(0)
    return schedule
  }
  const hints = Object.keys(dialHintRules) as DialHint[]

  it.each(hints)('ends the wait: %s', (hint) => {
    const schedule = late()
    expect(schedule.hint(hint, 5_000, 300)).toBe(true)
    expect([schedule.nextMs, schedule.attempts]).toEqual([5_300, dialHintRules[hint].effect === 'restart' ? 0 : 20])
  })

  it.each(hints)('never makes a wait longer: %s', (hint) => {
    const schedule = middle()
    for (let count = 0; count < 20; count++) schedule.attemptStarted(0)
    const dueMs = schedule.nextMs
    expect(schedule.hint(hint, dueMs - 500, 800)).toBe(false)
    expect([schedule.nextMs, schedule.attempts]).toEqual([dueMs, dialHintRules[hint].effect === 'restart' ? 0 : 20])
  })

  it.each(hints)('brings no storm when it never ends, and is not lost: %s', (hint) => {
    const schedule = late()
    const times: number[] = []
    let lastMs = 0
    for (let nowMs = 0; nowMs < 600_000; nowMs += 100) {
      schedule.hint(hint, nowMs, 0)
      if (nowMs < schedule.nextMs) continue
      schedule.attemptStarted(nowMs)
      times.push(nowMs - lastMs)
      lastMs = nowMs
    }
    const { effect, everyMs } = dialHintRules[hint]
    expect(Math.max(...times)).toBeLessThanOrEqual(everyMs)
    // What a fresh schedule makes of that time, and one more.
    const ofOne = effect === 'restart' ? attempts(middle(), 0, everyMs).length + 1 : 2
    expect(times.length).toBeLessThanOrEqual((600_000 / everyMs) * ofOne + 1)
  })

  it('is spread the wider the more peers it concerns, over a second at most', () => {
    expect([1, 2, 9, 17, 1_000].map(hintSpreadMs)).toEqual([0, 62.5, 500, 1_000, 1_000])
  })
})
