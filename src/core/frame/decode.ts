import { ProtocolError } from '../errors.ts'
import { readU16, readU24, readU32, readU48 } from './bytes.ts'
import {
  ACKNOWLEDGEMENT_RANGES_MAX,
  BODY_BYTES_MAX,
  type CloseCode,
  closings,
  DATA_BODY_BYTES_MAX,
  DATA_HEADER_BYTES,
  FRAME_HEADER_BYTES,
  frameTypes,
  HELD_LINKS_MAX,
  PRIORITIES,
  type RefusalCode,
  refusals,
  TEXT_BYTES_MAX,
} from './constants.ts'
import type { AckFrame, AttachFrame, CloseFrame, Frame, OpenFrame, SequenceRange, StatusFrame } from './frames.ts'
import { boundedText, decodeGreeting, readInstance } from './greeting.ts'

/** One for all decoders: most of ten thousand idle links have gathered nothing. */
const NOTHING = new Uint8Array(0)

/** Who is told what a link carries, in its order. */
export interface FrameHandler {
  /**
   * A part of a DATA frame's payload, as it arrives. `offset` is the place of its first byte in the stream; `complete` says that
   * the frame ends with it. The payload is a view of the bytes that were pushed.
   */
  data(sequence: number, stream: number, offset: number, payload: Uint8Array, complete: boolean): void
  /** Any other frame, whole. */
  frame(frame: Frame): void
}

/**
 * Splits the bytes of one link into frames. Payloads are never copied; the other frames are gathered first if they arrive in pieces.
 * Memory: at most one frame other than DATA.
 */
export class FrameDecoder {
  readonly #handler: FrameHandler
  #stopped = false
  /** The start of a frame that has not arrived whole. */
  #gathered: Uint8Array<ArrayBuffer> = NOTHING
  #gatheredBytes = 0
  /** How many bytes of it are needed before it can be read. */
  #neededBytes = 0
  /** The DATA frame whose payload is arriving. */
  #dataSequence = 0
  #dataStream = 0
  #dataOffset = 0
  #dataRemaining = 0

  constructor(handler: FrameHandler) {
    this.#handler = handler
  }

  /** Nothing more is decoded, not even the rest of the bytes being pushed. */
  stop(): void {
    this.#stopped = true
    this.#gathered = NOTHING
  }

  /** Throws `ProtocolError` when the bytes are no frames; the link must then end. */
  push(bytes: Uint8Array): void {
    let at = 0
    while (at < bytes.length && !this.#stopped) {
      if (this.#dataRemaining > 0) at = this.#payload(bytes, at)
      else if (this.#gatheredBytes > 0) at = this.#gather(bytes, at)
      else at = this.#frame(bytes, at)
    }
  }

  /** Reads the frame that begins at `at`; returns where the next one begins. */
  #frame(bytes: Uint8Array, at: number): number {
    const available = bytes.length - at
    if (available < FRAME_HEADER_BYTES) return this.#keep(bytes, at, FRAME_HEADER_BYTES)
    const needed = neededBytes(bytes, at)
    if (available < needed) return this.#keep(bytes, at, needed)
    this.#read(bytes, at, needed)
    return at + needed
  }

  #read(bytes: Uint8Array, at: number, needed: number): void {
    const type = bytes[at + 3]!
    if (type === frameTypes.data) this.#startData(bytes, at)
    else this.#handler.frame(decodeBody(type, bytes.subarray(at + FRAME_HEADER_BYTES, at + needed)))
  }

