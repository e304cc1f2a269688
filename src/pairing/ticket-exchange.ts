import type { Duplex } from 'node:stream'
import { HoldfastError } from '../core/errors.ts'
import type { PeerId } from '../identity/peer-id.ts'
import {
  initiatorProof,
  issuerProof,
  type PairingKeys,
  type PairingTranscript,
  pairingBytes,
  pairingKeys,
  proofEquals,
} from '../identity/proof.ts'
import {
  decodeChallenge,
  decodeRequest,
  encodeChallenge,
  encodeRequest,
  type NamedMessage,
  PairingError,
  receiveMessage,
  sendMessage,
  WrongSecretError,
} from './messages.ts'

/** What one side of a pairing brings to it. */
export interface PairingParty {
  readonly initiator: PeerId
  readonly issuer: PeerId
  readonly ticketNumber: Uint8Array
  readonly secret: Uint8Array
  /** Exported from the channel that the HELLO with the ticket came on. */
  readonly exporter: Uint8Array
  /** This side's name. */
  readonly name: string
  readonly randomBytes: (size: number) => Uint8Array
}

/** What a pairing leaves behind. */
export interface PairingOutcome {
  /** The other side's name, as it gave it. */
  readonly name: string
  readonly keys: PairingKeys
}

/** The initiator's side of SPEC.md, section 10. */
export async function initiatePairing(party: PairingParty, open: () => Promise<Duplex>): Promise<PairingOutcome> {
  const nonce = party.randomBytes(pairingBytes)
  const first = await open()
  sendMessage(first, encodeRequest(party.ticketNumber, { nonce, name: party.name }))
  const challenge = decodeChallenge(await receiveMessage(first))
  const transcript = transcriptOf(party, nonce, challenge.nonce)

  const second = await open()
  sendMessage(second, initiatorProof(party.secret, transcript))
  const completion = await receiveMessage(second)
  if (!proofEquals(issuerProof(party.secret, transcript), completion)) {
    throw new PairingError('The other side does not know the secret of the ticket; ask for a new ticket')
  }
  return { name: challenge.name, keys: pairingKeys(party.secret, transcript, 'initiator') }
}

/** What the issuer brings to a pairing. */
export interface PairingIssuer extends Omit<PairingParty, 'exporter'> {
  /** Of every channel that came with the ticket and may be the one that the initiator uses: it may have dialed several addresses. */
  exporters(): readonly Uint8Array[]
}

/**
 * The issuer's side. `streams` answers the initiator's streams one after the other. A request may come again, when the initiator had to
 * begin anew. `confirmed` stores the pairing, before the initiator is told.
 */
export async function answerPairing(
  issuer: PairingIssuer,
  streams: () => Promise<Duplex>,
  confirmed: (outcome: PairingOutcome) => void,
): Promise<void> {
  const nonce = issuer.randomBytes(pairingBytes)
  let request: NamedMessage | undefined
  for (;;) {
    const stream = await streams()
    const message = await receiveMessage(stream).catch(ignoreReset)
    if (message === undefined) continue
    if (message.length !== pairingBytes) {
      request = decodeRequest(message, issuer.ticketNumber)
      sendMessage(stream, encodeChallenge({ nonce, name: issuer.name }))
      continue
    }
    const transcript = request && provenTranscript(issuer, request.nonce, nonce, message)
    if (request === undefined || transcript === undefined) {
      throw new WrongSecretError()
    }
    confirmed({ name: request.name, keys: pairingKeys(issuer.secret, transcript, 'issuer') })
    sendMessage(stream, issuerProof(issuer.secret, transcript))
    return
  }
}

/** What the response proves: that of one of the channels, or nothing. */
function provenTranscript(
  issuer: PairingIssuer,
  initiatorNonce: Uint8Array,
  issuerNonce: Uint8Array,
  response: Uint8Array,
): PairingTranscript | undefined {
  return issuer
    .exporters()
    .map((exporter) => transcriptOf({ ...issuer, exporter }, initiatorNonce, issuerNonce))
    .find((transcript) => proofEquals(initiatorProof(issuer.secret, transcript), response))
}

/** A stream that the initiator has given up. */
function ignoreReset(error: unknown): undefined {
  if (error instanceof HoldfastError && error.code === 'stream-reset') return undefined
  throw error
}

function transcriptOf(party: PairingParty, initiatorNonce: Uint8Array, issuerNonce: Uint8Array): PairingTranscript {
  const { exporter, ticketNumber, initiator, issuer } = party
  return { exporter, ticketNumber, initiator, issuer, initiatorNonce, issuerNonce }
}
