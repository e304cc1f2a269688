import { type Allocate, encodeText, fitText, writeU16, writeU24, writeU32, writeU48 } from './bytes.ts'
import { closings, FRAME_HEADER_BYTES, frameTypes, refusals, TEXT_BYTES_MAX } from './constants.ts'
import type { AckFrame, Attach, CloseFrame, Greeting, Instance, RefuseFrame, SequenceRange, Status } from './frames.ts'

/** The header of a frame with a body of `length` bytes, and room for the body behind it. */
function frame(allocate: Allocate, type: number, length: number): Uint8Array {
  const bytes = allocate(FRAME_HEADER_BYTES + length)
  writeU24(bytes, 0, length)
  bytes[3] = type
  return bytes
}

/** A DATA frame with room for its payload, which the caller copies in at `DATA_HEADER_BYTES`. */
export function encodeData(
  allocate: Allocate,
  sequence: number,
  stream: number,
  offset: number,
  payloadBytes: number,
): Uint8Array {
  const bytes = frame(allocate, frameTypes.data, 16 + payloadBytes)
  writeU48(bytes, 4, sequence)
  writeU32(bytes, 10, stream)
  writeU48(bytes, 14, offset)
  return bytes
}

export function encodeOpen(
  allocate: Allocate,
  sequence: number,
  stream: number,
  priority: number,
  protocol: Uint8Array,
): Uint8Array {
  const bytes = frame(allocate, frameTypes.open, 11 + protocol.length)
  writeU48(bytes, 4, sequence)
  writeU32(bytes, 10, stream)
  bytes[14] = priority
  bytes.set(protocol, 15)
  return bytes
}

export function encodeFin(allocate: Allocate, sequence: number, stream: number, size: number): Uint8Array {
  return sequenceStreamU48(allocate, frameTypes.fin, sequence, stream, size)
}

export function encodeWindow(allocate: Allocate, sequence: number, stream: number, limit: number): Uint8Array {
  return sequenceStreamU48(allocate, frameTypes.window, sequence, stream, limit)
}

function sequenceStreamU48(
  allocate: Allocate,
  type: number,
  sequence: number,
  stream: number,
  value: number,
): Uint8Array {
  const bytes = frame(allocate, type, 16)
  writeU48(bytes, 4, sequence)
  writeU32(bytes, 10, stream)
  writeU48(bytes, 14, value)
  return bytes
}

export function encodeReset(
  allocate: Allocate,
  sequence: number,
  stream: number,
  size: number,
  code: number,
): Uint8Array {
  const bytes = frame(allocate, frameTypes.reset, 20)
  writeU48(bytes, 4, sequence)
  writeU32(bytes, 10, stream)
  writeU48(bytes, 14, size)
  writeU32(bytes, 20, code)
  return bytes
}

export function encodeStop(allocate: Allocate, sequence: number, stream: number, code: number): Uint8Array {
  const bytes = frame(allocate, frameTypes.stop, 14)
  writeU48(bytes, 4, sequence)
  writeU32(bytes, 10, stream)
  writeU32(bytes, 14, code)
  return bytes
}

export function encodeSessionWindow(allocate: Allocate, sequence: number, limit: number): Uint8Array {
  const bytes = frame(allocate, frameTypes.sessionWindow, 12)
  writeU48(bytes, 4, sequence)
  writeU48(bytes, 10, limit)
  return bytes
}

export function encodeStreams(allocate: Allocate, sequence: number, limit: number): Uint8Array {
  const bytes = frame(allocate, frameTypes.streams, 10)
  writeU48(bytes, 4, sequence)
  writeU32(bytes, 10, limit)
  return bytes
}

export function encodeAck(allocate: Allocate, { cumulative, ranges }: Omit<AckFrame, 'type'>): Uint8Array {
  const bytes = frame(allocate, frameTypes.ack, 7 + 12 * ranges.length)
  writeU48(bytes, 4, cumulative)
  bytes[10] = ranges.length
  ranges.forEach((range: SequenceRange, i) => {
    writeU48(bytes, 11 + 12 * i, range.first)
    writeU48(bytes, 17 + 12 * i, range.last)
  })
  return bytes
}

export function encodePing(allocate: Allocate, token: number): Uint8Array {
  return tokenFrame(allocate, frameTypes.ping, token)
}

export function encodePong(allocate: Allocate, token: number): Uint8Array {
  return tokenFrame(allocate, frameTypes.pong, token)
}

