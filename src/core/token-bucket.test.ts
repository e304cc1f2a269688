import { array, assert, integer, property } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { HELLO_ALLOWANCE } from './session/association.ts'
import { PING_ALLOWANCE } from './session/link.ts'
import { TokenBucket } from './token-bucket.ts'

describe('H6: the allowance of pings', () => {
  it('is 256 at once and 16 a second', () => {
    const allowance = new TokenBucket(PING_ALLOWANCE)
    const taken = (count: number, nowMs: number) =>
      Array.from({ length: count }, () => allowance.take(nowMs)).filter(Boolean).length
    expect([taken(1_000, 0), taken(1_000, 1_000), taken(1_000, 3_600_000)]).toEqual([256, 16, 256])
  })

  it('is never exceeded by a peer that pings once a second, however the network bunches its pings', () => {
    assert(
      property(array(integer({ min: 0, max: 200 }), { maxLength: 50 }), (heldBackS) => {
        const allowance = new TokenBucket(PING_ALLOWANCE)
        let nowMs = 0
        for (const seconds of heldBackS) {
          nowMs += seconds * 1_000
          for (let count = 0; count < seconds; count++) expect(allowance.take(nowMs)).toBe(true)
        }
      }),
    )
  })
})

describe('the allowance of links that a peer dials', () => {
  it('is never exceeded by one that is lost every second, for a day', () => {
    const allowance = new TokenBucket(HELLO_ALLOWANCE)
    for (let second = 0; second < 86_400; second++) expect(allowance.take(1_000 * second)).toBe(true)
  })
})

describe('a token bucket', () => {
  it('gives its tokens at once, then as they come back with time, and never more than it holds', () => {
    const bucket = new TokenBucket({ atOnce: 2, perSecond: 10 })
    expect([bucket.take(0), bucket.take(0), bucket.take(0)]).toEqual([true, true, false])
    expect([bucket.waitMs(0), bucket.waitMs(40)]).toEqual([100, 60])
    expect([bucket.waitMs(100), bucket.isFull(100), bucket.isFull(10_000)]).toEqual([0, false, true])
    bucket.give()
    expect([bucket.take(10_000, 2), bucket.waitMs(10_000)]).toEqual([true, 100])
  })

  it('goes into debt, and says when that is paid', () => {
    const bucket = new TokenBucket({ atOnce: 10, perSecond: 2 })
    expect([bucket.spend(0, 10), bucket.spend(0, 1), bucket.spend(1_000, 1)]).toEqual([0, 500, 0])
    expect([bucket.spend(3_600_000, 0), bucket.spend(3_600_000, 12)]).toEqual([0, 1_000])
  })

  it('is not confused by a clock that goes back', () => {
    const bucket = new TokenBucket({ atOnce: 10, perSecond: 2 })
    bucket.take(1_000_000, 10)
    expect([bucket.waitMs(0), bucket.waitMs(500)]).toEqual([500, 0])
  })
})
