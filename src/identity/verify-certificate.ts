// Checking the certificate that a stranger shows. The bytes are walked here and not by a library, because everything in
// the one form that is accepted gets checked, and what is checked and what is signed are then the very same bytes.
import { createHash, createPublicKey, type KeyObject, verify } from 'node:crypto'
import { HoldfastError } from '../core/errors.ts'
import {
  derTrue,
  ecdsaWithSha256,
  ed25519InfoPrefix,
  extensionId,
  libp2pKeyPrefix,
  p256InfoLength,
  p256InfoPrefix,
  signedPrefix,
  version3,
} from './certificate-form.ts'
import { DerError, DerReader, tag } from './der.ts'
import { type PeerId, peerIdFromPublicKey, publicKeyLength } from './peer-id.ts'

/** The largest certificate that is looked at. Holdfast's own have about 380 bytes. */
const certificateBytesMax = 8192
/** How far the clocks of two peers may differ before a certificate counts as not yet or no longer valid. */
const clockSkewMsMax = 24 * 3_600_000
/** How many peers' certificates a verifier remembers; each takes about 300 bytes. */
const rememberedMax = 1024
const signatureLength = 64

/** A certificate does not prove an identity. */
export class CertificateError extends HoldfastError {
  readonly code = 'certificate-invalid'
  constructor(problem: string, options?: ErrorOptions) {
    super(`The other side's certificate proves no Holdfast identity: ${problem}`, options)
  }
}

/** What a certificate proves, and in which time (milliseconds since 1970). */
interface Proven {
  readonly id: PeerId
  readonly notBefore: number
  readonly notAfter: number
}

/**
 * Verifies certificates and remembers the last good ones: a peer shows the same one for as long as it runs, and
 * verifying it costs 0.2 ms at the first time, but 2 µs when it reconnects.
 */
export class CertificateVerifier {
  readonly #proven = new Map<string, Proven>()

  /** The peer whom a certificate (DER) proves, at the wall-clock time `nowMs`. Throws `CertificateError`. */
  verify(bytes: Uint8Array, nowMs: number): PeerId {
    if (bytes.length > certificateBytesMax) {
      throw new CertificateError(`it has ${bytes.length} bytes, more than ${certificateBytesMax}`)
    }
    const digest = createHash('sha256').update(bytes).digest('base64')
    const proven = this.#proven.get(digest) ?? prove(bytes)
    this.#remember(digest, proven)
    if (nowMs < proven.notBefore - clockSkewMsMax) throw new CertificateError(`it is not valid yet; ${compareClocks}`)
    if (nowMs > proven.notAfter + clockSkewMsMax) throw new CertificateError(`it has expired; ${compareClocks}`)
    return proven.id
  }

  #remember(digest: string, proven: Proven): void {
    // Moves it to the end, so that the first is the one that was not seen for longest.
    this.#proven.delete(digest)
    this.#proven.set(digest, proven)
    if (this.#proven.size > rememberedMax) {
      for (const oldest of this.#proven.keys()) {
        this.#proven.delete(oldest)
        break
      }
    }
  }
}

const compareClocks = 'compare the clocks of the two machines'

/**
 * The peer whom a certificate (DER) proves, at the wall-clock time `nowMs`. Throws `CertificateError`.
 * That the other side holds the certificate's private key is TLS's to prove, and not checked here.
 */
export function verifyCertificate(bytes: Uint8Array, nowMs: number): PeerId {
  return new CertificateVerifier().verify(bytes, nowMs)
}

function prove(bytes: Uint8Array): Proven {
  try {
    const outer = new DerReader(bytes)
    const certificate = outer.enter(tag.sequence)
    outer.end()
    const body = certificate.take(tag.sequence)
    const algorithm = certificate.take(tag.sequence).bytes
    const signature = certificate.take(tag.bitString).content
    certificate.end()
    if (!equal(algorithm, ecdsaWithSha256)) throw new CertificateError('it is not signed by ECDSA with SHA-256')

    const { keyInfo, notBefore, notAfter, extensions } = readBody(body.content)
    const { identityKey, proof } = readSignedKey(findSignedKey(extensions))
    // The first byte of a bit string counts its unused bits.
    if (signature[0] !== 0 || !verify('sha256', body.bytes, importKey(keyInfo), signature.subarray(1))) {
      throw new CertificateError('its own signature is wrong')
    }
    const identityInfo = Buffer.concat([ed25519InfoPrefix, identityKey])
    if (!verify(null, Buffer.concat([signedPrefix, keyInfo]), importKey(identityInfo), proof)) {
      throw new CertificateError('the identity that it names has not signed its key')
    }
    return { id: peerIdFromPublicKey(identityKey), notBefore, notAfter }
  } catch (error) {
    if (error instanceof DerError) throw new CertificateError(`it is malformed (${error.message})`, { cause: error })
    throw error
  }
}

