import {
  type Arbitrary,
  array,
  bigInt,
  constantFrom,
  integer,
  oneof,
  option,
  record,
  string,
  tuple,
  uint8Array,
} from 'fast-check'
import {
  type CloseCode,
  closings,
  DATA_HEADER_BYTES,
  type RefusalCode,
  refusals,
} from '../../src/core/frame/constants.ts'
import {
  encodeAck,
  encodeAttach,
  encodeClose,
  encodeData,
  encodeFin,
  encodeGreeting,
  encodeOpen,
  encodePing,
  encodePong,
  encodeRefuse,
  encodeReset,
  encodeSessionWindow,
  encodeStatus,
  encodeStop,
  encodeStreams,
  encodeWindow,
} from '../../src/core/frame/encode.ts'
import type { Frame, Instance, SequenceRange } from '../../src/core/frame/frames.ts'

const allocate = (size: number): Uint8Array => new Uint8Array(size)

/** A DATA frame, which the decoder does not make an object of. */
export interface DataFrame {
  readonly type: 'data'
  readonly sequence: number
  readonly stream: number
  readonly offset: number
  readonly payload: Uint8Array
}
export type AnyFrame = Exclude<Frame, { type: 'unknownReliable' | 'unknownLink' }> | DataFrame

const u8 = integer({ min: 0, max: 7 })
const u32 = integer({ min: 0, max: 0xffff_ffff })
/** Small numbers, numbers around 2³², and the largest. */
export const u48 = oneof(
  integer({ min: 0, max: 1_000 }),
  integer({ min: 2 ** 32 - 3, max: 2 ** 32 + 3 }),
  bigInt({ min: 0n, max: 2n ** 48n - 1n }).map(Number),
)
const shortText = (bytesMax: number): Arbitrary<string> =>
  string({ unit: 'binary', maxLength: bytesMax }).filter((text) => Buffer.byteLength(text) <= bytesMax)
const instance: Arbitrary<Instance> = record({
  start: u48.map((start) => Math.max(1, start)),
  random: uint8Array({ minLength: 8, maxLength: 8 }),
})
const greeting = {
  minor: integer({ min: 0, max: 0xffff }),
  features: array(integer({ min: 0, max: 0xffff }), { maxLength: 64 }),
  name: shortText(64),
  instance,
  addresses: array(shortText(255), { maxLength: 16 }),
  ticket: option(uint8Array({ minLength: 8, maxLength: 8 }), { nil: undefined }),
  observed: option(shortText(255), { nil: undefined }),
  network: option(uint8Array({ minLength: 32, maxLength: 32 }), { nil: undefined }),
  pairing: option(integer({ min: 0, max: 255 }), { nil: undefined }),
  relation: option(integer({ min: 0, max: 255 }), { nil: undefined }),
}
const ranges = tuple(
  u48,
  array(tuple(integer({ min: 2, max: 50 }), integer({ min: 0, max: 50 })), { maxLength: 32 }),
).map(([cumulative, steps]) => {
  let at = Math.min(cumulative, 2 ** 48 - 10_000)
  const list: SequenceRange[] = []
  const start = at
  for (const [gap, length] of steps) {
    list.push({ first: at + gap, last: at + gap + length })
    at += gap + length
  }
  return { cumulative: start, ranges: list }
})
const refusalCodes = Object.keys(refusals) as RefusalCode[]
const closeCodes = [...(Object.keys(closings) as CloseCode[]), undefined]
const of = <T extends string>(type: T): Arbitrary<T> => constantFrom(type)

/** Every frame that can be written, with any content. */
export const anyFrame: Arbitrary<AnyFrame> = oneof(
  record({ type: of('hello'), ...greeting }),
  record({ type: of('answer'), ...greeting }),
  record({ type: of('refuse'), code: constantFrom(...refusalCodes), text: shortText(255) }),
  record({
    type: of('attach'),
    peerInstance: option(instance, { nil: undefined }),
    epoch: integer({ min: 1, max: 0xffff_ffff }),
    link: u32,
    generation: u48,
    received: u48,
    held: array(u32, { maxLength: 15 }),
  }).map((attach) => ({ ...attach, held: [...attach.held, attach.link] })),
  ranges.map((ack) => ({ type: 'ack' as const, ...ack })),
  record({ type: of('ping'), token: u32 }),
  record({ type: of('pong'), token: u32 }),
  record({
    type: of('status'),
    roundTripMs: u32.map((microseconds) => microseconds / 1_000),
    jitterMs: u32.map((microseconds) => microseconds / 1_000),
    loss: integer({ min: 0, max: 10_000 }).map((parts) => parts / 10_000),
    score: integer({ min: 0, max: 100 }),
  }),
  record({
    type: of('close'),
    scope: constantFrom('link' as const, 'session' as const),
    code: constantFrom(...closeCodes),
    text: shortText(255),
  }),
  record({
    type: of('data'),
    sequence: u48,
    stream: u32,
    offset: u48.map((offset) => Math.min(offset, 2 ** 48 - 100_000)),
    payload: uint8Array({ minLength: 1, maxLength: 300 }),
  }),
  record({
    type: of('open'),
    sequence: u48,
    stream: u32,
    priority: u8,
    protocol: shortText(255).map((text) => text || 'x'),
  }),
  record({ type: of('fin'), sequence: u48, stream: u32, size: u48 }),
  record({ type: of('reset'), sequence: u48, stream: u32, size: u48, code: u32 }),
  record({ type: of('stop'), sequence: u48, stream: u32, code: u32 }),
  record({ type: of('window'), sequence: u48, stream: u32, limit: u48 }),
  record({ type: of('sessionWindow'), sequence: u48, limit: u48 }),
  record({ type: of('streams'), sequence: u48, limit: u32 }),
)

export function encodeAny(frame: AnyFrame): Uint8Array {
  switch (frame.type) {
    case 'hello':
    case 'answer':
      return encodeGreeting(allocate, frame.type, frame)
    case 'refuse':
      return encodeRefuse(allocate, frame)
    case 'attach':
      return encodeAttach(allocate, frame)
    case 'ack':
      return encodeAck(allocate, frame)
    case 'ping':
      return encodePing(allocate, frame.token)
    case 'pong':
      return encodePong(allocate, frame.token)
    case 'status':
      return encodeStatus(allocate, frame)
    case 'close':
      return encodeClose(allocate, frame)
    case 'data': {
      const bytes = encodeData(allocate, frame.sequence, frame.stream, frame.offset, frame.payload.length)
      bytes.set(frame.payload, DATA_HEADER_BYTES)
      return bytes
    }
    case 'open':
      return encodeOpen(allocate, frame.sequence, frame.stream, frame.priority, Buffer.from(frame.protocol))
    case 'fin':
      return encodeFin(allocate, frame.sequence, frame.stream, frame.size)
    case 'reset':
      return encodeReset(allocate, frame.sequence, frame.stream, frame.size, frame.code)
    case 'stop':
      return encodeStop(allocate, frame.sequence, frame.stream, frame.code)
    case 'window':
      return encodeWindow(allocate, frame.sequence, frame.stream, frame.limit)
    case 'sessionWindow':
      return encodeSessionWindow(allocate, frame.sequence, frame.limit)
    case 'streams':
      return encodeStreams(allocate, frame.sequence, frame.limit)
  }
}
