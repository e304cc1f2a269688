import { array, assert, integer, property, uint8Array } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Collector } from '../../../test/hostile/collector.ts'
import { forge } from '../../../test/hostile/forge.ts'
import { anyFrame, encodeAny, u48 } from '../../../test/hostile/frame-arbitraries.ts'
import { ProtocolError } from '../errors.ts'
import { copyBytes, readU16, readU24, readU32, readU48, writeU16, writeU24, writeU32, writeU48 } from './bytes.ts'
import { BODY_BYTES_MAX, DATA_BODY_BYTES_MAX, FRAME_HEADER_BYTES, frameTypes } from './constants.ts'
import { FrameDecoder } from './decode.ts'
import { encodeClose } from './encode.ts'

function decode(...pieces: readonly Uint8Array[]): Collector {
  const collector = new Collector()
  const decoder = new FrameDecoder(collector)
  for (const piece of pieces) decoder.push(piece)
  return collector
}

function ruleOf(...pieces: readonly Uint8Array[]): string {
  try {
    decode(...pieces)
    return 'none'
  } catch (error) {
    if (error instanceof ProtocolError) return error.rule
    throw error
  }
}

/** Cuts bytes into pieces of the given lengths, over and over. */
function cut(bytes: Uint8Array, lengths: readonly number[]): Uint8Array[] {
  const pieces: Uint8Array[] = []
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const length = lengths[turn % lengths.length] ?? 1
    pieces.push(bytes.subarray(at, at + length))
    at += length
  }
  return pieces
}

describe('numbers', () => {
  it('of every width come back as they were written', () => {
    assert(
      property(integer({ min: 0, max: 0xffff_ffff }), u48, (small, large) => {
        const bytes = new Uint8Array(8)
        writeU48(bytes, 1, large)
        expect(readU48(bytes, 1)).toBe(large)
        writeU32(bytes, 1, small)
        expect(readU32(bytes, 1)).toBe(small)
        writeU24(bytes, 1, small & 0xff_ffff)
        expect(readU24(bytes, 1)).toBe(small & 0xff_ffff)
        writeU16(bytes, 1, small & 0xffff)
        expect(readU16(bytes, 1)).toBe(small & 0xffff)
      }),
    )
  })

  it('are big-endian', () => {
    const bytes = new Uint8Array(6)
    writeU48(bytes, 0, 0x0102_0304_0506)
    expect([...bytes]).toEqual([1, 2, 3, 4, 5, 6])
  })

  it('are copied out of a Buffer without keeping what it is a view of', () => {
    const copy = copyBytes(Buffer.alloc(1_000), 10, 20)
    expect([copy.length, copy.buffer.byteLength]).toEqual([10, 10])
  })
})

describe('a frame', () => {
  it('of any type and content comes back as it was written', () => {
    assert(
      property(anyFrame, (frame) => {
        expect(decode(encodeAny(frame)).frames).toEqual([frame])
      }),
      { numRuns: 2_000 },
    )
  })

  it('is the same however the bytes are cut, and whatever stands around it', () => {
    const lengths = array(integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 5 })
    assert(
      property(array(anyFrame, { maxLength: 12 }), lengths, (frames, cuts) => {
        const collector = decode(...cut(Buffer.concat(frames.map(encodeAny)), cuts))
        expect(collector.frames).toEqual(frames)
        expect(collector.problems).toEqual([])
      }),
      { numRuns: 500 },
    )
  })

  it('of DATA is handed over in parts without waiting for its end', () => {
    const bytes = forge.data(1, 2, 100, 50)
    const collector = decode(bytes.subarray(0, 30))
    expect([collector.frames.length, collector.openBytes]).toEqual([0, 10])
  })

  it('of a later minor version is passed over, and counted if it is reliable', () => {
    const collector = decode(forge.raw(0x1f, Buffer.alloc(7)), forge.raw(0x30, Buffer.from([0, 0, 0, 0, 0, 9, 1, 2])))
    expect(collector.frames).toEqual([{ type: 'unknownLink' }, { type: 'unknownReliable', sequence: 9 }])
  })

  it('with a code of a later version is understood as far as it can be', () => {
    expect(decode(forge.raw(frameTypes.refuse, Buffer.from([9, 9]))).frames).toMatchObject([{ code: 'busy' }])
    expect(decode(forge.raw(frameTypes.close, Buffer.from([0, 9, 9]))).frames).toMatchObject([{ code: undefined }])
  })

  it('of CLOSE cuts a text that is too long, between characters', () => {
    assert(
      property(integer({ min: 60, max: 300 }), integer({ min: 0, max: 3 }), (length, shift) => {
        const text = 'x'.repeat(shift) + '😀'.repeat(length)
        const close = encodeClose((size) => new Uint8Array(size), { scope: 'link', code: 'duplicate', text })
        const [frame] = decode(close).frames
        expect(frame).toMatchObject({ type: 'close' })
        if (frame?.type === 'close') {
          expect(text.startsWith(frame.text)).toBe(true)
          expect(Buffer.byteLength(frame.text)).toBeLessThanOrEqual(255)
        }
      }),
    )
  })

  it('is not looked at once the decoder was stopped in the middle of the bytes', () => {
    const stopped = new FrameDecoder({ data: () => undefined, frame: () => stopped.stop() })
    expect(() => stopped.push(Buffer.concat([forge.ping(1), forge.raw(0xff, Buffer.alloc(9))]))).not.toThrow()
    expect(() => stopped.push(forge.raw(0xff, Buffer.alloc(9)))).not.toThrow()
  })
})

