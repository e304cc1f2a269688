import { array, assert, double, integer, property } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { judgedLink, resting, run } from '../../../test/hostile/judged-link.ts'
import type { KeepAlive } from './keep-alive.ts'
import type { Liveness } from './liveness.ts'

describe('H1: a probe', () => {
  it('without an answer in time is missed, and its late answer tells of the round trip alone', () => {
    const { liveness, health, probed } = judgedLink()
    const token = liveness.pingSent(0)
    expect([liveness.advance(599), probed]).toEqual(['fine', []])
    expect([liveness.advance(600), probed]).toEqual(['suspect', [false]])
    expect(health.loss).toBe(1 / 32)
    liveness.heard(700)
    const before = health.roundTrip.smoothedMs!
    liveness.pongReceived(token, 700)
    expect([probed, health.loss]).toEqual([[false], 1 / 32])
    expect(health.roundTrip.smoothedMs).toBeGreaterThan(before)
  })

  it('is missed only once, and each of those that are out for itself', () => {
    const { liveness, probed } = judgedLink()
    liveness.pongReceived(liveness.pingSent(0), 0)
    probed.length = 0
    liveness.frameSent(0)
    expect(run(liveness, 6_000).map(([, verdict]) => verdict)).toEqual([
      'suspect',
      ...Array.from({ length: 5 }, () => 'ping'),
    ])
    // Sent at 0.6, 1.6, … 5.6 s; all but the last have been out for 0.6 s.
    expect(probed).toEqual([false, false, false, false, false])
  })

  it('is answered or missed, and never both, whatever the times', () => {
    const waits = array(integer({ min: 1, max: 4_000 }), { minLength: 1, maxLength: 40 })
    assert(
      property(waits, array(integer({ min: 0, max: 7_000 }), { maxLength: 40 }), (gaps, answers) => {
        const { liveness, health, probed } = judgedLink()
        const due: [atMs: number, token: number][] = []
        let sent = 0
        let nowMs = 0
        for (const [at, gap] of gaps.entries()) {
          const answerMs = answers[at]
          sent++
          const token = liveness.pingSent(nowMs)
          if (answerMs !== undefined) due.push([nowMs + answerMs, token])
          nowMs += gap
          for (const [, token] of due.filter(([atMs]) => atMs <= nowMs)) {
            liveness.heard(nowMs)
            liveness.pongReceived(token, nowMs)
          }
          liveness.advance(nowMs)
        }
        expect(probed.length).toBeLessThanOrEqual(sent)
        expect(health.probes).toBe(300 + probed.length)
      }),
    )
  })
})

