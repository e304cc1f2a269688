import { array, assert, double, option, property } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LinkHealth } from './link-health.ts'

function healthOf(...samples: (number | 'missed')[]): LinkHealth {
  const health = new LinkHealth()
  for (const sample of samples) {
    if (sample === 'missed') health.probeMissed()
    else health.sample(sample, 0)
  }
  return health
}

const times = <T>(count: number, value: T): T[] => Array.from({ length: count }, () => value)

describe('H1: what a link measures', () => {
  it('is nothing before the first probe', () => {
    const health = new LinkHealth()
    expect([health.score(), health.band, health.roundTripMs, health.jitterMs, health.loss, health.trend]).toEqual([
      undefined,
      undefined,
      undefined,
      0,
      0,
      'steady',
    ])
    expect(health.takeBandChange()).toBeUndefined()
  })

  it('has as jitter the mean difference of samples that follow each other, not that from the average', () => {
    expect(healthOf(...times(100, 80)).jitterMs).toBe(0)
    const alternating = Array.from({ length: 200 }, (_, at) => (at % 2 === 0 ? 40 : 60))
    expect(healthOf(...alternating).jitterMs).toBeCloseTo(20, 3)
  })

  it('is what was measured of late: after two minutes of rest, three quarters of the round trip and of the jitter are new', () => {
    const health = healthOf(...times(50, 40))
    health.sample(48, 120_000)
    expect([health.roundTripMs, health.jitterMs, health.answeredMs]).toEqual([46, 6, 120_000])
    health.lateSample(46, 125_000)
    expect([health.jitterMs, health.answeredMs, health.probes]).toEqual([6, 125_000, 51])
  })

  it('takes the end of the handshake neither for latency nor for jitter', () => {
    const health = healthOf(900, 20)
    expect([health.roundTripMs, health.jitterMs, health.score()]).toEqual([20, 0, 100])
  })

  it('has as loss the share of the last 32 probes that were missed', () => {
    expect(healthOf(40, 'missed', 40, 40).loss).toBe(0.25)
    expect(healthOf(...times(100, 'missed' as const), ...times(24, 40)).loss).toBe(8 / 32)
    expect(healthOf(...times(100, 'missed' as const), ...times(32, 40)).loss).toBe(0)
    expect(healthOf(...times(40, 'missed' as const)).loss).toBe(1)
  })

  it('includes what the other side says', () => {
    const health = new LinkHealth()
    const status = { roundTripMs: 1.5, jitterMs: 0.25, loss: 0.01, score: 88 }
    health.remoteSaid(status)
    expect([health.remote, health.score()]).toEqual([status, undefined])
  })
})

describe('H2: the score of a link', () => {
  it('is 100 on a quick and steady one, and follows latency, jitter and loss by their bounds', () => {
    expect(healthOf(...times(50, 20)).score()).toBe(100)
    expect(healthOf(...times(50, 525)).score()).toBe(75)
    expect(healthOf(...times(50, 2_000)).score()).toBe(50)
    const jittery = Array.from({ length: 200 }, (_, at) => (at % 2 === 0 ? 0 : 300))
    expect(healthOf(...jittery).score()).toBeLessThan(70)
  })

  it('is 0 while the link is suspect, and then what it was', () => {
    const health = healthOf(...times(50, 20))
    health.suspicion(true)
    expect([health.score(), health.band, health.trend]).toEqual([0, 'critical', 'worsening'])
    health.suspicion(false)
    expect([health.score(), health.band]).toEqual([100, 'excellent'])
    expect([health.score(true), health.score(false)]).toEqual([0, 100])
  })

  it('is 0 if nothing was ever answered', () => {
    expect([healthOf('missed').score(), healthOf('missed').band]).toEqual([0, 'critical'])
  })

  it('takes a missed probe for the worst sample of all three', () => {
    const missed = healthOf(...times(50, 20), 'missed').score()!
    expect(missed).toBeLessThan(healthOf(...times(50, 20), 5_000).score()!)
    // 25 of the 80 points for latency and jitter in four, and an eighth of the 20 for loss.
    expect(missed).toBe(Math.round(80 * 0.75 + 20 * 0.875))
  })

  it('loses at most half of its points for latency and jitter by one slow answer after a rest', () => {
    const health = healthOf(...times(50, 20))
    health.sample(3_000, 120_000)
    expect(health.score()).toBe(60)
    expect(health.band).toBe('good')
  })

  it('is poor after five missed probes, and excellent again when they are forgotten', () => {
    const bad = healthOf(...times(50, 20), ...times(5, 'missed' as const))
    expect(bad.band).toBe('poor')
    for (let count = 0; count < 32; count++) bad.sample(20, 0)
    expect([bad.band, bad.score()]).toEqual(['excellent', 100])
  })

  it('counts a sample over a stall for the answer that it is, and for nothing else', () => {
    const health = healthOf(...times(50, 20), 7_000)
    expect([health.score(), health.jitterMs, health.probes, health.roundTripMs]).toEqual([100, 0, 51, 20])
  })

  it('moves with what happens: its trend says where to', () => {
    const health = healthOf(...times(50, 20), 'missed', 'missed')
    expect(health.trend).toBe('worsening')
    for (let count = 0; count < 20; count++) health.probeMissed()
    expect(health.trend).toBe('worsening')
    for (let count = 0; count < 60; count++) health.probeMissed()
    expect(health.trend).toBe('steady')
    for (let count = 0; count < 4; count++) health.sample(20, 0)
    expect(health.trend).toBe('improving')
  })

  it('is always from 0 to 100', () => {
    const probes = array(option(double({ min: -10, max: 20_000, noNaN: true })), { minLength: 1, maxLength: 80 })
    assert(
      property(probes, (samples) => {
        const health = healthOf(...samples.map((sample) => sample ?? ('missed' as const)))
        expect(health.score()).toBeGreaterThanOrEqual(0)
        expect(health.score()).toBeLessThanOrEqual(100)
        expect(health.loss).toBe(
          samples.slice(-32).filter((sample) => sample === null).length / Math.min(32, samples.length),
        )
      }),
    )
  })
})

describe('H5: a change of band', () => {
  it('is told once, with the band before', () => {
    const health = healthOf(20)
    expect(health.takeBandChange()).toEqual({ before: undefined, band: 'excellent', score: 100 })
    for (let count = 0; count < 5; count++) health.probeMissed()
    expect(health.takeBandChange()).toMatchObject({ before: 'excellent', band: 'poor' })
    expect(health.takeBandChange()).toBeUndefined()
  })

  it('is none if the band is the same again when somebody asks', () => {
    const health = healthOf(20)
    health.takeBandChange()
    health.suspicion(true)
    health.suspicion(false)
    expect(health.takeBandChange()).toBeUndefined()
  })
})
