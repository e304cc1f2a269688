import { array, assert, integer, property } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { PingAllowance } from './ping-allowance.ts'

describe('H6: the allowance of pings', () => {
  it('is 256 at once and 16 a second', () => {
    const allowance = new PingAllowance(0)
    const taken = (count: number, nowMs: number) =>
      Array.from({ length: count }, () => allowance.take(nowMs)).filter(Boolean).length
    expect([taken(1_000, 0), taken(1_000, 1_000), taken(1_000, 3_600_000)]).toEqual([256, 16, 256])
  })

  it('is never exceeded by a peer that pings once a second, however the network bunches its pings', () => {
    assert(
      property(array(integer({ min: 0, max: 200 }), { maxLength: 50 }), (heldBackS) => {
        const allowance = new PingAllowance(0)
        let nowMs = 0
        for (const seconds of heldBackS) {
          nowMs += seconds * 1_000
          for (let count = 0; count < seconds; count++) expect(allowance.take(nowMs)).toBe(true)
        }
      }),
    )
  })
})
