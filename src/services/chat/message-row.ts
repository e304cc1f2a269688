// Rows of the database of conversations to messages and back.
import type { SQLInputValue } from 'node:sqlite'
import { decodeText, encodeText } from '../../core/frame/bytes.ts'
import { parsePeerId } from '../../identity/peer-id.ts'
import { checksumOf, flag, number, optional, parsed, type Row } from '../../store/rows.ts'
import { chatWire } from './limits.ts'
import type { ChatMessage } from './message.ts'

export const messageColumns = 'number, peer, mine, id, text, written_at_ms, delayed, arrived_at_ms, checksum'

/** What is bound to the statement that inserts a message: all columns but its number. */
export function messageRow(message: Omit<ChatMessage, 'number'>): SQLInputValue[] {
  const values = [
    message.peer,
    Number(message.author === 'me'),
    Buffer.from(message.id, 'hex'),
    encodeText(message.text),
    message.writtenAtMs,
    Number(message.delayed),
    message.arrivedAtMs ?? null,
  ]
  return [...values, checksumOf(...values)]
}

/** The message of a row, its integers read as bigint; throws `BadRow`. */
export function parseMessage(row: Row): ChatMessage {
  return parsed(`the row of message ${String(row['number'])}`, () => {
    const { number: place, checksum, ...values } = row
    if (checksumOf(...Object.values(values)) !== number(checksum)) throw new Error('Its checksum does not match')
    const id = bytes(row['id'])
    if (id.length !== chatWire.idBytes) throw new Error('Its id has another length')
    return {
      number: number(place),
      peer: parsePeerId(String(row['peer'])),
      author: flag(row['mine']) ? 'me' : 'peer',
      id: Buffer.from(id).toString('hex'),
      text: decodeText(bytes(row['text'])),
      writtenAtMs: number(row['written_at_ms']),
      delayed: flag(row['delayed']),
      arrivedAtMs: optional(row['arrived_at_ms'], number),
    }
  })
}

function bytes(value: Row[string] | undefined): Uint8Array {
  if (value instanceof Uint8Array) return value
  throw new Error('Bytes are missing')
}
