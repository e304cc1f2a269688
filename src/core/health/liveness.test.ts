import { assert, double, property } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { judgedLink, resting, run } from '../../../test/hostile/judged-link.ts'
import { LinkHealth } from './link-health.ts'
import { Liveness } from './liveness.ts'
import { defaultLivenessLimits } from './liveness-limits.ts'

describe('a link that is healthy', () => {
  it('becomes suspect when a frame was not answered for 0.6 s, and not a moment earlier', () => {
    const liveness = resting()
    liveness.frameSent(1_000)
    expect([liveness.advance(1_599), liveness.suspect]).toEqual(['fine', false])
    expect([liveness.advance(1_600), liveness.suspect]).toEqual(['suspect', true])
  })

  it('becomes suspect after three probe timeouts where these are longer, and after 3 s at most', () => {
    for (const [sampleMs, suspectMs] of [
      [400, 3 * (400 + 10 + 25)],
      [4_000, 3_000],
    ] as const) {
      const { liveness } = judgedLink({ sampleMs })
      liveness.frameSent(0)
      expect(Math.round(run(liveness, 10_000).find(([, verdict]) => verdict === 'suspect')![0])).toBe(suspectMs)
    }
  })

  it('is given the time that its own data takes to be delivered', () => {
    const { liveness } = judgedLink({ drainMs: 1_000 })
    liveness.frameSent(0)
    expect(liveness.advance(1_200)).not.toBe('suspect')
    expect(liveness.advance(1_225)).toBe('suspect')
  })

  it('is not waiting while nothing is unacknowledged and no ping is out, for however long', () => {
    const liveness = resting()
    expect(liveness.waitingSinceMs).toBe(Infinity)
    expect(run(liveness, 119_000)).toEqual([])
  })

  it('waits from the later of its last sign of life and the beginning of the waiting', () => {
    const liveness = resting()
    liveness.frameSent(1_000)
    expect(liveness.waitingSinceMs).toBe(1_000)
    liveness.heard(1_300)
    expect(liveness.waitingSinceMs).toBe(1_300)
    liveness.frameSent(1_350)
    expect(liveness.waitingSinceMs).toBe(1_300)
    liveness.framesAcknowledged(1_400, true)
    expect(liveness.waitingSinceMs).toBe(Infinity)
  })

  it('does not take its own sending for a sign of life', () => {
    const liveness = resting()
    for (let atMs = 1_000; atMs < 1_600; atMs += 10) liveness.frameSent(atMs)
    expect(liveness.advance(1_600)).toBe('suspect')
  })

  it('has stalled when bytes come for 30 s and no acknowledgement of what waits', () => {
    const liveness = resting()
    liveness.frameSent(1_000)
    for (let atMs = 1_100; atMs <= 30_900; atMs += 100) {
      liveness.heard(atMs)
      expect(liveness.advance(atMs)).not.toBe('acknowledgement-stalled')
    }
    liveness.heard(30_999)
    expect(liveness.advance(30_999)).not.toBe('acknowledgement-stalled')
    expect(liveness.advance(31_000)).toBe('acknowledgement-stalled')
  })

  it('has not stalled while some of what waits is acknowledged now and then', () => {
    const liveness = resting()
    liveness.frameSent(1_000)
    for (let atMs = 1_100; atMs <= 200_000; atMs += 100) {
      liveness.heard(atMs)
      if (atMs % 29_000 === 0) liveness.framesAcknowledged(atMs, false)
      expect(liveness.advance(atMs)).not.toBe('acknowledgement-stalled')
    }
  })
})

