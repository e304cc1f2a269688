// Tickets: an invitation in one line of text (SPEC.md, section 12). The text is bech32m like a peer id, so that a typing
// error is noticed at once, and its letters suit the compact alphanumeric mode of QR codes when written in upper case.
import { bech32m } from '@scure/base'
import { HoldfastError } from '../core/errors.ts'
import { inLowerCase, pastedWord, wordsFrom } from './pasted.ts'
import { type PeerId, peerIdFromPublicKey, publicKeyLength, publicKeyOf } from './peer-id.ts'

/** Bytes of a ticket's number. */
export const ticketNumberLength = 8
/** Bytes of a ticket's secret. */
export const ticketSecretLength = 16
/** The most addresses that a ticket holds. */
export const ticketAddressesMax = 8
/** The longest address that it holds, in bytes. */
const addressLengthMax = 255

const prefix = 'hfticket'
const version = 1
const expiryLength = 6
const headLength = 1 + publicKeyLength + ticketNumberLength + ticketSecretLength + expiryLength + 1
/** More than the text of the largest ticket, 3,398 characters, with line breaks in it. */
const textLengthMax = 8192

/** An invitation to pair. Whoever has it can use it, so it is to be kept as secret as a password for as long as it lives. */
export interface Ticket {
  /** The node that invites. */
  readonly issuer: PeerId
  /** What the issuer knows the ticket by; 8 bytes. */
  readonly number: Uint8Array
  /** What only issuer and holder know; 16 bytes. */
  readonly secret: Uint8Array
  /** When it expires, in milliseconds since 1970; whole seconds (encoding rounds down). The caller compares it with the time. */
  readonly expiresAt: number
  /** Where the issuer can be dialed, best first; at most 8. */
  readonly addresses: readonly string[]
}

/** Text that was given as a ticket is none that can be used. */
export class InvalidTicketError extends HoldfastError {
  readonly code = 'invalid-ticket'
  /** What kind of mistake it is. */
  readonly mistake: 'not-a-ticket' | 'mixed-case' | 'checksum' | 'newer-version' | 'malformed'
  constructor(mistake: InvalidTicketError['mistake'], message: string) {
    super(message)
    this.mistake = mistake
  }
}

/** The ticket as one line of text. Throws a `RangeError` if something in it does not fit. */
export function encodeTicket(ticket: Ticket): string {
  const { number, secret, addresses } = ticket
  if (number.length !== ticketNumberLength || secret.length !== ticketSecretLength) {
    throw new RangeError(`A ticket needs a number of ${ticketNumberLength} and a secret of ${ticketSecretLength} bytes`)
  }
  if (addresses.length > ticketAddressesMax)
    throw new RangeError(`A ticket holds at most ${ticketAddressesMax} addresses`)
  const expiry = Buffer.alloc(expiryLength)
  expiry.writeUIntBE(Math.floor(ticket.expiresAt / 1000), 0, expiryLength)
  const parts = [
    Uint8Array.of(version),
    publicKeyOf(ticket.issuer),
    number,
    secret,
    expiry,
    Uint8Array.of(addresses.length),
  ]
  for (const address of addresses) {
    const bytes = Buffer.from(address)
    if (!isAddressText(address) || bytes.length > addressLengthMax) {
      throw new RangeError(`${JSON.stringify(address)} is no address that fits a ticket`)
    }
    parts.push(Uint8Array.of(bytes.length), bytes)
  }
  return bech32m.encode(prefix, bech32m.toWords(Buffer.concat(parts)), false)
}

/** Whether a text has a ticket in it, be it whole or not. */
export function holdsTicket(text: string): boolean {
  return wordsFrom(text.slice(0, textLengthMax), prefix).length > 0
}

/**
 * Reads a ticket that somebody pasted or scanned: all in upper case too or with a capital, in several lines, with what chats, mails and terminals put around it and into it, or with the command that it is for. Throws
 * `InvalidTicketError`.
 */
export function decodeTicket(text: string): Ticket {
  if (text.length > textLengthMax) throw new InvalidTicketError('not-a-ticket', 'This is too long to be a ticket')
  const words = wordsFrom(text, `${prefix}1`)
  const [longest] = words
  if (longest === undefined) throw notATicket(text)
  for (const word of words) {
    const lower = inLowerCase(word)
    const decoded = lower === undefined ? undefined : bech32m.decodeUnsafe(lower, false)
    if (decoded?.prefix !== prefix) continue
    const bytes = bech32m.fromWordsUnsafe(decoded.words)
    if (!(bytes instanceof Uint8Array)) throw malformed()
    return read(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength))
  }
  throw words.every((word) => inLowerCase(word) === undefined)
    ? new InvalidTicketError('mixed-case', 'This ticket has small letters and capitals; copy it again')
    : new InvalidTicketError('checksum', 'This ticket has a typing error or a part of it is missing; copy it again')
}

function notATicket(text: string): InvalidTicketError {
  const message = /^hf1/i.test(pastedWord(text))
    ? 'This is a peer id and not a ticket; ask the peer for a ticket'
    : `This is not a ticket; a ticket starts with "${prefix}1"`
  return new InvalidTicketError('not-a-ticket', message)
}

function read(bytes: Buffer): Ticket {
  const found = bytes[0] ?? 0
  if (found > version) {
    throw new InvalidTicketError(
      'newer-version',
      'This ticket was made by a newer version of Holdfast; update this one',
    )
  }
  if (found < version || bytes.length < headLength) throw malformed()
  let at = 1
  const take = (length: number): Uint8Array => {
    if (at + length > bytes.length) throw malformed()
    at += length
    return Uint8Array.from(bytes.subarray(at - length, at))
  }
  const issuer = peerIdFromPublicKey(take(publicKeyLength))
  const number = take(ticketNumberLength)
  const secret = take(ticketSecretLength)
  const expiresAt = Buffer.from(take(expiryLength)).readUIntBE(0, expiryLength) * 1000
  const [count = 0] = take(1)
  if (count > ticketAddressesMax) throw malformed()
  const addresses: string[] = []
  for (let index = 0; index < count; index++) {
    const [length = 0] = take(1)
    const address = decodeText(take(length))
    if (address === undefined || !isAddressText(address)) throw malformed()
    addresses.push(address)
  }
  if (at !== bytes.length) throw malformed()
  return { issuer, number, secret, expiresAt, addresses }
}

function decodeText(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return undefined
  }
}

/** Addresses are shown to people, so they must not be able to play tricks on a terminal. */
function isAddressText(address: string): boolean {
  return /^[^\s\p{C}]+$/u.test(address)
}

function malformed(): InvalidTicketError {
  return new InvalidTicketError('malformed', 'This ticket was put together wrongly; ask the peer for another')
}