describe('a body of a wrong length', () => {
  /** The exact length of each frame of fixed shape. */
  const fixed: readonly (readonly [type: number, length: number])[] = [
    [frameTypes.ping, 4],
    [frameTypes.pong, 4],
    [frameTypes.status, 11],
    [frameTypes.fin, 16],
    [frameTypes.reset, 20],
    [frameTypes.stop, 14],
    [frameTypes.window, 16],
    [frameTypes.sessionWindow, 12],
    [frameTypes.streams, 10],
  ]

  it.each(fixed)('in a frame of type %i that has %i bytes breaks the rule frame-length', (type, length) => {
    for (const wrong of [0, length - 1, length + 1, BODY_BYTES_MAX]) {
      expect(ruleOf(forge.raw(type, new Uint8Array(wrong)))).toBe('frame-length')
    }
    expect(ruleOf(forge.raw(type, new Uint8Array(length)))).toBe('none')
  })

  it('is seen from the header alone, when it is beyond what any frame may have', () => {
    for (const type of Object.values(frameTypes)) {
      const most = type === frameTypes.data ? DATA_BODY_BYTES_MAX : BODY_BYTES_MAX
      expect(ruleOf(forge.raw(type, Buffer.alloc(0), most + 1))).toBe('frame-length')
      expect(ruleOf(forge.raw(type, Buffer.alloc(0), most))).toBe('none')
    }
  })

  it('of a frame with a list or text breaks it too', () => {
    for (const [type, shortest] of [
      [frameTypes.refuse, 2],
      [frameTypes.close, 3],
      [frameTypes.ack, 7],
      [frameTypes.attach, 35],
      [frameTypes.open, 12],
      [frameTypes.data, 17],
      [0x30, 6],
    ] as const) {
      expect(ruleOf(forge.raw(type, new Uint8Array(shortest - 1)))).toBe('frame-length')
    }
    expect(ruleOf(forge.raw(frameTypes.ack, new Uint8Array(8)))).toBe('frame-length')
    expect(ruleOf(forge.raw(frameTypes.attach, new Uint8Array(36).fill(1, 14, 34)))).toBe('frame-length')
  })
})

