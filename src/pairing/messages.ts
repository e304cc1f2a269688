import type { Duplex } from 'node:stream'
import { HoldfastError } from '../core/errors.ts'
import { encodeText, equalBytes, readU16 } from '../core/frame/bytes.ts'
import { NAME_BYTES_MAX } from '../core/frame/constants.ts'
import { boundedText } from '../core/frame/greeting.ts'
import { pairingBytes } from '../identity/proof.ts'
import { ticketNumberLength } from '../identity/ticket.ts'

/** The protocol of the two streams of a pairing. */
export const PAIRING_PROTOCOL = 'holdfast/pair/1'
export const MESSAGE_BYTES_MAX = 1_024

/** The pairing did not come about. */
export class PairingError extends HoldfastError {
  readonly code = 'pairing-failed'
}

/** What came as proof of a ticket's secret is none. */
export class WrongSecretError extends PairingError {
  constructor() {
    super('The other side does not know the secret of the ticket')
  }
}

/** One of the two people said no: the codes differ, or the pairing is not wanted. */
export class PairingRejectedError extends HoldfastError {
  readonly code = 'pairing-rejected'
  /** Who said no: the person at this node, or the one at the other. */
  readonly by: 'self' | 'peer'
  constructor(by: PairingRejectedError['by']) {
    super(
      by === 'self'
        ? 'The pairing was rejected here; if the two codes differed, somebody may stand between the two nodes'
        : 'The pairing was rejected on the other side; ask there whether the two codes differed',
    )
    this.by = by
  }
}

/** Writes the one message of this side, and ends it. */
export function sendMessage(stream: Duplex, message: Uint8Array): void {
  const length = Buffer.alloc(2)
  length.writeUInt16BE(message.length)
  stream.end(Buffer.concat([length, message]))
}

/** Reads the one message of the other side, up to its end. */
export async function receiveMessage(stream: Duplex): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  // The iterator would destroy the stream at its end; the other direction may still be in use.
  for await (const chunk of stream.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>) {
    chunks.push(chunk)
    bytes += chunk.length
    if (bytes > MESSAGE_BYTES_MAX) throw malformed()
  }
  const all = Buffer.concat(chunks)
  if (all.length < 2 || readU16(all, 0) !== all.length - 2) throw malformed()
  return all.subarray(2)
}

/** The request and the challenge, and what begins a pairing by code: bytes of a fixed length, then a name. */
export interface NamedMessage {
  readonly nonce: Uint8Array
  readonly name: string
}

export function encodeRequest(ticketNumber: Uint8Array, { nonce, name }: NamedMessage): Uint8Array {
  return Buffer.concat([ticketNumber, nonce, encodeText(name)])
}

export function decodeRequest(message: Uint8Array, ticketNumber: Uint8Array): NamedMessage {
  const number = message.subarray(0, ticketNumberLength)
  if (!equalBytes(number, ticketNumber)) throw malformed()
  return decodeChallenge(message.subarray(ticketNumberLength))
}

export function encodeChallenge({ nonce, name }: NamedMessage): Uint8Array {
  return Buffer.concat([nonce, encodeText(name)])
}

export function decodeChallenge(message: Uint8Array): NamedMessage {
  if (message.length < pairingBytes) throw malformed()
  return {
    nonce: message.slice(0, pairingBytes),
    name: boundedText(message.subarray(pairingBytes), NAME_BYTES_MAX, 'name'),
  }
}

export function malformed(): PairingError {
  return new PairingError(
    'The other side sent a pairing message that is malformed; both sides need the same major version',
  )
}