describe('H1: a link that delivers in one direction alone', () => {
  /** A link on which a PING comes every second and other bytes all the time, and what it says of itself at each probe that is judged. */
  function hearing(
    untilMs: number,
    each: (liveness: Liveness, nowMs: number) => void = () => undefined,
    asked = true,
  ): boolean[] {
    const { liveness, probed } = judgedLink()
    const said: boolean[] = []
    liveness.frameSent(0)
    liveness.pingSent(0)
    for (let nowMs = 100; nowMs <= untilMs; nowMs += 100) {
      liveness.heard(nowMs)
      if (asked && nowMs % 1_000 === 0) liveness.pingReceived(nowMs)
      each(liveness, nowMs)
      if (liveness.advance(nowMs) === 'ping') liveness.pingSent(nowMs)
      while (said.length < probed.length) said.push(liveness.oneWay)
    }
    return said
  }

  it('is one that misses three pings in a row though bytes come and the other side goes on asking', () => {
    expect(hearing(5_000)).toEqual([false, false, false, true, true])
  })

  it('is none where the other side does not ask: answers may wait behind data', () => {
    expect(hearing(10_000, undefined, false).some(Boolean)).toBe(false)
  })

  it('is none where what it carries is acknowledged, or a ping is answered, be it late', () => {
    expect(hearing(10_000, (liveness, nowMs) => liveness.framesAcknowledged(nowMs, false)).every((said) => !said)).toBe(
      true,
    )
    expect(hearing(3_000, (liveness) => void (liveness.lastPing === 3 && liveness.pongReceived(2, 2_100)))).toEqual([
      false,
      false,
      false,
    ])
  })

  it('is none any more when a ping is answered in time, and asks for that at once when anything shows that it delivers', () => {
    for (const shows of [
      (liveness: Liveness) => liveness.pongReceived(2, 5_100),
      (liveness: Liveness) => liveness.framesAcknowledged(5_100, true),
    ]) {
      const { liveness } = judgedLink({ keepAlive: { mode: 'tcp' } })
      const pings: number[] = []
      liveness.frameSent(0)
      for (let nowMs = 0; nowMs <= 5_000; nowMs += 100) {
        liveness.heard(nowMs)
        if (nowMs % 1_000 === 0) liveness.pingReceived(nowMs)
        if (liveness.advance(nowMs) === 'ping') liveness.pingSent(nowMs)
      }
      expect(liveness.oneWay).toBe(true)
      shows(liveness)
      for (let nowMs = 5_100; nowMs <= 7_000; nowMs += 100) {
        liveness.heard(nowMs)
        if (liveness.advance(nowMs) !== 'ping') continue
        pings.push(nowMs)
        liveness.pongReceived(liveness.pingSent(nowMs), nowMs)
        liveness.framesAcknowledged(nowMs, true)
      }
      expect(pings.length).toBeGreaterThan(0)
      expect(liveness.oneWay).toBe(false)
    }
  })

  it('begins anew after a suspicion', () => {
    const { liveness } = judgedLink()
    liveness.frameSent(0)
    run(liveness, 6_000)
    expect(liveness.suspect).toBe(true)
    liveness.heard(6_001)
    expect(liveness.oneWay).toBe(false)
    liveness.pingSent(6_001)
    liveness.heard(6_700)
    liveness.advance(6_700)
    expect(liveness.oneWay).toBe(false)
  })
})

describe('H3: a side that is asked again and again', () => {
  it('pings by itself from the third time on, since its answers may not arrive', () => {
    for (const mode of ['adaptive', 'fixed', 'tcp'] as const) {
      const liveness = resting({ keepAlive: { mode } })
      const pings: number[] = []
      for (let nowMs = 60_000; nowMs < 63_000; nowMs += 100) {
        liveness.heard(nowMs)
        if (nowMs % 1_000 === 0) liveness.pingReceived(nowMs)
        if (liveness.advance(nowMs) === 'ping') {
          pings.push(nowMs)
          liveness.pingSent(nowMs)
        }
      }
      expect(pings[0]).toBe(62_000)
    }
  })

  it('does not answer questions by questions: two that ask each other come to rest', () => {
    const sides = [resting(), resting()]
    let sent = 0
    const ask = (from: number, nowMs: number): void => {
      const [asking, asked] = [sides[from]!, sides[1 - from]!]
      sent++
      const token = asking.pingSent(nowMs)
      asked.heard(nowMs)
      asked.pingReceived(nowMs)
      asking.heard(nowMs)
      asking.pongReceived(token, nowMs)
    }
    ask(0, 60_000)
    ask(0, 60_500)
    ask(0, 61_000)
    for (let nowMs = 61_000; nowMs < 90_000; nowMs += 100)
      for (const from of [0, 1]) if (sides[from]!.advance(nowMs) === 'ping') ask(from, nowMs)
    expect(sent).toBeLessThanOrEqual(4)
  })
})

