// The frames of `holdfast/chat/1` (docs/protocols/chat.md): length u16, type u8, body. What comes is hostile until it was read here.
import { copyBytes, decodeText, encodeText, readU16, readU48, writeU16, writeU48 } from '../../core/frame/bytes.ts'
import { ChatViolation } from './errors.ts'
import { chatResets, chatWire } from './limits.ts'
import type { IncomingMessage } from './message.ts'

const { idBytes, textBytesMax, nameBytesMax, timeMsMax, unknownFramesMax } = chatWire
const HEADER_BYTES = 3
const TIME_BYTES = 6
const MESSAGE_HEAD_BYTES = idBytes + 1 + TIME_BYTES
const BODY_BYTES_MAX = MESSAGE_HEAD_BYTES + textBytesMax
/** Types from here on may come with later versions, and are skipped by those who do not know them. */
const SKIPPED_FROM = 0x80
/** Flags of a HELLO and of a MESSAGE. */
const ATTENDING = 1
const DELAYED = 1

const types = { hello: 1, message: 2, acknowledgement: 3 } as const

/** What a side says of itself. */
export interface Hello {
  /** What it calls itself. */
  readonly name: string
  /** A person has the conversation open there. */
  readonly attending: boolean
}

export type ChatFrame =
  | ({ readonly type: 'hello' } & Hello)
  | ({ readonly type: 'message' } & IncomingMessage)
  /** The message with this id is stored, and all that were sent before it on the stream. */
  | { readonly type: 'acknowledgement'; readonly id: string }

export function encodeHello({ name, attending }: Hello): Uint8Array {
  const text = encodeText(name)
  const bytes = framed(types.hello, 1 + text.length)
  bytes[HEADER_BYTES] = attending ? ATTENDING : 0
  bytes.set(text, HEADER_BYTES + 1)
  return bytes
}

export function encodeMessage({ id, text, writtenAtMs, delayed }: IncomingMessage): Uint8Array {
  const encoded = encodeText(text)
  const bytes = framed(types.message, MESSAGE_HEAD_BYTES + encoded.length)
  bytes.set(Buffer.from(id, 'hex'), HEADER_BYTES)
  bytes[HEADER_BYTES + idBytes] = delayed ? DELAYED : 0
  writeU48(bytes, HEADER_BYTES + idBytes + 1, writtenAtMs)
  bytes.set(encoded, HEADER_BYTES + MESSAGE_HEAD_BYTES)
  return bytes
}

export function encodeAcknowledgement(id: string): Uint8Array {
  const bytes = framed(types.acknowledgement, idBytes)
  bytes.set(Buffer.from(id, 'hex'), HEADER_BYTES)
  return bytes
}

function framed(type: number, bodyBytes: number): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES + bodyBytes)
  writeU16(bytes, 0, bodyBytes)
  bytes[2] = type
  return bytes
}

/** Makes frames of the pieces in which a stream comes; holds at most one frame that is not complete. */
export class ChatFrameReader {
  #held: Uint8Array = new Uint8Array(0)
  #unknown = 0

  /** The frames that are complete with `piece`. Throws `ChatViolation`; the stream is of no use then. */
  read(piece: Uint8Array): ChatFrame[] {
    const bytes = this.#held.length === 0 ? piece : Buffer.concat([this.#held, piece])
    const frames: ChatFrame[] = []
    let at = 0
    while (bytes.length - at >= HEADER_BYTES) {
      const length = readU16(bytes, at)
      if (length > BODY_BYTES_MAX) throw malformed(`a frame of ${length} bytes`)
      const end = at + HEADER_BYTES + length
      if (end > bytes.length) break
      const frame = this.#frame(bytes[at + 2]!, bytes.subarray(at + HEADER_BYTES, end))
      if (frame !== undefined) frames.push(frame)
      at = end
    }
    this.#held = copyBytes(bytes, at)
    return frames
  }

  #frame(type: number, body: Uint8Array): ChatFrame | undefined {
    switch (type) {
      case types.hello:
        return helloOf(body)
      case types.message:
        return messageOf(body)
      case types.acknowledgement:
        if (body.length !== idBytes) throw malformed('an acknowledgement of another length')
        return { type: 'acknowledgement', id: idOf(body) }
      default:
        if (type < SKIPPED_FROM) throw malformed(`a frame of type ${type}`)
        if (++this.#unknown > unknownFramesMax) throw malformed('frames of unknown types without end')
        return undefined
    }
  }
}

function helloOf(body: Uint8Array): ChatFrame {
  if (body.length < 1 || body.length > 1 + nameBytesMax) throw malformed('a hello of another length')
  return { type: 'hello', attending: (body[0]! & ATTENDING) !== 0, name: textOf(body.subarray(1)) }
}

function messageOf(body: Uint8Array): ChatFrame {
  if (body.length <= MESSAGE_HEAD_BYTES) throw malformed('a message without a text')
  const writtenAtMs = readU48(body, idBytes + 1)
  if (writtenAtMs > timeMsMax) throw malformed('a message from after the year 9999')
  const delayed = (body[idBytes]! & DELAYED) !== 0
  return { type: 'message', id: idOf(body), writtenAtMs, delayed, text: textOf(body.subarray(MESSAGE_HEAD_BYTES)) }
}

function idOf(body: Uint8Array): string {
  return Buffer.from(body.subarray(0, idBytes)).toString('hex')
}

function textOf(bytes: Uint8Array): string {
  try {
    return decodeText(bytes)
  } catch {
    throw malformed('a text that is not UTF-8')
  }
}

function malformed(what: string): ChatViolation {
  return new ChatViolation(chatResets.malformed, `The peer sent ${what}`)
}
