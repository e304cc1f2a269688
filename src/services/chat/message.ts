import { encodeText } from '../../core/frame/bytes.ts'
import type { PeerId } from '../../identity/peer-id.ts'
import { InvalidMessageError } from './errors.ts'
import { chatWire } from './limits.ts'

/** A message of a conversation, as it is kept here. Moments are milliseconds since 1970. */
export interface ChatMessage {
  /** Its place in the order in which messages were written or came here; a later one has a higher number, whatever the clocks say. */
  readonly number: number
  /** With whom the conversation is. */
  readonly peer: PeerId
  /** Who wrote it. */
  readonly author: 'me' | 'peer'
  /** 32 hexadecimal digits, the same on both sides. */
  readonly id: string
  /** As it was written: whoever shows it must make control characters harmless. */
  readonly text: string
  /** By the author's clock. */
  readonly writtenAtMs: number
  /** It was written while its author was not connected to the other side. */
  readonly delayed: boolean
  /** When the other side was known to have stored it, or when this side had; undefined while it waits. By this side's clock. */
  readonly arrivedAtMs: number | undefined
}

/** What comes from the other side. */
export interface IncomingMessage {
  readonly id: string
  readonly text: string
  readonly writtenAtMs: number
  readonly delayed: boolean
}

/** Throws `InvalidMessageError` if the text cannot be sent. */
export function checkText(text: string): void {
  if (text === '') throw new InvalidMessageError('The message is empty; write something')
  if (!text.isWellFormed()) throw new InvalidMessageError('The message holds half a character; remove it')
  const { textBytesMax } = chatWire
  // No UTF-16 unit takes less than one byte: a huge text need not be encoded to know.
  const bytes = text.length > textBytesMax ? text.length : encodeText(text).length
  if (bytes > textBytesMax) {
    throw new InvalidMessageError(
      `The message has ${bytes} bytes or more, and ${textBytesMax} fit; cut it in pieces, or send a file`,
    )
  }
}
