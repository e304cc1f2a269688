import fc from 'fast-check'
import { expect, it } from 'vitest'
import { encodeText } from '../../core/frame/bytes.ts'
import { chatWire } from './limits.ts'
import { type ChatFrame, ChatFrameReader, encodeAcknowledgement, encodeHello, encodeMessage } from './wire.ts'

const id = fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => Buffer.from(bytes).toString('hex'))
const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 100 }).filter((one) => one.isWellFormed())
const frames = fc.array(
  fc.oneof(
    fc.record({
      type: fc.constant('hello' as const),
      name: text.filter((one) => encodeText(one).length <= 64),
      attending: fc.boolean(),
    }),
    fc.record({
      type: fc.constant('message' as const),
      id,
      text,
      delayed: fc.boolean(),
      writtenAtMs: fc.nat({ max: chatWire.timeMsMax }),
    }),
    fc.record({ type: fc.constant('acknowledgement' as const), id }),
  ),
)

it('what is written is read again, in whatever pieces it comes', () => {
  fc.assert(
    fc.property(frames, fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1 }), (list, sizes) => {
      const bytes = Buffer.concat(list.map(encoded))
      const reader = new ChatFrameReader()
      const read: ChatFrame[] = []
      for (let at = 0, piece = 0; at < bytes.length; piece++) {
        const size = sizes[piece % sizes.length]!
        read.push(...reader.read(bytes.subarray(at, at + size)))
        at += size
      }
      expect(read).toEqual(list)
    }),
  )
})

it('a message of full length fits, and keeps characters that nobody sees', () => {
  const message = {
    id: 'ab'.repeat(16),
    text: `\ufeff\0${'x'.repeat(chatWire.textBytesMax - 4)}`,
    writtenAtMs: chatWire.timeMsMax,
    delayed: true,
  }
  expect(new ChatFrameReader().read(encodeMessage(message))).toEqual([{ type: 'message', ...message }])
})

it('frames of types that later versions may bring are skipped', () => {
  const later = Uint8Array.of(0, 2, 0x80, 1, 2)
  const bytes = Buffer.concat([later, encodeAcknowledgement('00'.repeat(16)), later])
  expect(new ChatFrameReader().read(bytes)).toHaveLength(1)
})

function encoded(frame: ChatFrame): Uint8Array {
  switch (frame.type) {
    case 'hello':
      return encodeHello(frame)
    case 'message':
      return encodeMessage(frame)
    case 'acknowledgement':
      return encodeAcknowledgement(frame.id)
  }
}
