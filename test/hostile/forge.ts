import { DATA_HEADER_BYTES } from '../../src/core/frame/constants.ts'
import {
  encodeAck,
  encodeData,
  encodeFin,
  encodeOpen,
  encodePing,
  encodePong,
  encodeReset,
  encodeSessionWindow,
  encodeStop,
  encodeStreams,
  encodeWindow,
} from '../../src/core/frame/encode.ts'
import type { SequenceRange } from '../../src/core/frame/frames.ts'
import { contentOf } from './content.ts'

const allocate = (size: number): Uint8Array => new Uint8Array(size)

/** Frames by hand. Those with a payload carry the content that belongs there. */
export const forge = {
  data(sequence: number, stream: number, offset: number, length: number): Uint8Array {
    const frame = encodeData(allocate, sequence, stream, offset, length)
    frame.set(contentOf(stream, offset, length), DATA_HEADER_BYTES)
    return frame
  },
  open: (sequence: number, stream: number, protocol = 'test', priority = 4): Uint8Array =>
    encodeOpen(allocate, sequence, stream, priority, Buffer.from(protocol)),
  fin: (sequence: number, stream: number, size: number): Uint8Array => encodeFin(allocate, sequence, stream, size),
  reset: (sequence: number, stream: number, size: number, code = 1): Uint8Array =>
    encodeReset(allocate, sequence, stream, size, code),
  stop: (sequence: number, stream: number, code = 1): Uint8Array => encodeStop(allocate, sequence, stream, code),
  window: (sequence: number, stream: number, limit: number): Uint8Array =>
    encodeWindow(allocate, sequence, stream, limit),
  sessionWindow: (sequence: number, limit: number): Uint8Array => encodeSessionWindow(allocate, sequence, limit),
  streams: (sequence: number, limit: number): Uint8Array => encodeStreams(allocate, sequence, limit),
  ack: (cumulative: number, ranges: readonly SequenceRange[] = []): Uint8Array =>
    encodeAck(allocate, { cumulative, ranges }),
  ping: (token: number): Uint8Array => encodePing(allocate, token),
  pong: (token: number): Uint8Array => encodePong(allocate, token),
  /** Any body under any type. */
  raw(type: number, body: Uint8Array, length = body.length): Uint8Array {
    return Uint8Array.of(length >>> 16, length >>> 8, length, type, ...body)
  },
} as const
