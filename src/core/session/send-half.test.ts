import { array, assert, integer, property } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { contentOf, firstDifference } from '../../../test/hostile/content.ts'
import { SendHalf } from './send-half.ts'

describe('the sending half of a stream', () => {
  it('hands out what was written, in order, in portions of any size', () => {
    const sizes = array(integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 400 })
    assert(
      property(sizes, sizes, (writes, takes) => {
        const half = new SendHalf()
        let written = 0
        for (const size of writes) {
          half.write(contentOf(1, written, size))
          written += size
        }
        expect(half.queuedBytes).toBe(written)
        for (let turn = 0; half.queuedBytes > 0; turn++) {
          const count = Math.min(takes[turn % takes.length]!, half.sendableBytes)
          const { offset } = half
          const target = new Uint8Array(count + 3)
          half.take(target, 3, count)
          expect(firstDifference(1, offset, target.subarray(3))).toBeUndefined()
          expect(half.offset).toBe(offset + count)
        }
      }),
      { numRuns: 200 },
    )
  })

  it('sends no further than the window of the other side', () => {
    const half = new SendHalf()
    half.write(new Uint8Array(300_000))
    expect(half.sendableBytes).toBe(262_144)
    half.take(new Uint8Array(262_144), 0, 262_144)
    expect(half.sendableBytes).toBe(0)
    half.limitRaised(270_000, 5)
    expect(half.sendableBytes).toBe(270_000 - 262_144)
  })

  it('takes windows in any order, the one with the highest number counts, and none that shrinks', () => {
    const half = new SendHalf()
    half.write(new Uint8Array(2_000_000))
    half.limitRaised(500_000, 9)
    half.limitRaised(400_000, 5)
    expect(half.sendableBytes).toBe(500_000)
    half.limitRaised(500_000, 10)
    expect(() => half.limitRaised(499_999, 11)).toThrow('from 500000 to 499999')
    expect(() => half.limitRaised(600_000, 8)).toThrow('from 500000 to 600000')
    expect(() => new SendHalf().limitRaised(262_143, 1)).toThrow()
  })

  it('is over only when the FIN or RESET that it ended with is acknowledged', () => {
    const half = new SendHalf()
    half.end()
    expect(half.state).toBe('ending')
    half.finSent()
    expect([half.endAcknowledged('reset'), half.state]).toEqual([false, 'ended'])
    expect([half.endAcknowledged('fin'), half.state]).toEqual([true, 'over'])
    expect([half.reset(1), half.state]).toEqual([false, 'over'])
  })

  it('can be reset as long as it is not over, also after its FIN, and drops what was not sent', () => {
    for (const prepare of [
      () => undefined,
      (half: SendHalf) => half.end(),
      (half: SendHalf) => [half.end(), half.finSent()],
    ]) {
      const half = new SendHalf()
      half.write(new Uint8Array(10))
      half.take(new Uint8Array(4), 0, 4)
      prepare(half)
      expect([half.reset(7), half.reset(8), half.resetCode, half.queuedBytes, half.offset]).toEqual([
        true,
        false,
        7,
        0,
        4,
      ])
      half.resetSent()
      expect([half.endAcknowledged('fin'), half.endAcknowledged('reset')]).toEqual([false, true])
    }
  })
})
