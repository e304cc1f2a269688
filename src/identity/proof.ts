// The proofs by which two nodes that share a ticket convince each other of it (SPEC.md, section 10). Each is bound to the
// TLS channel, to both identities and to fresh nonces of both sides, so it is worth nothing anywhere else; a man in the
// middle has two channels, and his proofs fit neither.
import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto'
import { type PeerId, publicKeyOf } from './peer-id.ts'
import { ticketNumberLength } from './ticket.ts'

/** The label under which the channel's secret is exported for pairing. */
export const pairingExporterLabel = 'EXPORTER-holdfast-pairing'
/** Bytes of the exported secret, of each nonce, proof and key. */
export const pairingBytes = 32
/** Bytes of the label of an application's keys. */
const applicationLabelBytesMax = 255
const applicationInfo = 'holdfast application key '
const noSalt = new Uint8Array(0)

/** All that a pairing is bound to. Both sides have the same. */
export interface PairingTranscript {
  /** What `Channel.exportKeyingMaterial(pairingExporterLabel, pairingBytes)` answers. */
  readonly exporter: Uint8Array
  readonly ticketNumber: Uint8Array
  readonly initiator: PeerId
  readonly issuer: PeerId
  readonly initiatorNonce: Uint8Array
  readonly issuerNonce: Uint8Array
}

/** The keys of a pairing, as one side uses them. */
export interface PairingKeys {
  /** The other side receives with it. */
  readonly send: Uint8Array
  /** The other side sends with it. */
  readonly receive: Uint8Array
}

/** What the side with the ticket sends to show that it knows the secret. */
export function initiatorProof(secret: Uint8Array, transcript: PairingTranscript): Uint8Array {
  return proof(secret, transcript, 'holdfast pairing response')
}

/** What the side that made the ticket answers. */
export function issuerProof(secret: Uint8Array, transcript: PairingTranscript): Uint8Array {
  return proof(secret, transcript, 'holdfast pairing completion')
}

/** The two keys that a pairing leaves behind, one for each direction. */
export function pairingKeys(
  secret: Uint8Array,
  transcript: PairingTranscript,
  role: 'initiator' | 'issuer',
): PairingKeys {
  return directionKeys(secret, transcriptBytes(transcript), role)
}

/** Likewise, from a secret of any kind and all that the pairing is bound to. */
export function directionKeys(secret: Uint8Array, transcript: Uint8Array, role: 'initiator' | 'issuer'): PairingKeys {
  const initiator = derive(secret, transcript, 'holdfast pairing key initiator')
  const issuer = derive(secret, transcript, 'holdfast pairing key issuer')
  return role === 'initiator' ? { send: initiator, receive: issuer } : { send: issuer, receive: initiator }
}

/**
 * Keys for a purpose of the application's own, made of those of the pairing (SPEC.md, section 10). One purpose tells nothing about another, or about the keys of
 * the pairing. Throws `RangeError` unless `label` has 1 to 255 bytes of well-formed UTF-8.
 */
export function applicationKeys(keys: PairingKeys, label: string): PairingKeys {
  const { length } = Buffer.from(label)
  if (length === 0 || length > applicationLabelBytesMax)
    throw new RangeError(`The label of keys has 1 to ${applicationLabelBytesMax} bytes, this one has ${length}`)
  if (!label.isWellFormed()) throw new RangeError('The label of keys holds half characters; use whole ones')
  const info = `${applicationInfo}${label}`
  return { send: derive(keys.send, noSalt, info), receive: derive(keys.receive, noSalt, info) }
}

/** Whether a proof that came is the one that was expected; takes the same time wherever they differ. */
export function proofEquals(expected: Uint8Array, given: Uint8Array): boolean {
  return expected.length === given.length && timingSafeEqual(expected, given)
}

function proof(secret: Uint8Array, transcript: PairingTranscript, purpose: string): Uint8Array {
  const key = derive(secret, transcript.exporter, 'holdfast pairing proof')
  return createHmac('sha256', key).update(purpose).update(transcriptBytes(transcript)).digest()
}

/** Every part has a fixed length, so two transcripts never read alike. */
function transcriptBytes(transcript: PairingTranscript): Uint8Array {
  const { exporter, ticketNumber, initiatorNonce, issuerNonce } = transcript
  for (const part of [exporter, initiatorNonce, issuerNonce]) {
    if (part.length !== pairingBytes) throw new RangeError(`A pairing needs parts of ${pairingBytes} bytes`)
  }
  if (ticketNumber.length !== ticketNumberLength)
    throw new RangeError(`A ticket's number has ${ticketNumberLength} bytes`)
  const ids = [publicKeyOf(transcript.initiator), publicKeyOf(transcript.issuer)]
  return Buffer.concat([exporter, ticketNumber, ...ids, initiatorNonce, issuerNonce])
}

function derive(secret: Uint8Array, salt: Uint8Array, info: string): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', secret, salt, info, pairingBytes))
}
