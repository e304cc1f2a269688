// Peer ids as text: bech32m (BIP 350) of the Ed25519 public key, so that a mistyped letter is noticed before it is dialed.
import { bech32m } from '@scure/base'
import { HoldfastError } from '../core/errors.ts'
import { inLowerCase, pastedWord } from './pasted.ts'

/** The name of a node everywhere: the bech32m text, in lower case, of its Ed25519 public key (`hf1…`, 61 characters). */
export type PeerId = string & { readonly [brand]: 'PeerId' }
declare const brand: unique symbol

/** Bytes of an Ed25519 public key. */
export const publicKeyLength = 32

const prefix = 'hf'
const idLength = 61
/** The digits of bech32, by value. */
const digits = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l'

/** Text that was given as a peer id is none. */
export class InvalidPeerIdError extends HoldfastError {
  readonly code = 'invalid-peer-id'
  /** What kind of mistake it is. */
  readonly mistake: 'prefix' | 'length' | 'case' | 'checksum'
  constructor(mistake: InvalidPeerIdError['mistake'], message: string) {
    super(message)
    this.mistake = mistake
  }
}

/** Reads a peer id that somebody typed or pasted: all in upper case too (as QR codes like it) or with a capital, and with what chats and mails put around it and into it. */
export function parsePeerId(text: string): PeerId {
  // Bounded before anything is searched or quoted in it: the text may be as long as its author likes.
  const trimmed = pastedWord(text.slice(0, 4096))
  const lower = inLowerCase(trimmed) ?? trimmed
  if (/^hfticket1/i.test(lower)) {
    throw new InvalidPeerIdError('prefix', 'This is a ticket and not a peer id; use it with `pair`')
  }
  if (!lower.toLowerCase().startsWith(`${prefix}1`)) {
    throw new InvalidPeerIdError(
      'prefix',
      `A peer id starts with "${prefix}1", but this starts with ${quoted(trimmed)}`,
    )
  }
  if (lower.length !== idLength) {
    const problem = lower.length < idLength ? 'a part of it is missing' : 'there is too much of it'
    throw new InvalidPeerIdError(
      'length',
      `A peer id has ${idLength} characters, but this has ${lower.length}: ${problem}; copy it again`,
    )
  }
  if (lower !== lower.toLowerCase()) {
    throw new InvalidPeerIdError('case', 'This peer id has small letters and capitals; copy it again')
  }
  const bytes = decode(lower)
  if (bytes === undefined) {
    throw new InvalidPeerIdError(
      'checksum',
      'This peer id has a typing error; compare it with the original and correct it',
    )
  }
  return lower as PeerId
}

/** The peer id of a raw Ed25519 public key. Throws `InvalidPeerIdError` if it does not have 32 bytes. */
export function peerIdFromPublicKey(publicKey: Uint8Array): PeerId {
  if (publicKey.length !== publicKeyLength) {
    throw new InvalidPeerIdError(
      'length',
      `A public key has ${publicKeyLength} bytes, but this has ${publicKey.length}`,
    )
  }
  return bech32m.encode(prefix, bech32m.toWords(publicKey)) as PeerId
}

/** The raw Ed25519 public key in a peer id. Decoded anew each time (some microseconds), so that nothing has to be kept. */
export function publicKeyOf(id: PeerId): Uint8Array {
  const bytes = decode(id)
  if (bytes === undefined) throw new InvalidPeerIdError('checksum', `${quoted(id)} was not made by parsePeerId`)
  return bytes
}

/**
 * Orders peer ids by their public keys as numbers: negative if `a` is the lower. Both sides of a pair agree on it.
 * The digits of the text stand for five bits each, most significant first, so comparing digits by value compares keys.
 */
export function comparePeerIds(a: PeerId, b: PeerId): number {
  if (a === b) return 0
  let index = 0
  while (index < idLength && a[index] === b[index]) index++
  return digits.indexOf(a.charAt(index)) - digits.indexOf(b.charAt(index))
}

/** The beginning of a peer id, for people to tell peers apart at a glance; never for comparing by programs. */
export function shortPeerId(id: string): string {
  return id.slice(0, prefix.length + 9)
}

function decode(text: string): Uint8Array | undefined {
  const decoded = bech32m.decodeUnsafe(text)
  if (decoded?.prefix !== prefix) return undefined
  const bytes = bech32m.fromWordsUnsafe(decoded.words)
  return bytes instanceof Uint8Array && bytes.length === publicKeyLength ? bytes : undefined
}

function quoted(text: string): string {
  return JSON.stringify(text.length > 12 ? `${text.slice(0, 12)}…` : text)
}
