import type { Duplex } from 'node:stream'
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
  PairingError,
  receiveMessage,
  sendMessage,
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

/**
 * The issuer's side. `streams` answers the initiator's streams one after the other; `confirmed` stores the pairing, before the
 * initiator is told.
 */
export async function answerPairing(
  party: PairingParty,
  streams: () => Promise<Duplex>,
  confirmed: (outcome: PairingOutcome) => void,
): Promise<void> {
  const nonce = party.randomBytes(pairingBytes)
  const first = await streams()
  const request = decodeRequest(await receiveMessage(first), party.ticketNumber)
  sendMessage(first, encodeChallenge({ nonce, name: party.name }))
  const transcript = transcriptOf(party, request.nonce, nonce)

  const second = await streams()
  const response = await receiveMessage(second)
  if (!proofEquals(initiatorProof(party.secret, transcript), response)) {
    throw new PairingError('The other side does not know the secret of the ticket')
  }
  confirmed({ name: request.name, keys: pairingKeys(party.secret, transcript, 'issuer') })
  sendMessage(second, issuerProof(party.secret, transcript))
}

function transcriptOf(party: PairingParty, initiatorNonce: Uint8Array, issuerNonce: Uint8Array): PairingTranscript {
  const { exporter, ticketNumber, initiator, issuer } = party
  return { exporter, ticketNumber, initiator, issuer, initiatorNonce, issuerNonce }
}