  #startData(bytes: Uint8Array, at: number): void {
    this.#dataRemaining = readU24(bytes, at) - (DATA_HEADER_BYTES - FRAME_HEADER_BYTES)
    this.#dataSequence = readU48(bytes, at + 4)
    this.#dataStream = readU32(bytes, at + 10)
    this.#dataOffset = readU48(bytes, at + 14)
  }

  #payload(bytes: Uint8Array, at: number): number {
    const end = Math.min(bytes.length, at + this.#dataRemaining)
    const offset = this.#dataOffset
    this.#dataOffset += end - at
    this.#dataRemaining -= end - at
    const payload = at === 0 && end === bytes.length ? bytes : bytes.subarray(at, end)
    this.#handler.data(this.#dataSequence, this.#dataStream, offset, payload, this.#dataRemaining === 0)
    return end
  }

  #keep(bytes: Uint8Array, at: number, needed: number): number {
    if (this.#gathered.length < needed) this.#gathered = new Uint8Array(Math.max(needed, DATA_HEADER_BYTES))
    this.#gathered.set(bytes.subarray(at))
    this.#gatheredBytes = bytes.length - at
    this.#neededBytes = needed
    return bytes.length
  }

  #gather(bytes: Uint8Array, at: number): number {
    const end = Math.min(bytes.length, at + this.#neededBytes - this.#gatheredBytes)
    this.#gathered.set(bytes.subarray(at, end), this.#gatheredBytes)
    this.#gatheredBytes += end - at
    if (this.#gatheredBytes < this.#neededBytes) return end
    const needed = neededBytes(this.#gathered, 0)
    if (needed > this.#neededBytes) {
      this.#neededBytes = needed
      if (this.#gathered.length < needed) this.#gathered = grow(this.#gathered, needed)
      return end
    }
    this.#gatheredBytes = 0
    this.#read(this.#gathered, 0, needed)
    if (this.#gathered.length > DATA_HEADER_BYTES) this.#gathered = NOTHING
    return end
  }
}

function grow(bytes: Uint8Array, size: number): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(size)
  larger.set(bytes)
  return larger
}

/** How many bytes of the frame at `at` must be there before it can be read: all of it, or of DATA the fixed part. */
function neededBytes(bytes: Uint8Array, at: number): number {
  const length = readU24(bytes, at)
  const type = bytes[at + 3]!
  if (type === frameTypes.data) {
    if (length <= DATA_HEADER_BYTES - FRAME_HEADER_BYTES || length > DATA_BODY_BYTES_MAX)
      throw wrongLength(type, length)
    return DATA_HEADER_BYTES
  }
  if (length > BODY_BYTES_MAX) throw wrongLength(type, length)
  return FRAME_HEADER_BYTES + length
}

function decodeBody(type: number, body: Uint8Array): Frame {
  switch (type) {
    case frameTypes.hello:
      return { type: 'hello', ...decodeGreeting(body) }
    case frameTypes.answer:
      return { type: 'answer', ...decodeGreeting(body) }
    case frameTypes.refuse:
      atLeast(type, body, 2)
      return { type: 'refuse', code: refusalNames.get(readU16(body, 0)) ?? 'busy', text: reason(body.subarray(2)) }
    case frameTypes.attach:
      return decodeAttach(body)
    case frameTypes.ack:
      return decodeAck(body)
    case frameTypes.ping:
      exactly(type, body, 4)
      return { type: 'ping', token: readU32(body, 0) }
    case frameTypes.pong:
      exactly(type, body, 4)
      return { type: 'pong', token: readU32(body, 0) }
    case frameTypes.status:
      return decodeStatus(body)
    case frameTypes.close:
      return decodeClose(body)
    case frameTypes.open:
      return decodeOpen(body)
    case frameTypes.fin:
      exactly(type, body, 16)
      return { type: 'fin', sequence: readU48(body, 0), stream: readU32(body, 6), size: readU48(body, 10) }
    case frameTypes.reset:
      exactly(type, body, 20)
      return {
        type: 'reset',
        sequence: readU48(body, 0),
        stream: readU32(body, 6),
        size: readU48(body, 10),
        code: readU32(body, 16),
      }
    case frameTypes.stop:
      exactly(type, body, 14)
      return { type: 'stop', sequence: readU48(body, 0), stream: readU32(body, 6), code: readU32(body, 10) }
    case frameTypes.window:
      exactly(type, body, 16)
      return { type: 'window', sequence: readU48(body, 0), stream: readU32(body, 6), limit: readU48(body, 10) }
    case frameTypes.sessionWindow:
      exactly(type, body, 12)
      return { type: 'sessionWindow', sequence: readU48(body, 0), limit: readU48(body, 6) }
    case frameTypes.streams:
      exactly(type, body, 10)
      return { type: 'streams', sequence: readU48(body, 0), limit: readU32(body, 6) }
    default:
      return decodeUnknown(type, body)
  }
}

function decodeUnknown(type: number, body: Uint8Array): Frame {
  if (type >= 0x30 && type <= 0x3f) {
    atLeast(type, body, 6)
    return { type: 'unknownReliable', sequence: readU48(body, 0) }
  }
  if (type >= 0x10 && type <= 0x1f) return { type: 'unknownLink' }
  throw new ProtocolError('frame-type', `Frames of type 0x${type.toString(16).padStart(2, '0')} do not exist`)
}

function decodeAck(body: Uint8Array): AckFrame {
  atLeast(frameTypes.ack, body, 7)
  const count = body[6]!
  if (count > ACKNOWLEDGEMENT_RANGES_MAX) throw wrongBody('ACK', `has ${count} ranges`)
  exactly(frameTypes.ack, body, 7 + 12 * count)
  const cumulative = readU48(body, 0)
  const ranges: SequenceRange[] = []
  let before = cumulative
  for (let i = 0; i < count; i++) {
    const first = readU48(body, 7 + 12 * i)
    const last = readU48(body, 13 + 12 * i)
    if (first <= before + 1 || last < first) {
      throw new ProtocolError('acknowledgement-form', 'The ranges of an acknowledgement overlap or are out of order')
    }
    ranges.push({ first, last })
    before = last
  }
  return { type: 'ack', cumulative, ranges }
}

function decodeAttach(body: Uint8Array): AttachFrame {
  atLeast(frameTypes.attach, body, 35)
  const count = body[34]!
  if (count > HELD_LINKS_MAX) throw wrongBody('ATTACH', `holds ${count} links`)
  exactly(frameTypes.attach, body, 35 + 4 * count)
  const peerInstance = readInstance(body, 0)
  const epoch = readU32(body, 14)
  if (epoch === 0) throw new ProtocolError('attach-epoch', 'An ATTACH names epoch 0; epochs begin at 1')
  const link = readU32(body, 18)
  const held = Array.from({ length: count }, (_, i) => readU32(body, 35 + 4 * i))
  if (!held.includes(link)) throw new ProtocolError('attach-held', `Link ${link} is not held by the ATTACH on it`)
  return {
    type: 'attach',
    peerInstance: peerInstance.start === 0 ? undefined : peerInstance,
    epoch,
    link,
    generation: readU48(body, 22),
    received: readU48(body, 28),
    held,
  }
}

function decodeStatus(body: Uint8Array): StatusFrame {
  exactly(frameTypes.status, body, 11)
  const loss = readU16(body, 8)
  const score = body[10]!
  if (loss > 10_000 || score > 100) throw wrongBody('STATUS', `has loss ${loss} and score ${score}`)
  return {
    type: 'status',
    roundTripMs: readU32(body, 0) / 1_000,
    jitterMs: readU32(body, 4) / 1_000,
    loss: loss / 10_000,
    score,
  }
}

function decodeClose(body: Uint8Array): CloseFrame {
  atLeast(frameTypes.close, body, 3)
  if (body[0]! > 1) throw wrongBody('CLOSE', `has scope ${body[0]}`)
  return {
    type: 'close',
    scope: body[0] === 1 ? 'session' : 'link',
    code: closeNames.get(readU16(body, 1)),
    text: reason(body.subarray(3)),
  }
}

function decodeOpen(body: Uint8Array): OpenFrame {
  atLeast(frameTypes.open, body, 12)
  const priority = body[10]!
  if (priority >= PRIORITIES) throw wrongBody('OPEN', `has priority ${priority}`)
  return {
    type: 'open',
    sequence: readU48(body, 0),
    stream: readU32(body, 6),
    priority,
    protocol: boundedText(body.subarray(11), TEXT_BYTES_MAX, "protocol's name"),
  }
}

function reason(bytes: Uint8Array): string {
  return boundedText(bytes, TEXT_BYTES_MAX, 'reason')
}

const refusalNames = new Map<number, RefusalCode>(
  Object.entries(refusals).map(([name, number]) => [number, name as RefusalCode]),
)
const closeNames = new Map<number, CloseCode>(
  Object.entries(closings).map(([name, number]) => [number, name as CloseCode]),
)

function exactly(type: number, body: Uint8Array, length: number): void {
  if (body.length !== length) throw wrongLength(type, body.length)
}

function atLeast(type: number, body: Uint8Array, length: number): void {
  if (body.length < length) throw wrongLength(type, body.length)
}

function wrongLength(type: number, length: number): ProtocolError {
  return new ProtocolError(
    'frame-length',
    `A frame of type 0x${type.toString(16).padStart(2, '0')} has a body of ${length} bytes`,
  )
}

function wrongBody(frame: string, what: string): ProtocolError {
  return new ProtocolError('frame-body', `${frame} ${what}`)
}
