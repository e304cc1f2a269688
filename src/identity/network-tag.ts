// The tag by which members of a network recognise each other's announcements on a local network (SPEC.md, the local network).
import { createHmac, scryptSync } from 'node:crypto'
import { networkSecretBytes } from './network-secret.ts'
import { type PeerId, publicKeyOf } from './peer-id.ts'
import { proofEquals } from './proof.ts'

/** Random bytes that differ in each run, so that nobody sees whether the secret is still the same. */
export const TAG_NONCE_BYTES = 8
/** Enough that nobody hits the right ones by chance. */
const TAG_MAC_BYTES = 8
/** All of it, also for a node that has no network and tells random bytes in its place. */
export const TAG_BYTES = TAG_NONCE_BYTES + TAG_MAC_BYTES
/** A tag as text. */
export const NETWORK_TAG = /^[0-9a-f]{32}$/

const KEY_BYTES = 32
/** Everybody on the local network can compare guesses at the secret with a tag, so each guess is made to cost 32 MiB and some 0.1 s. */
const KEY_COST = { N: 2 ** 15, r: 8, p: 1, maxmem: 64 * 1024 * 1024 }

/** Makes and recognises the tags of one network. */
export class NetworkTags {
  readonly #secret: Buffer
  #ownKey: Buffer | undefined

  /** Throws `NetworkSecretError`. */
  constructor(secret: string) {
    this.#secret = networkSecretBytes(secret)
  }

  /** What the node with this id tells. `nonce`: `TAG_NONCE_BYTES` random bytes. */
  make(id: PeerId, nonce: Uint8Array): string {
    return Buffer.concat([nonce, this.#mac(id, nonce)]).toString('hex')
  }

  /** Whether a member told the tag of the node with this id, now or earlier. It is no proof: everybody who heard it can repeat it. */
  isRecognised(id: PeerId, tag: string | undefined): boolean {
    if (tag === undefined || !NETWORK_TAG.test(tag)) return false
    const bytes = Buffer.from(tag, 'hex')
    const nonce = bytes.subarray(0, TAG_NONCE_BYTES)
    return proofEquals(this.#mac(id, nonce), bytes.subarray(TAG_NONCE_BYTES))
  }

  /** Made when it is first needed: nodes that hear nobody do without. */
  get #key(): Buffer {
    this.#ownKey ??= scryptSync(this.#secret, 'holdfast network tag', KEY_BYTES, KEY_COST)
    return this.#ownKey
  }

  #mac(id: PeerId, nonce: Uint8Array): Uint8Array {
    return createHmac('sha256', this.#key).update(nonce).update(publicKeyOf(id)).digest().subarray(0, TAG_MAC_BYTES)
  }
}