describe('H3: keep-alive', () => {
  it('pings the sooner the worse the link is, by the table of the specification', () => {
    const { liveness, health } = judgedLink({ random: () => 0 })
    const seen = new Map<number, number>()
    for (let nowMs = 0, count = 0; count < 12; count++) {
      liveness.pingSent(nowMs)
      // Nothing answers, but bytes go on arriving.
      for (let part = 0; part < 10; part++) liveness.heard((nowMs += 100))
      expect(liveness.advance(nowMs)).toBe('fine')
      const score = health.score()!
      seen.set(Math.floor(score / 20), 5 * Math.ceil((liveness.deadlineMs() - nowMs) / 5_000))
    }
    expect(Object.fromEntries(seen)).toEqual({ 3: 60, 2: 30, 1: 15, 0: 5 })
  })

  it('in mode fixed is 60 s, 10 s and 3: three checks that fail, each an interval after the one before', () => {
    const liveness = resting({ keepAlive: { mode: 'fixed' }, random: () => 0 })
    expect(run(liveness, 200_000)).toEqual([
      [60_000, 'ping'],
      [70_000, 'suspect'],
      [110_000, 'ping'],
      [160_000, 'ping'],
      [170_000, 'no-answer'],
    ])
  })

  it('in mode fixed gives up behind a black hole after three failed checks, and within 180 s', () => {
    assert(
      property(double({ min: 0, max: 0.999, noNaN: true }), integer({ min: 0, max: 60_000 }), (random, heardMs) => {
        const liveness = resting({ keepAlive: { mode: 'fixed' }, random: () => random })
        liveness.heard(heardMs)
        const verdicts = run(liveness, 300_000)
        expect(verdicts.map(([, verdict]) => verdict)).toEqual(['ping', 'suspect', 'ping', 'ping', 'no-answer'])
        const [firstMs = 0, , , thirdMs = 0, lostMs = 0] = verdicts.map(([atMs]) => atMs)
        expect(thirdMs - firstMs).toBeCloseTo(100_000, 3)
        expect(lostMs - thirdMs).toBeCloseTo(10_000, 3)
        expect(lostMs).toBeLessThanOrEqual(180_000)
      }),
    )
  })

  it('in mode fixed begins to count anew with any byte', () => {
    const liveness = resting({ keepAlive: { mode: 'fixed' } })
    run(liveness, 85_000)
    expect(liveness.heard(85_000)).toBe(true)
    const verdicts = run(liveness, 400_000)
    expect(verdicts.map(([, verdict]) => verdict)).toEqual(['ping', 'suspect', 'ping', 'ping', 'no-answer'])
    expect(verdicts.at(-1)![0] - verdicts[0]![0]).toBe(110_000)
  })

  it('in mode fixed gives up at the first failure if one is enough', () => {
    const liveness = resting({ keepAlive: { mode: 'fixed', failures: 1, timeoutMs: 2_000, intervalMs: 5_000 } })
    expect(run(liveness, 200_000)).toEqual([
      [5_250, 'ping'],
      [7_250, 'suspect'],
      [7_250, 'no-answer'],
    ])
  })

  it('in mode tcp sends no ping while nothing is in flight, and one every second while something is', () => {
    const liveness = resting({ keepAlive: { mode: 'tcp' } })
    expect([liveness.deadlineMs(), run(liveness, 86_400_000)]).toEqual([Infinity, []])
    expect(liveness.frameSent(100_000)).toBe(true)
    liveness.pongReceived(liveness.pingSent(100_000), 100_040)
    liveness.heard(100_900)
    expect(run(liveness, 101_000)).toEqual([[101_000, 'ping']])
    liveness.heard(101_040)
    liveness.framesAcknowledged(101_040, true)
    expect(liveness.deadlineMs()).toBeLessThan(Infinity)
    liveness.pongReceived(3, 101_040)
    expect(liveness.deadlineMs()).toBe(Infinity)
  })

  it('in mode tcp sends one ping after the last frame that came, and gives up if that has no answer', () => {
    const liveness = resting({ keepAlive: { mode: 'tcp' } })
    liveness.heard(100_000)
    liveness.framesCame(100_000)
    const [ping, suspect, ...rest] = run(liveness, 200_000)
    expect([ping, suspect?.[1], rest.at(-1)?.[1]]).toEqual([[101_000, 'ping'], 'suspect', 'no-answer'])
    expect(rest.at(-1)![0]).toBeLessThanOrEqual(117_000)
  })

  it('can be changed while the link lives, and a wrong option changes nothing', () => {
    const liveness = resting()
    liveness.setKeepAlive({ mode: 'fixed', intervalMs: 20_000 }, 1_000)
    expect(liveness.deadlineMs()).toBe(22_000)
    expect(() => liveness.setKeepAlive({ mode: 'fixed', intervalMs: 20 }, 2_000)).toThrow(RangeError)
    expect(liveness.deadlineMs()).toBe(22_000)
    liveness.setKeepAlive({ mode: 'tcp' }, 3_000)
    expect(liveness.deadlineMs()).toBe(Infinity)
  })
})

