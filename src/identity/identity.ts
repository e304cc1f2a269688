// A node's identity: an Ed25519 key, in memory.
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { type PeerId, peerIdFromPublicKey, publicKeyLength } from './peer-id.ts'

/** Who a node is. Holds the private key: never log it, never send it. */
export interface Identity {
  readonly id: PeerId
  /** The raw Ed25519 public key, 32 bytes. */
  readonly publicKey: Uint8Array
  readonly privateKey: KeyObject
  /** The Ed25519 signature of `data`, 64 bytes. */
  sign(data: Uint8Array): Uint8Array
}

/** A new identity, kept in memory only. */
export function generateIdentity(): Identity {
  return identityFromPrivateKey(generateKeyPairSync('ed25519').privateKey)
}

/** The identity of an Ed25519 private key. */
export function identityFromPrivateKey(privateKey: KeyObject): Identity {
  if (privateKey.type !== 'private' || privateKey.asymmetricKeyType !== 'ed25519') {
    throw new TypeError(
      `An identity needs an Ed25519 private key, but this is ${privateKey.asymmetricKeyType ?? 'none'}`,
    )
  }
  // The public key is the end of its SubjectPublicKeyInfo (RFC 8410).
  const info = createPublicKey(privateKey).export({ format: 'der', type: 'spki' })
  const publicKey = new Uint8Array(info.subarray(info.length - publicKeyLength))
  return {
    id: peerIdFromPublicKey(publicKey),
    publicKey,
    privateKey,
    sign: (data) => sign(null, data, privateKey),
  }
}

/** The text of an identity's private key: PKCS#8 in PEM, as `openssl genpkey -algorithm ed25519` writes it. */
export function identityToPem(identity: Identity): string {
  return identity.privateKey.export({ format: 'pem', type: 'pkcs8' }).toString()
}

/** Reads what `identityToPem` wrote. Throws whatever is wrong with it. */
export function identityFromPem(pem: string): Identity {
  return identityFromPrivateKey(createPrivateKey(pem))
}
