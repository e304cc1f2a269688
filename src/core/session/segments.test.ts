import { array, assert, integer, property, tuple } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { contentOf, firstDifference } from '../../../test/hostile/content.ts'
import { Segments } from './segments.ts'

/** Takes everything out, in order. */
function drain(segments: Segments): { offset: number; bytes: Uint8Array }[] {
  const runs: { offset: number; bytes: Uint8Array }[] = []
  for (let run = segments.takeUpTo(Infinity); run !== undefined; run = segments.takeUpTo(Infinity)) runs.push(run)
  return runs
}

describe('segments', () => {
  const piece = tuple(integer({ min: 0, max: 300 }), integer({ min: 1, max: 60 }))

  it('keep each byte once, in runs that do not overlap, in order', () => {
    assert(
      property(array(piece, { maxLength: 80 }), (pieces) => {
        const segments = new Segments()
        const came = new Set<number>()
        for (const [offset, length] of pieces) {
          segments.put(offset, contentOf(1, offset, length))
          for (let at = 0; at < length; at++) came.add(offset + at)
        }
        const kept: number[] = []
        let end = -1
        for (const { offset, bytes } of drain(segments)) {
          expect(bytes.length).toBeGreaterThan(0)
          expect(offset).toBeGreaterThanOrEqual(end)
          expect(firstDifference(1, offset, bytes)).toBeUndefined()
          end = offset + bytes.length
          for (let at = offset; at < end; at++) kept.push(at)
        }
        expect(kept).toEqual([...came].toSorted((a, b) => a - b))
        expect(segments.isEmpty).toBe(true)
      }),
      { numRuns: 500 },
    )
  })

  it('are handed out as far as asked for, and go on to take others meanwhile', () => {
    const segments = new Segments()
    for (let offset = 10; offset <= 2_000; offset += 10) segments.put(offset, contentOf(1, offset, 5))
    for (let offset = 10; offset <= 1_000; offset += 10) expect(segments.takeUpTo(offset)?.offset).toBe(offset)
    expect(segments.takeUpTo(1_009)).toBeUndefined()
    segments.put(1_005, contentOf(1, 1_005, 10))
    expect(segments.takeUpTo(1_005)?.bytes.length).toBe(10)
    expect(drain(segments)[0]).toMatchObject({ offset: 1_020 })
  })
})
