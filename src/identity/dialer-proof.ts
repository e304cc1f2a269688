// How the side that dialed proves its identity inside of TLS, so that the listener asks for no certificate: OpenSSL would work on all that a
// stranger sends as one.
import { createPublicKey, verify } from 'node:crypto'
import { ed25519InfoPrefix } from './certificate-form.ts'
import type { Identity } from './identity.ts'
import { type PeerId, peerIdFromPublicKey, publicKeyLength, publicKeyOf } from './peer-id.ts'

/** Of the bytes that TLS exports for it (RFC 5705). */
export const dialerProofLabel = 'EXPORTER-holdfast-dialer'
export const dialerExporterBytes = 32
const signatureBytes = 64
/** The dialer's public key and its signature. */
export const dialerProofBytes = publicKeyLength + signatureBytes

const signedPrefix = Buffer.from('holdfast dialer proof:')

/** The side that dialed has not proven an identity. */
export class DialerProofError extends Error {
  override readonly name = 'DialerProofError'
  constructor() {
    super('The side that dialed signed with another key than that of the identity it names')
  }
}

/**
 * Proves to `listener` who dialed. `exporter`: the secret of this very channel, which nobody else has; so the proof is worth nothing on
 * another one, nor in the other direction.
 */
export function proveDialer(identity: Identity, listener: PeerId, exporter: Uint8Array): Uint8Array {
  return Buffer.concat([identity.publicKey, identity.sign(signedBytes(exporter, identity.publicKey, listener))])
}

/** Who dialed this channel. Throws `DialerProofError`. */
export function verifyDialer(proof: Uint8Array, listener: PeerId, exporter: Uint8Array): PeerId {
  const publicKey = proof.subarray(0, publicKeyLength)
  const signature = proof.subarray(publicKeyLength)
  const key = createPublicKey({ key: Buffer.concat([ed25519InfoPrefix, publicKey]), format: 'der', type: 'spki' })
  if (signature.length !== signatureBytes || !verify(null, signedBytes(exporter, publicKey, listener), key, signature))
    throw new DialerProofError()
  return peerIdFromPublicKey(publicKey)
}

function signedBytes(exporter: Uint8Array, dialer: Uint8Array, listener: PeerId): Uint8Array {
  return Buffer.concat([signedPrefix, exporter, dialer, publicKeyOf(listener)])
}