describe('a link that is suspect', () => {
  it('probes at once and then every second, and is lost after 15 s of silence', () => {
    const liveness = resting()
    liveness.frameSent(1_000)
    const verdicts = run(liveness, 60_000)
    expect(verdicts[0]).toEqual([1_600, 'suspect'])
    expect(verdicts.slice(1, 4)).toEqual([
      [2_600, 'ping'],
      [3_600, 'ping'],
      [4_600, 'ping'],
    ])
    expect(verdicts.at(-1)).toEqual([16_000, 'no-answer'])
  })

  it('is healthy again with any byte, and its probes are counted anew', () => {
    const liveness = resting()
    liveness.frameSent(1_000)
    run(liveness, 15_900)
    expect([liveness.heard(15_950), liveness.suspect]).toEqual([true, false])
    expect(liveness.heard(15_960)).toBe(false)
    const again = run(liveness, 60_000)
    expect(again.at(-1)).toEqual([15_960 + 15_000, 'no-answer'])
    expect(again.filter(([, verdict]) => verdict === 'suspect')).toHaveLength(1)
  })

  it('is not lost before three probes had their second each, even if nobody looked for a minute', () => {
    const liveness = resting()
    liveness.frameSent(1_000)
    expect(liveness.advance(70_000)).toBe('acknowledgement-stalled')
    const idle = resting()
    idle.pingSent(1_000)
    expect(idle.advance(70_000)).toBe('suspect')
    expect(idle.advance(70_000)).toBe('fine')
    expect([71_000, 72_000, 72_999, 73_000].map((atMs) => idle.advance(atMs))).toEqual([
      'ping',
      'ping',
      'fine',
      'no-answer',
    ])
  })
})

describe('pings of a link that rests', () => {
  it('come every two minutes on an excellent link: after a ping of its own up to 20 % later, after one of the other side up to 20 % sooner', () => {
    assert(
      property(double({ min: 0, max: 0.999, noNaN: true }), (random) => {
        const liveness = resting({ random: () => random })
        liveness.heard(100)
        const [[atMs, verdict]] = run(liveness, 200_000) as [[number, string]]
        expect(verdict).toBe('ping')
        expect(atMs).toBeGreaterThanOrEqual(120_000)
        expect(atMs).toBeLessThanOrEqual(144_000)
        const asked = resting({ random: () => random })
        asked.pingReceived(30_000)
        const askedMs = asked.deadlineMs() - 30_000
        expect(askedMs).toBeGreaterThanOrEqual(96_000)
        expect(askedMs).toBeLessThanOrEqual(120_000)
      }),
    )
  })

  it('are drawn anew each time', () => {
    const draws = [0, 0.999, 0.5]
    const { liveness } = judgedLink({ random: () => draws.shift() ?? 0.5 })
    const times: number[] = []
    for (let atMs = 0, count = 0; count < 4; count++) {
      liveness.pongReceived(liveness.pingSent(atMs), atMs)
      times.push(liveness.deadlineMs() - atMs)
      atMs = liveness.deadlineMs()
      liveness.heard(atMs)
    }
    expect(times.slice(0, 3).map((ms) => Math.round(ms / 100))).toEqual([1200, 1440, 1320])
  })

  it('are postponed by a ping of the other side', () => {
    const liveness = resting()
    liveness.pingReceived(50_000)
    expect(run(liveness, 157_999)).toEqual([])
    expect(run(liveness, 158_000)).toEqual([[158_000, 'ping']])
  })

  it('are never postponed beyond two intervals, however often the other side pings', () => {
    for (const random of [0, 0.5, 0.999]) {
      const liveness = resting({ random: () => random })
      for (let atMs = 10_000; atMs < 240_000 && liveness.deadlineMs() > atMs; atMs += 10_000)
        liveness.pingReceived(atMs)
      const [[atMs, verdict]] = run(liveness, 300_000) as [[number, string]]
      expect(verdict).toBe('ping')
      expect(atMs).toBeGreaterThan(1.75 * 120_000)
      expect(atMs).toBeLessThan(1.95 * 120_000)
    }
  })

  it('follow the first answer after a second, since that one may have waited for the end of the handshake', () => {
    for (const mode of ['adaptive', 'fixed', 'tcp'] as const) {
      const health = new LinkHealth()
      const link = { drainMs: 0, probed: () => undefined }
      const options = { health, limits: defaultLivenessLimits, keepAlive: { mode }, random: () => 0.5, link }
      const liveness = new Liveness(0, options)
      liveness.pongReceived(liveness.pingSent(0), 41)
      liveness.heard(41)
      expect(health.roundTripMs).toBe(41)
      expect(run(liveness, 1_041)).toEqual([[1_041, 'ping']])
      liveness.pongReceived(2, 1_041.1)
      liveness.heard(1_041.1)
      expect([health.roundTripMs, health.jitterMs]).toEqual([expect.closeTo(0.1, 5), 0])
      expect(liveness.deadlineMs()).toBeGreaterThan(60_000)
    }
  })

  it('come every second while frames are unacknowledged, and a ping of the other side changes nothing', () => {
    const liveness = resting()
    liveness.frameSent(1_000)
    liveness.heard(1_500)
    liveness.pingReceived(1_500)
    expect(liveness.deadlineMs()).toBeLessThanOrEqual(2_000)
    liveness.heard(1_999)
    expect(liveness.advance(2_000)).toBe('ping')
  })

  it('go with the first frame after a long silence, and with no other', () => {
    const liveness = resting()
    expect(liveness.frameSent(9_000)).toBe(false)
    liveness.heard(9_040)
    liveness.framesAcknowledged(9_040, true)
    expect([liveness.frameSent(19_040), liveness.frameSent(19_041)]).toEqual([true, false])
  })

  it('measure the round trip by the answer to each, once', () => {
    const { liveness, health } = judgedLink()
    const first = liveness.pingSent(0)
    const second = liveness.pingSent(100)
    liveness.pongReceived(second, 130)
    expect(health.roundTrip.smoothedMs).toBeCloseTo(0.875 * 40 + 0.125 * 30)
    liveness.pongReceived(second, 200)
    liveness.pongReceived(0xdead, 200)
    expect(health.roundTrip.smoothedMs).toBeCloseTo(0.875 * 40 + 0.125 * 30)
    liveness.pongReceived(first, 50)
    expect(health.roundTrip.smoothedMs).toBeCloseTo(0.875 * (0.875 * 40 + 0.125 * 30) + 0.125 * 50)
    expect(liveness.waitingSinceMs).toBe(Infinity)
  })
})