interface Body {
  readonly keyInfo: Uint8Array
  readonly notBefore: number
  readonly notAfter: number
  readonly extensions: DerReader
}

function readBody(content: Uint8Array): Body {
  const body = new DerReader(content)
  const version = body.enter(tag.version)
  if (!equal(version.take(tag.integer).content, version3)) throw new CertificateError('it is not of X.509 version 3')
  version.end()
  body.take(tag.integer)
  if (!equal(body.take(tag.sequence).bytes, ecdsaWithSha256))
    throw new CertificateError('it names two signature algorithms')
  body.take(tag.sequence)
  const period = body.enter(tag.sequence)
  const notBefore = readTime(period)
  const notAfter = readTime(period)
  period.end()
  body.take(tag.sequence)
  const keyInfo = body.take(tag.sequence).bytes
  if (keyInfo.length !== p256InfoLength || !startsWith(keyInfo, p256InfoPrefix)) {
    throw new CertificateError('its key is not an ECDSA key on the named curve P-256')
  }
  const wrapper = body.enter(tag.extensions)
  body.end()
  const extensions = wrapper.enter(tag.sequence)
  wrapper.end()
  return { keyInfo, notBefore, notAfter, extensions }
}

/** UTCTime or GeneralizedTime, in the only forms that RFC 5280 allows. */
function readTime(period: DerReader): number {
  const long = period.next === tag.generalizedTime
  const content = period.take(long ? tag.generalizedTime : tag.utcTime).content
  const text = Buffer.from(content.subarray(0, 16)).toString('latin1')
  const parts = (long ? /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/ : /^(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/).exec(
    text,
  )
  if (parts === null) throw new DerError('a time in another form')
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts.slice(1).map(Number)
  const fullYear = long ? year : year < 50 ? 2000 + year : 1900 + year
  return Date.UTC(fullYear, month - 1, day, hour, minute, second)
}

function findSignedKey(extensions: DerReader): Uint8Array {
  let found: Uint8Array | undefined
  while (extensions.next !== undefined) {
    const extension = extensions.enter(tag.sequence)
    const id = extension.take(tag.objectId).content
    const critical = extension.next === tag.boolean
    if (critical && !equal(extension.take(tag.boolean).content, derTrue))
      throw new DerError('an extension that is half critical')
    const value = extension.take(tag.octetString).content
    extension.end()
    if (equal(id, extensionId)) {
      if (found !== undefined) throw new CertificateError('it names two identities')
      found = value
    } else if (critical) {
      throw new CertificateError('it has a critical extension that Holdfast does not know')
    }
  }
  if (found === undefined) throw new CertificateError('it names none')
  return found
}

function readSignedKey(bytes: Uint8Array): { identityKey: Uint8Array; proof: Uint8Array } {
  const wrapper = new DerReader(bytes)
  const pair = wrapper.enter(tag.sequence)
  wrapper.end()
  const key = pair.take(tag.octetString).content
  const proof = pair.take(tag.octetString).content
  pair.end()
  if (key.length !== libp2pKeyPrefix.length + publicKeyLength || !startsWith(key, libp2pKeyPrefix)) {
    throw new CertificateError('the identity that it names is not an Ed25519 key')
  }
  if (proof.length !== signatureLength) throw new CertificateError('the identity that it names has not signed its key')
  return { identityKey: key.subarray(libp2pKeyPrefix.length), proof }
}

function importKey(info: Uint8Array): KeyObject {
  try {
    return createPublicKey({ key: Buffer.from(info), format: 'der', type: 'spki' })
  } catch (error) {
    throw new CertificateError('a key in it is none', { cause: error })
  }
}

function startsWith(bytes: Uint8Array, prefix: Uint8Array): boolean {
  return equal(bytes.subarray(0, prefix.length), prefix)
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0
}
