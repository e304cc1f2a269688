import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  deliveredFrame,
  doneFrame,
  endFrame,
  FRAME_DATA_BYTES_MAX,
  FRAME_HEADER_BYTES,
  FrameReader,
  putDataHeader,
} from './frames.ts'

/** What a reader makes of these pieces. */
function read(...pieces: readonly Uint8Array[]): {
  readonly reader: FrameReader
  readonly said: string[]
  readonly data: Buffer
} {
  const reader = new FrameReader()
  const said: string[] = []
  const data: Buffer[] = []
  for (const piece of pieces)
    reader.read(piece, {
      data: (bytes) => void data.push(Buffer.from(bytes)),
      end: (total) => void said.push(`end ${total}`),
      delivered: (total) => void said.push(`delivered ${total}`),
      done: () => void said.push('done'),
    })
  return { reader, said, data: Buffer.concat(data) }
}

function dataFrame(payload: Uint8Array): Buffer {
  const frame = Buffer.concat([Buffer.alloc(FRAME_HEADER_BYTES), payload])
  putDataHeader(frame, payload.length)
  return frame
}

const broken = expect.objectContaining({ rule: 'pipe-frame' })

test('a direction means the same, whatever the pieces in which it comes', () => {
  const payloads = fc.array(fc.uint8Array({ minLength: 1, maxLength: 40 }), { maxLength: 5 })
  fc.assert(
    fc.property(payloads, fc.nat(1_000), fc.array(fc.integer({ min: 1, max: 20 })), (sent, delivered, cuts) => {
      const data = Buffer.concat(sent)
      const bytes = Buffer.concat([
        ...sent.map(dataFrame),
        endFrame(data.length),
        deliveredFrame(delivered),
        doneFrame(),
      ])
      const pieces: Buffer[] = []
      let at = 0
      for (const cut of cuts) pieces.push(bytes.subarray(at, (at += cut)))
      const result = read(...pieces, bytes.subarray(at))
      expect(result.data.equals(data)).toBe(true)
      expect(result.said).toEqual([`end ${data.length}`, `delivered ${delivered}`, 'done'])
      expect(result.reader.isDone).toBe(true)
    }),
  )
})

test('counts go beyond 32 bits', () => {
  expect(read(deliveredFrame(2 ** 40 + 7)).said).toEqual([`delivered ${2 ** 40 + 7}`])
})

test('whatever is cut off, it is not done', () => {
  const all = Buffer.concat([dataFrame(Buffer.from('x')), endFrame(1), deliveredFrame(0), doneFrame()])
  for (let bytes = 0; bytes < all.length; bytes++) expect(read(all.subarray(0, bytes)).reader.isDone).toBe(false)
})

describe('what is out of place is refused', () => {
  const x = dataFrame(Buffer.from('x'))
  test.each([
    ['data behind the end', [endFrame(0), x]],
    ['two ends', [endFrame(0), endFrame(0)]],
    ['an end that counts more than came', [x, endFrame(2)]],
    ['an end that counts less than came', [x, x, endFrame(1)]],
    ['two confirmations', [deliveredFrame(0), deliveredFrame(0)]],
    ['a DONE before the end', [deliveredFrame(0), doneFrame()]],
    ['a DONE before the confirmation', [endFrame(0), doneFrame()]],
    ['anything behind DONE', [endFrame(0), deliveredFrame(0), doneFrame(), Buffer.alloc(5)]],
    ['an empty DATA', [dataFrame(Buffer.alloc(0))]],
    ['an unknown type', [Buffer.from([9, 0, 0, 0, 0])]],
    ['a count of another length', [Buffer.from([1, 0, 0, 0, 9])]],
  ])('%s', (_, pieces) => {
    expect(() => read(...pieces)).toThrow(broken)
  })

  test('a DATA that is too large, as soon as its header is read', () => {
    const header = new Uint8Array(FRAME_HEADER_BYTES)
    putDataHeader(header, FRAME_DATA_BYTES_MAX + 1)
    expect(() => read(header)).toThrow(broken)
  })

  test('random bytes never end in order', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        try {
          expect(read(bytes).reader.isDone).toBe(false)
        } catch (error) {
          expect(error).toEqual(broken)
        }
      }),
    )
  })
})