describe('H4: data in flight', () => {
  const modes: KeepAlive[] = [{ mode: 'adaptive' }, { mode: 'fixed' }, { mode: 'tcp' }]

  it.each(modes)('is judged by round trips in mode $mode', (keepAlive) => {
    const liveness = resting({ keepAlive })
    liveness.frameSent(1_000)
    const verdicts = run(liveness, 60_000)
    expect([verdicts[0], verdicts.at(-1)]).toEqual([
      [1_600, 'suspect'],
      [16_000, 'no-answer'],
    ])
  })

  it('is judged so from the first frame on, also on a link that idle pings had made suspect', () => {
    const liveness = resting({ keepAlive: { mode: 'fixed' }, random: () => 0 })
    run(liveness, 71_000)
    expect(liveness.suspect).toBe(true)
    liveness.frameSent(72_000)
    const verdicts = run(liveness, 200_000)
    expect(verdicts[0]).toEqual([73_000, 'ping'])
    expect(verdicts.at(-1)).toEqual([87_000, 'no-answer'])
  })
})

describe('H6: answers that are no answers', () => {
  it('show that bytes arrive, and no more: the link is never suspect, and its health is critical', () => {
    const { liveness, health, probed } = judgedLink()
    for (let nowMs = 0; nowMs < 60_000; nowMs += 100) {
      liveness.frameSent(nowMs)
      const verdict = liveness.advance(nowMs)
      expect(verdict).toBeOneOf(['fine', 'ping', 'acknowledgement-stalled'])
      liveness.heard(nowMs)
      if (verdict === 'ping') liveness.pongReceived(liveness.pingSent(nowMs) + 1, nowMs)
      if (nowMs % 1_000 === 0) liveness.framesAcknowledged(nowMs, false)
    }
    expect(probed.length).toBeGreaterThan(30)
    expect(probed).not.toContain(true)
    expect([health.band, health.loss, liveness.suspect]).toEqual(['critical', 1, false])
  })
})

describe('L11: after a stall of this node', () => {
  it('an answer to an earlier ping is a sign of life and no sample', () => {
    const { liveness, health, probed } = judgedLink()
    const token = liveness.pingSent(1_000)
    liveness.probe(1_001)
    liveness.heard(1_002)
    liveness.pongReceived(token, 1_002)
    expect([health.roundTrip.smallestMs, probed]).toEqual([40, []])
  })

  it('what waited begins to wait now', () => {
    const liveness = resting()
    liveness.frameSent(1_000)
    liveness.probe(10_000)
    liveness.pingSent(10_000)
    expect(run(liveness, 10_599)).toEqual([])
    const verdicts = run(liveness, 60_000)
    expect([verdicts[0], verdicts.at(-1)]).toEqual([
      [10_600, 'suspect'],
      [25_000, 'no-answer'],
    ])
  })

  it('a link that was suspect stays so, is not given up at once for another, and counts its probes anew', () => {
    const liveness = resting()
    liveness.frameSent(1_000)
    run(liveness, 14_000)
    expect(liveness.replaceable(14_000)).toBe(true)
    liveness.probe(15_000)
    liveness.pingSent(15_000)
    expect([liveness.suspect, liveness.replaceable(15_599), liveness.replaceable(15_600)]).toEqual([true, false, true])
    expect(run(liveness, 60_000).at(-1)).toEqual([30_000, 'no-answer'])
  })

  it('a link is never lost before three probes had their time, whatever came before', () => {
    assert(
      property(integer({ min: 0, max: 20_000 }), integer({ min: 0, max: 20_000 }), (silentMs, stalledMs) => {
        const liveness = resting()
        liveness.frameSent(1_000)
        run(liveness, 1_000 + silentMs)
        const wokeMs = 1_000 + silentMs + stalledMs
        liveness.probe(wokeMs)
        liveness.pingSent(wokeMs)
        const verdicts = run(liveness, wokeMs + 60_000)
        expect(verdicts.at(-1)![0]).toBeGreaterThanOrEqual(wokeMs + 15_000)
        expect(verdicts.filter(([, verdict]) => verdict === 'ping').length).toBeGreaterThanOrEqual(2)
      }),
    )
  })
})
