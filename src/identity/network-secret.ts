// The secret of a network, and the proofs by which its members know each other (SPEC.md, networks).
import { createHmac, hkdfSync } from 'node:crypto'
import { HoldfastError } from '../core/errors.ts'
import { type PeerId, publicKeyOf } from './peer-id.ts'
import { proofEquals } from './proof.ts'

/** Characters (code points) of a secret, at least and at most, and how many of them must differ. */
const networkSecretLimits = { charsMin: 16, charsMax: 1024, differentMin: 8 } as const

const exporterLabel = 'EXPORTER-holdfast-network'
/** Bytes of the exported secret, the key and a proof. */
const proofBytes = 32

/** The secret of a network could be guessed, or is not fit for one. */
export class NetworkSecretError extends HoldfastError {
  readonly code = 'network-secret'
}

/** What a proof needs to know of the channel that it is for; every `Channel` has it. */
export interface ProvenChannel {
  readonly direction: 'outbound' | 'inbound'
  readonly remoteId: PeerId
  exportKeyingMaterial(label: string, length: number): Uint8Array
}

/**
 * The secret that all members of a network share, as one of them uses it. It is as good as a pairing with everybody who knows it.
 *
 * A proof is an HMAC bound to one TLS channel, to both identities and to who dialed, so it is worth nothing on any other channel, and not for
 * the other role. But the dialer proves first, to whoever answers at an address of the list: somebody who sits there, or on the way to
 * it, gets a proof for a channel of his own and can try guesses against it, offline and as fast as his machines go. Had the listener to prove
 * first, any stranger who dials could do that, from anywhere; and a third message for a fresh exchange of keys would cost the handshake a round trip.
 * So the secret must not be guessable: 32 random bytes are safe for good, a sentence that somebody thought up is not.
 */
export class NetworkSecret {
  readonly #own: PeerId
  readonly #key: Uint8Array

  /**
   * `text` may be followed or preceded by white space, as files have it; `own` is this node's id.
   * Throws `NetworkSecretError` for a secret that is shorter than 16 characters, or evidently weak.
   */
  constructor(text: string, own: PeerId) {
    this.#own = own
    this.#key = new Uint8Array(hkdfSync('sha256', networkSecretBytes(text), '', 'holdfast network key', proofBytes))
  }

  /** What to send on the channel, in field `network` of HELLO or ANSWER. Throws if the channel is closed. */
  prove(channel: ProvenChannel): Uint8Array {
    return this.#proof(channel, channel.direction === 'outbound' ? 'dialer' : 'listener')
  }

  /** Whether `proof`, as it came on the channel, shows that the other side knows the secret. Throws if the channel is closed. */
  isProven(channel: ProvenChannel, proof: Uint8Array | undefined): boolean {
    if (proof === undefined) return false
    return proofEquals(this.#proof(channel, channel.direction === 'outbound' ? 'listener' : 'dialer'), proof)
  }

  #proof(channel: ProvenChannel, role: 'dialer' | 'listener'): Uint8Array {
    const { direction, remoteId } = channel
    const [dialer, listener] = direction === 'outbound' ? [this.#own, remoteId] : [remoteId, this.#own]
    return createHmac('sha256', this.#key)
      .update(`holdfast network ${role}`)
      .update(channel.exportKeyingMaterial(exporterLabel, proofBytes))
      .update(publicKeyOf(dialer))
      .update(publicKeyOf(listener))
      .digest()
  }
}

/** Throws `NetworkSecretError` for a secret that no node would take. */
export function checkNetworkSecret(text: string): void {
  networkSecretBytes(text)
}

/** The secret in the one form in which all members use it. Throws `NetworkSecretError`. */
export function networkSecretBytes(text: string): Buffer {
  const { charsMin, charsMax, differentMin } = networkSecretLimits
  if (!text.isWellFormed()) throw new NetworkSecretError(`The network secret holds half characters; ${makeOne}`)
  const secret = text.trim().normalize('NFC')
  const chars = secret.length > 2 * charsMax ? [] : Array.from(secret)
  if (secret.length > 2 * charsMax || chars.length > charsMax) {
    throw new NetworkSecretError(`The network secret has more than ${charsMax} characters; ${makeOne}`)
  }
  if (chars.length < charsMin) {
    throw new NetworkSecretError(
      `The network secret has ${chars.length} characters and must have at least ${charsMin}; ${makeOne}`,
    )
  }
  if (new Set(chars).size < differentMin) {
    throw new NetworkSecretError(`The network secret repeats a few characters, so it is easily guessed; ${makeOne}`)
  }
  return Buffer.from(secret)
}

const makeOne = 'make one with `openssl rand -hex 32` and give it to all members'
