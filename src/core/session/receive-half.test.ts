import { array, assert, boolean, integer, option, property, tuple } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { contentOf, firstDifference } from '../../../test/hostile/content.ts'
import { ProtocolError } from '../errors.ts'
import { MemoryBudget } from './limits.ts'
import { ReceiveHalf } from './receive-half.ts'
import { ReceiveWindow } from './receive-window.ts'

const WINDOW = 200
const half = (): ReceiveHalf => new ReceiveHalf(new ReceiveWindow(WINDOW, WINDOW, new MemoryBudget(0), 0))

/** Takes a payload as the receiver does; answers what became readable. */
function take(target: ReceiveHalf, offset: number, payload: Uint8Array): Uint8Array {
  const parts: Uint8Array[] = []
  target.advance(offset + payload.length)
  for (let fresh = target.accept(offset, payload); fresh !== undefined; fresh = target.nextSegment()) {
    parts.push(Uint8Array.from(fresh))
    target.consume(fresh.length)
  }
  return Buffer.concat(parts)
}

const rule = (run: () => unknown): string => {
  try {
    run()
    return 'none'
  } catch (error) {
    if (error instanceof ProtocolError) return error.rule
    throw error
  }
}

const piece = tuple(integer({ min: 0, max: WINDOW - 1 }), integer({ min: 1, max: 40 }))

describe('the receiving half of a stream', () => {
  it('gives each byte once and in order, however pieces overlap and in whatever order they come', () => {
    assert(
      property(array(piece, { maxLength: 60 }), (pieces) => {
        const target = half()
        const came = new Set<number>()
        let readBytes = 0
        for (const [offset, wanted] of pieces) {
          const length = Math.min(wanted, WINDOW - offset)
          for (let at = 0; at < length; at++) came.add(offset + at)
          const fresh = take(target, offset, contentOf(1, offset, length))
          expect(firstDifference(1, readBytes, fresh)).toBeUndefined()
          readBytes += fresh.length
          let expected = 0
          while (came.has(expected)) expected++
          expect(readBytes).toBe(expected)
          expect(target.offset).toBe(expected)
        }
      }),
      { numRuns: 800 },
    )
  })

  it('ends when all bytes up to its size were read, whenever FIN comes among them', () => {
    const pieces = array(piece, { minLength: 1, maxLength: 20 })
    assert(
      property(integer({ min: 0, max: WINDOW }), pieces, integer({ min: 0, max: 20 }), (size, list, finAt) => {
        const target = half()
        const inside = [...list, [0, size] as [number, number]].filter(([offset]) => offset < size)
        inside.forEach(([offset, length], at) => {
          if (at === finAt) {
            target.announce(size)
            target.sized(size)
          }
          take(target, offset, contentOf(1, offset, Math.min(length, size - offset)))
        })
        target.announce(size)
        target.sized(size)
        expect([target.state, target.offset, target.unconsumed]).toEqual(['ended', size, 0])
        expect(target.sized(size)).toBe(false)
      }),
      { numRuns: 300 },
    )
  })

  it('gives nothing more after RESET, wherever it comes', () => {
    assert(
      property(array(piece, { maxLength: 20 }), option(piece), boolean(), (before, after, sized) => {
        const target = half()
        for (const [offset, length] of before)
          take(target, offset, contentOf(1, offset, Math.min(length, WINDOW - offset)))
        if (target.offset === WINDOW && sized) return
        target.announce(WINDOW)
        if (sized) target.sized(WINDOW)
        target.reset(WINDOW)
        expect(target.state).toBe('reset')
        if (after !== null) {
          const [offset, length] = after
          expect(take(target, offset, contentOf(1, offset, Math.min(length, WINDOW - offset))).length).toBe(0)
        }
        expect(target.nextSegment()).toBeUndefined()
      }),
      { numRuns: 200 },
    )
  })

  it('is not reset any more once it has ended', () => {
    const target = half()
    take(target, 0, contentOf(1, 0, 5))
    target.announce(5)
    target.sized(5)
    target.reset(5)
    expect(target.state).toBe('ended')
  })

  it('refuses what contradicts its window or its size', () => {
    const [target, sized] = [half(), half()]
    expect(rule(() => target.advance(WINDOW + 1))).toBe('window-exceeded')
    expect(rule(() => target.announce(WINDOW + 1))).toBe('window-exceeded')
    take(target, 0, contentOf(1, 0, 9))
    expect(rule(() => target.announce(8))).toBe('size-exceeded')
    sized.announce(9)
    sized.sized(9)
    expect(rule(() => sized.advance(10))).toBe('size-exceeded')
    expect(rule(() => sized.announce(10))).toBe('size-changed')
    expect(rule(() => sized.announce(8))).toBe('size-changed')
    expect(rule(() => sized.announce(9))).toBe('none')
  })

  it('keeps copies of what came too early: a view would keep the piece that it came in', () => {
    const target = half()
    const chunk = Buffer.alloc(1_000)
    chunk.set(contentOf(1, 10, 5), 100)
    target.accept(10, chunk.subarray(100, 105))
    chunk.fill(0)
    expect(target.accept(0, contentOf(1, 0, 10))?.length).toBe(10)
    const kept = target.nextSegment()!
    expect(firstDifference(1, 10, kept)).toBeUndefined()
    expect(kept.buffer.byteLength).toBeLessThan(300)
  })

  it('puts together what came in tiny pieces behind a gap', () => {
    const target = new ReceiveHalf(new ReceiveWindow(100_000, 100_000, new MemoryBudget(0), 0))
    for (let offset = 1; offset < 100_000; offset++) target.accept(offset, contentOf(1, offset, 1))
    target.accept(0, contentOf(1, 0, 1))
    let [segments, offset] = [0, 1]
    for (let next = target.nextSegment(); next !== undefined; next = target.nextSegment()) {
      expect(firstDifference(1, offset, next)).toBeUndefined()
      offset += next.length
      segments++
    }
    expect([offset, segments]).toEqual([100_000, 2])
  })
})