function tokenFrame(allocate: Allocate, type: number, token: number): Uint8Array {
  const bytes = frame(allocate, type, 4)
  writeU32(bytes, 4, token)
  return bytes
}

export function encodeStatus(allocate: Allocate, status: Status): Uint8Array {
  const bytes = frame(allocate, frameTypes.status, 11)
  writeU32(bytes, 4, Math.round(status.roundTripMs * 1_000))
  writeU32(bytes, 8, Math.round(status.jitterMs * 1_000))
  writeU16(bytes, 12, Math.round(status.loss * 10_000))
  bytes[14] = Math.round(status.score)
  return bytes
}

/** Text as bytes, cut to what a frame may carry. */
function shortText(text: string): Uint8Array {
  return encodeText(fitText(text, TEXT_BYTES_MAX))
}

export function encodeClose(allocate: Allocate, close: Required<Omit<CloseFrame, 'type'>>): Uint8Array {
  const text = shortText(close.text)
  const bytes = frame(allocate, frameTypes.close, 3 + text.length)
  bytes[4] = close.scope === 'session' ? 1 : 0
  writeU16(bytes, 5, close.code === undefined ? 0 : closings[close.code])
  bytes.set(text, 7)
  return bytes
}

export function encodeRefuse(allocate: Allocate, refuse: Omit<RefuseFrame, 'type'>): Uint8Array {
  const text = shortText(refuse.text)
  const bytes = frame(allocate, frameTypes.refuse, 2 + text.length)
  writeU16(bytes, 4, refusals[refuse.code])
  bytes.set(text, 6)
  return bytes
}

export function encodeAttach(allocate: Allocate, attach: Attach): Uint8Array {
  const bytes = frame(allocate, frameTypes.attach, 35 + 4 * attach.held.length)
  writeInstance(bytes, 4, attach.peerInstance ?? { start: 0, random: new Uint8Array(8) })
  writeU32(bytes, 18, attach.epoch)
  writeU32(bytes, 22, attach.link)
  writeU48(bytes, 26, attach.generation)
  writeU48(bytes, 32, attach.received)
  bytes[38] = attach.held.length
  attach.held.forEach((link, i) => {
    writeU32(bytes, 39 + 4 * i, link)
  })
  return bytes
}

function writeInstance(bytes: Uint8Array, at: number, instance: Instance): void {
  writeU48(bytes, at, instance.start)
  bytes.set(instance.random, at + 6)
}

/** HELLO or ANSWER. */
export function encodeGreeting(allocate: Allocate, type: 'hello' | 'answer', greeting: Greeting): Uint8Array {
  const fields: [id: number, value: Uint8Array][] = [
    [1, u16List([greeting.minor])],
    [3, encodeText(greeting.name)],
    [4, instanceValue(greeting.instance)],
  ]
  if (greeting.features.length > 0) fields.push([2, u16List(greeting.features)])
  if (greeting.addresses.length > 0) fields.push([5, textList(greeting.addresses)])
  if (greeting.ticket !== undefined) fields.push([6, greeting.ticket])
  if (greeting.observed !== undefined) fields.push([7, encodeText(greeting.observed)])
  if (greeting.network !== undefined) fields.push([8, greeting.network])
  if (greeting.relation !== undefined) fields.push([9, Uint8Array.of(greeting.relation)])
  if (greeting.pairing !== undefined) fields.push([10, Uint8Array.of(greeting.pairing)])

  const bytes = frame(
    allocate,
    frameTypes[type],
    fields.reduce((sum, [, value]) => sum + 3 + value.length, 0),
  )
  let at = FRAME_HEADER_BYTES
  for (const [id, value] of fields) {
    bytes[at] = id
    writeU16(bytes, at + 1, value.length)
    bytes.set(value, at + 3)
    at += 3 + value.length
  }
  return bytes
}

function instanceValue(instance: Instance): Uint8Array {
  const value = new Uint8Array(14)
  writeInstance(value, 0, instance)
  return value
}

function u16List(values: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(2 * values.length)
  values.forEach((value, i) => {
    writeU16(bytes, 2 * i, value)
  })
  return bytes
}

function textList(texts: readonly string[]): Uint8Array {
  const parts = texts.map(encodeText)
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + 1 + part.length, 0))
  let at = 0
  for (const part of parts) {
    bytes[at] = part.length
    bytes.set(part, at + 1)
    at += 1 + part.length
  }
  return bytes
}
