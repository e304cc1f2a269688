import { array, assert, integer, property } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ProtocolError } from '../errors.ts'
import { UNACKNOWLEDGED_FRAMES_MAX } from '../frame/constants.ts'
import { ReceiveLog } from './receive-log.ts'

/** The same as a set of all numbers that came. */
class Model {
  readonly seen = new Set<number>()

  get cumulative(): number {
    let at = 0
    while (this.seen.has(at + 1)) at++
    return at
  }

  ranges(countMax: number): { first: number; last: number }[] {
    const ranges: { first: number; last: number }[] = []
    for (const sequence of [...this.seen].toSorted((a, b) => a - b)) {
      const last = ranges.at(-1)
      if (sequence <= this.cumulative) continue
      if (last?.last === sequence - 1) last.last = sequence
      else ranges.push({ first: sequence, last: sequence })
    }
    return ranges.slice(0, countMax)
  }
}

const receive = (log: ReceiveLog, sequence: number): boolean => {
  const seen = log.has(sequence)
  if (!seen) log.add(sequence)
  return !seen
}

describe('the log of what was received', () => {
  it('is a set of numbers, with its lowest gap and its ranges', () => {
    assert(
      property(array(integer({ min: 1, max: 80 }), { maxLength: 120 }), integer({ min: 1, max: 8 }), (numbers, max) => {
        const [log, model] = [new ReceiveLog(), new Model()]
        for (const sequence of numbers) {
          expect(receive(log, sequence)).toBe(!model.seen.has(sequence))
          model.seen.add(sequence)
          expect(log.cumulative).toBe(model.cumulative)
          expect(log.hasGap).toBe(model.ranges(1).length > 0)
        }
        expect(log.ranges(max)).toEqual(model.ranges(max))
      }),
      { numRuns: 300 },
    )
  })

  it('goes on for ever: its ring is used again behind the gap', () => {
    const log = new ReceiveLog()
    for (let sequence = 1; sequence <= 100_000; sequence += 2) {
      receive(log, sequence + 1)
      expect(log.hasGap).toBe(true)
      receive(log, sequence)
    }
    expect([log.cumulative, log.hasGap, log.ranges(9)]).toEqual([100_000, false, []])
  })

  it('takes what is as far ahead as may be, and nothing beyond', () => {
    const log = new ReceiveLog()
    receive(log, 1)
    expect(receive(log, 1 + UNACKNOWLEDGED_FRAMES_MAX)).toBe(true)
    expect(() => log.has(2 + UNACKNOWLEDGED_FRAMES_MAX)).toThrow(ProtocolError)
    expect(log.ranges(2)).toEqual([{ first: 16_385, last: 16_385 }])
    expect(log.has(16_384)).toBe(false)
  })

  it('holds the whole ring but for one, and then closes the gap at once', () => {
    const log = new ReceiveLog()
    for (let sequence = 2; sequence <= UNACKNOWLEDGED_FRAMES_MAX; sequence++) receive(log, sequence)
    expect(log.ranges(32)).toEqual([{ first: 2, last: UNACKNOWLEDGED_FRAMES_MAX }])
    receive(log, 1)
    expect(log.cumulative).toBe(UNACKNOWLEDGED_FRAMES_MAX)
  })

  it('knows no number 0', () => {
    expect(() => new ReceiveLog().has(0)).toThrow('begin at 1')
  })
})
