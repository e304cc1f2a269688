import { assert, integer, property } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { RoundTrip } from './round-trip.ts'

describe('the round-trip time', () => {
  it('is guessed before the first sample', () => {
    const roundTrip = new RoundTrip()
    expect([roundTrip.smoothedMs, roundTrip.smallestMs, roundTrip.probeTimeoutMs]).toEqual([undefined, undefined, 333])
  })

  it('begins as RFC 6298 says: the sample, and half of it as its variation', () => {
    const roundTrip = new RoundTrip()
    roundTrip.sample(100, 0)
    expect([roundTrip.smoothedMs, roundTrip.varianceMs, roundTrip.probeTimeoutMs]).toEqual([100, 50, 100 + 200 + 25])
  })

  it('goes on by eighths and quarters, the variation against the value before', () => {
    const roundTrip = new RoundTrip()
    roundTrip.sample(100, 0)
    roundTrip.sample(180, 0)
    expect(roundTrip.varianceMs).toBe(0.75 * 50 + 0.25 * 80)
    expect(roundTrip.smoothedMs).toBe(0.875 * 100 + 0.125 * 180)
  })

  it('forgets the first sample when the second is smaller: that one waited for the end of the handshake', () => {
    const roundTrip = new RoundTrip()
    roundTrip.sample(41, 0)
    roundTrip.sample(0.1, 1_000)
    expect([roundTrip.smoothedMs, roundTrip.varianceMs]).toEqual([0.1, 0.05])
    roundTrip.sample(0.05, 2_000)
    expect(roundTrip.smoothedMs).toBe(0.1 - 0.05 / 8)
  })

  it('weighs a sample by the time since the one before: after a minute as much as all that came before, and never less than an eighth', () => {
    const weightAfter = (elapsedMs: number): number => {
      const roundTrip = new RoundTrip()
      for (let count = 0; count < 50; count++) roundTrip.sample(40, 0)
      roundTrip.sample(50, elapsedMs)
      return (roundTrip.smoothedMs! - 40) / 10
    }
    for (const [elapsedMs, weight] of [
      [1_000, 1 / 8],
      [10_000, 1 / 8],
      [60_000, 1 / 2],
      [120_000, 3 / 4],
    ] as const)
      expect(weightAfter(elapsedMs)).toBeCloseTo(weight, 10)
  })

  it('allows 10 ms of variation on the steadiest path', () => {
    const roundTrip = new RoundTrip()
    for (let count = 0; count < 100; count++) roundTrip.sample(40, 0)
    expect(roundTrip.probeTimeoutMs).toBeCloseTo(40 + 10 + 25, 5)
  })

  it('takes no sample that says more about a stall, or about a clock, than about the path', () => {
    const roundTrip = new RoundTrip()
    roundTrip.sample(5_001, 0)
    roundTrip.sample(-1, 0)
    expect(roundTrip.smoothedMs).toBeUndefined()
    roundTrip.sample(5_000, 0)
    roundTrip.sample(0, 0)
    expect(roundTrip.smallestMs).toBe(0)
  })

  it('forgets one pause of the peer: the probe timeout stays below half a second, and is as before after ten samples', () => {
    const roundTrip = new RoundTrip()
    for (let count = 0; count < 200; count++) roundTrip.sample(40, 0)
    roundTrip.sample(4_000, 0)
    expect(roundTrip.probeTimeoutMs).toBeLessThan(200)
    for (let count = 0; count < 10; count++) roundTrip.sample(40, 0)
    expect(roundTrip.probeTimeoutMs).toBeLessThan(100)
  })

  it('learns a path that has become slow all the same, in a few samples', () => {
    assert(
      property(integer({ min: 1, max: 5_000 }), integer({ min: 1, max: 5_000 }), (beforeMs, afterMs) => {
        const roundTrip = new RoundTrip()
        for (let count = 0; count < 50; count++) roundTrip.sample(beforeMs, 0)
        for (let count = 0; count < 6; count++) roundTrip.sample(afterMs, 0)
        expect(roundTrip.probeTimeoutMs).toBeGreaterThan(afterMs)
        for (let count = 0; count < 100; count++) roundTrip.sample(afterMs, 0)
        expect(roundTrip.smoothedMs).toBeCloseTo(afterMs, 0)
      }),
    )
  })
})