describe('H1: a link on which frames come, and none go', () => {
  it('is pinged within a second, whatever the other side pings, so that its end is noticed as soon as at a side that writes', () => {
    const liveness = resting()
    liveness.framesCame(1_000)
    liveness.heard(1_000)
    liveness.pingReceived(1_500)
    const verdicts = run(liveness, 60_000)
    expect(verdicts[0]).toEqual([2_000, 'ping'])
    expect(verdicts.at(-1)?.[1]).toBe('no-answer')
    expect(verdicts.at(-1)?.[0]).toBeLessThanOrEqual(2_000 + 15_000 + 2_000)
  })

  it('is judged by round trips in every mode until that ping is answered', () => {
    for (const mode of ['adaptive', 'fixed', 'tcp'] as const) {
      const liveness = resting({ keepAlive: { mode } })
      liveness.framesCame(1_000)
      liveness.heard(1_000)
      const verdicts = run(liveness, 60_000)
      expect([verdicts[0], verdicts[1], verdicts.at(-1)]).toEqual([
        [2_000, 'ping'],
        [2_600, 'suspect'],
        [17_000, 'no-answer'],
      ])
    }
    const rests = resting({ keepAlive: { mode: 'fixed' }, random: () => 0 })
    rests.framesCame(1_000)
    expect(rests.advance(2_000)).toBe('ping')
    rests.pongReceived(rests.pingSent(2_000), 2_040)
    rests.heard(2_040)
    expect(run(rests, 75_000)).toEqual([
      [62_000, 'ping'],
      [72_000, 'suspect'],
    ])
  })

  it('is suspect after 3 s of silence at most, the wait for that ping included', () => {
    const liveness = resting({ sampleMs: 1_500 })
    liveness.framesCame(1_000)
    liveness.heard(1_000)
    expect(run(liveness, 10_000).slice(0, 2)).toEqual([
      [2_000, 'ping'],
      [4_000, 'suspect'],
    ])
  })

  it('rests again once that was answered', () => {
    const liveness = resting()
    liveness.framesCame(1_000)
    expect(liveness.advance(2_000)).toBe('ping')
    liveness.pongReceived(liveness.pingSent(2_000), 2_040)
    liveness.heard(2_040)
    expect(run(liveness, 40_000)).toEqual([])
  })
})
