import { equalBytes } from '../core/frame/bytes.ts'
import { type CodeChannel, codeCommitment, codeKeys, pairingCode } from '../identity/pairing-code.ts'
import { type PairingKeys, pairingBytes } from '../identity/proof.ts'
import type { MessageStream } from './message-stream.ts'
import { decodeChallenge, encodeChallenge, malformed, PairingError } from './messages.ts'

/** The protocol of the stream of a pairing by code. */
export const CODE_PROTOCOL = 'holdfast/pair-code/1'

/** What the two sides have come to; it is for the people to compare. */
export interface CodeAgreement {
  /** The other side's name, as it gave it. */
  readonly name: string
  /** Six digits. */
  readonly code: string
  readonly keys: PairingKeys
}

/** What a side brings to it. */
export interface CodeParty {
  /** This side's name. */
  readonly name: string
  readonly randomBytes: (size: number) => Uint8Array
}

/** The initiator's side of SPEC.md, section 17, up to the code. */
export async function askForCode(
  messages: MessageStream,
  party: CodeParty,
  channel: CodeChannel,
): Promise<CodeAgreement> {
  const initiatorNonce = party.randomBytes(pairingBytes)
  messages.send(encodeChallenge({ nonce: codeCommitment(channel, initiatorNonce), name: party.name }))
  const { nonce: issuerNonce, name } = decodeChallenge(await messages.next())
  messages.send(initiatorNonce)
  const transcript = { ...channel, initiatorNonce, issuerNonce }
  return { name, code: pairingCode(transcript), keys: codeKeys(transcript, 'initiator') }
}

/**
 * The issuer's side. `channels` answers those that the initiator may use: it may have dialed several addresses. `beforeNonce` is called when the initiator is about to
 * learn the code, before this side's person can see it, and may throw to end the pairing.
 */
export async function answerWithCode(
  messages: MessageStream,
  party: CodeParty,
  channels: () => readonly CodeChannel[],
  beforeNonce: () => void = () => undefined,
): Promise<CodeAgreement> {
  const { nonce: commitment, name } = decodeChallenge(await messages.next())
  beforeNonce()
  // Not before: what the initiator has committed to must not depend on it.
  const issuerNonce = party.randomBytes(pairingBytes)
  messages.send(encodeChallenge({ nonce: issuerNonce, name: party.name }))
  const initiatorNonce = await messages.next()
  if (initiatorNonce.length !== pairingBytes) throw malformed()
  const channel = channels().find((one) => equalBytes(codeCommitment(one, initiatorNonce), commitment))
  if (channel === undefined)
    throw new PairingError('The other side did not keep to what it had committed to; somebody may stand in between')
  const transcript = { ...channel, initiatorNonce, issuerNonce }
  return { name, code: pairingCode(transcript), keys: codeKeys(transcript, 'issuer') }
}

/** Tells the other side what the person here has decided. */
export function sendDecision(messages: MessageStream, isConfirmed: boolean): void {
  messages.send(Uint8Array.of(Number(isConfirmed)))
}

/** What the person there has decided. */
export async function receiveDecision(messages: MessageStream): Promise<boolean> {
  const decision = await messages.next()
  const [value] = decision
  if (decision.length !== 1 || (value !== 0 && value !== 1)) throw malformed()
  return value === 1
}