describe('content that makes no sense', () => {
  const body = (length: number, ...set: (readonly [at: number, value: number])[]): Uint8Array => {
    const bytes = new Uint8Array(length)
    for (const [at, value] of set) bytes[at] = value
    return bytes
  }
  const field = (id: number, ...value: number[]): number[] => [id, 0, value.length, ...value]
  const minor = field(1, 0, 0)
  const instance = field(4, ...new Uint8Array(14))
  const hello = (...fields: number[][]): Uint8Array => forge.raw(frameTypes.hello, Buffer.from(fields.flat()))

  it.each([
    ['frame-type', 'type 0', forge.raw(0, body(1))],
    ['frame-type', 'type 0x28', forge.raw(0x28, body(6))],
    ['frame-type', 'type 0x40', forge.raw(0x40, body(6))],
    ['frame-body', 'CLOSE with scope 2', forge.raw(frameTypes.close, body(3, [0, 2]))],
    ['frame-body', 'OPEN with priority 8', forge.raw(frameTypes.open, body(12, [10, 8]))],
    ['frame-body', 'ACK with 33 ranges', forge.raw(frameTypes.ack, body(7 + 33 * 12, [6, 33]))],
    ['frame-body', 'ATTACH with 17 links', forge.raw(frameTypes.attach, body(35 + 17 * 4, [17, 1], [34, 17]))],
    ['frame-body', 'STATUS with a loss above 1', forge.raw(frameTypes.status, body(11, [8, 39], [9, 17]))],
    ['frame-body', 'STATUS with a score above 100', forge.raw(frameTypes.status, body(11, [10, 101]))],
    ['attach-epoch', 'ATTACH with epoch 0', forge.raw(frameTypes.attach, body(35))],
    [
      'attach-held',
      'ATTACH that does not hold its link',
      forge.raw(frameTypes.attach, body(39, [17, 1], [21, 5], [34, 1], [38, 7])),
    ],
    ['acknowledgement-form', 'a range right behind the cumulative number', forge.ack(4, [{ first: 5, last: 9 }])],
    ['acknowledgement-form', 'a range that ends before it begins', forge.ack(4, [{ first: 9, last: 8 }])],
    [
      'acknowledgement-form',
      'ranges that overlap',
      forge.ack(0, [
        { first: 3, last: 9 },
        { first: 8, last: 12 },
      ]),
    ],
    [
      'acknowledgement-form',
      'ranges that touch',
      forge.ack(0, [
        { first: 3, last: 4 },
        { first: 5, last: 6 },
      ]),
    ],
    [
      'acknowledgement-form',
      'ranges out of order',
      forge.ack(0, [
        { first: 8, last: 9 },
        { first: 3, last: 4 },
      ]),
    ],
    ['text', 'a protocol that is not UTF-8', forge.raw(frameTypes.open, body(12, [11, 0xff]))],
    ['text', 'a protocol of 256 bytes', forge.raw(frameTypes.open, body(11 + 256))],
    ['text', 'a reason of 256 bytes', forge.raw(frameTypes.refuse, body(258))],
    ['text', 'a name of 65 bytes', hello(minor, instance, field(3, ...new Uint8Array(65)))],
    ['text', 'an address that is not UTF-8', hello(minor, instance, field(5, 1, 0xff))],
    ['field', 'HELLO without a version', hello(instance)],
    ['field', 'HELLO without an instance', hello(minor)],
    ['field', 'a version of three bytes', hello(instance, field(1, 0, 0, 0))],
    ['field', 'an instance of 13 bytes', hello(minor, field(4, ...new Uint8Array(13)))],
    ['field', 'a field twice', hello(minor, instance, minor)],
    ['field', 'a field longer than the body', hello(minor, instance, [9, 0, 1])],
    ['field', 'half the header of a field', hello(minor, instance, [9, 0])],
    ['field', 'half a feature', hello(minor, instance, field(2, 1))],
    ['field', 'an address longer than its field', hello(minor, instance, field(5, 2, 65))],
    ['field', '17 addresses', hello(minor, instance, field(5, ...new Uint8Array(17)))],
    ['field', 'a network proof of 31 bytes', hello(minor, instance, field(8, ...new Uint8Array(31)))],
    ['field', 'a relation of two bytes', hello(minor, instance, field(9, 0, 0))],
    ['field', 'a ticket of 7 bytes', hello(minor, instance, field(6, 1, 2, 3, 4, 5, 6, 7))],
  ])('breaks the rule %s: %s', (rule, _what, bytes) => {
    expect(ruleOf(bytes)).toBe(rule)
    expect(ruleOf(...cut(bytes, [1]))).toBe(rule)
  })

  it('does not include a field that is not known, or 64 features', () => {
    const features = [2, 0, 128, ...new Uint8Array(128)]
    expect(decode(hello(minor, instance, field(99, 1, 2), features)).frames).toMatchObject([{ type: 'hello' }])
  })
})

describe('random bytes', () => {
  it('are frames, or break a rule: nothing else is ever thrown', () => {
    let pushed = 0
    assert(
      property(array(uint8Array({ minLength: 1, maxLength: 64 }), { minLength: 1, maxLength: 8 }), (pieces) => {
        pushed++
        ruleOf(...pieces)
      }),
      { numRuns: 3_000 },
    )
    expect(pushed).toBe(3_000)
  })

  it('in the place of one or two bytes of a transcript do no more than that', () => {
    const flips = array(integer({ min: 0, max: 1 << 20 }), { minLength: 1, maxLength: 4 })
    assert(
      property(array(anyFrame, { minLength: 1, maxLength: 10 }), flips, (frames, places) => {
        const bytes = Buffer.concat(frames.map(encodeAny))
        for (const place of places) bytes[place % bytes.length]! ^= 1 << (place % 8)
        ruleOf(...cut(bytes, [1 + (places[0]! % 50)]))
      }),
      { numRuns: 3_000 },
    )
  })

  it('never make the decoder keep more than the one frame that it waits for', () => {
    const header = forge.raw(frameTypes.hello, Buffer.alloc(0), BODY_BYTES_MAX)
    const collector = decode(header, new Uint8Array(BODY_BYTES_MAX - 1))
    expect(collector.frames).toEqual([])
    expect(header.length).toBe(FRAME_HEADER_BYTES)
  })
})
