// Encrypts a file for one peer, for a way that is not Holdfast's own: mail, a stick, somebody else's storage.
// Both sides are paired; nothing else has to be exchanged (docs/pairing.md, "The keys of a pairing").
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import type { Peer } from '../../src/index.ts' // in a project that has it installed: 'holdfast'

/** What the keys are for. Both sides say the same; a new format gets a new label. */
const LABEL = 'sealed-file/1'
const CIPHER = 'aes-256-gcm'
const NONCE_BYTES = 12
const TAG_BYTES = 16

/** Encrypts `content` so that only `peer` can read it: nonce, ciphertext, tag. */
export function seal(content: Uint8Array, peer: Pick<Peer, 'keys'>): Buffer {
  const nonce = randomBytes(NONCE_BYTES)
  const cipher = createCipheriv(CIPHER, peer.keys(LABEL).send, nonce, { authTagLength: TAG_BYTES })
  return Buffer.concat([nonce, cipher.update(content), cipher.final(), cipher.getAuthTag()])
}

/** Decrypts what `peer` has sealed for this node. Throws if anybody else did, or if a byte of it has changed. */
export function unseal(sealed: Uint8Array, peer: Pick<Peer, 'keys'>): Buffer {
  if (sealed.length < NONCE_BYTES + TAG_BYTES) throw new Error('This is no sealed file: it is too short')
  const nonce = sealed.subarray(0, NONCE_BYTES)
  const decipher = createDecipheriv(CIPHER, peer.keys(LABEL).receive, nonce, { authTagLength: TAG_BYTES })
  decipher.setAuthTag(sealed.subarray(-TAG_BYTES))
  return Buffer.concat([decipher.update(sealed.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()])
}
