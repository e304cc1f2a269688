import { expect, it } from 'vitest'
import { PatternReader, PatternWriter } from './pattern.ts'

it('knows what was sent, however it is cut', () => {
  const writer = new PatternWriter()
  const reader = new PatternReader()
  const all = Buffer.concat(Array.from({ length: 40 }, (_, at) => writer.next(5_000 + at)))
  reader.take(all.subarray(0, 100_000))
  reader.take(all.subarray(100_000, 100_001))
  reader.take(all.subarray(100_001))
  expect(reader).toMatchObject({ received: writer.written, wrong: 0 })
})

it.each([1, 1_000, 16_384, 65_536])('notices that %d bytes were lost', (lost) => {
  const writer = new PatternWriter()
  const reader = new PatternReader()
  reader.take(writer.next(3_000))
  writer.next(Math.min(lost, 60_000))
  writer.next(Math.max(0, lost - 60_000))
  reader.take(writer.next(3_000))
  expect(reader.wrong).toBe(3_000)
})
