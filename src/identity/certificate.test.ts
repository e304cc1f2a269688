import { createPrivateKey, generateKeyPairSync, sign, X509Certificate } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createCertificate } from './certificate.ts'
import { ecdsaWithSha256, extensionId, libp2pKeyPrefix, p256InfoPrefix, signedPrefix } from './certificate-form.ts'
import { der, tag } from './der.ts'
import { generateIdentity, type Identity } from './identity.ts'
import { peerIdFromPublicKey } from './peer-id.ts'
import { CertificateError, CertificateVerifier, verifyCertificate } from './verify-certificate.ts'

// The test vectors of the specification (libp2p/specs, tls/tls.md).
const vectors = {
  ed25519:
    '308201773082011ea003020102020900f5bd0debaa597f52300a06082a8648ce3d04030230003020170d3735303130313030303030305a180f3430' +
    '3936303130313030303030305a30003059301306072a8648ce3d020106082a8648ce3d030107034200046bf9871220d71dcb3483ecdfcbfcc7c103' +
    'f8509d0974b3c18ab1f1be1302d643103a08f7a7722c1b247ba3876fe2c59e26526f479d7718a85202ddbe47562358a37f307d307b060a2b060104' +
    '0183a25a01010101ff046a30680424080112207fda21856709c5ae12fd6e8450623f15f11955d384212b89f56e7e136d2e17280440aaa6bffabe91' +
    'b6f30c35e3aa4f94b1188fed96b0ffdd393f4c58c1c047854120e674ce64c788406d1c2c4b116581fd7411b309881c3c7f20b46e54c7e6fe7f0f30' +
    '0a06082a8648ce3d040302034700304402207d1a1dbd2bda235ff2ec87daf006f9b04ba076a5a5530180cd9c2e8f6399e09d0220458527178c7e77' +
    '024601dbb1b256593e9b96d961b96349d1f560114f61a87595',
  ecdsa:
    '308201c030820166a003020102020900eaf419a6e3edb4a6300a06082a8648ce3d04030230003020170d3735303130313030303030305a180f3430' +
    '3936303130313030303030305a30003059301306072a8648ce3d020106082a8648ce3d030107034200048dbf1116c7c608d6d5292bd826c3feb534' +
    '83a89fce434bf64538a359c8e07538ff71f6766239be6a146dcc1a5f3bb934bcd4ae2ae1d4da28ac68b4a20593f06ba381c63081c33081c0060a2b' +
    '0601040183a25a01010101ff0481ae3081ab045f0803125b3059301306072a8648ce3d020106082a8648ce3d0301070342000484b93fa456a74bd0' +
    '153919f036db7bc63c802f055bc7023395d0203de718ee0fc7b570b767cdd858aca6c7c4113ff002e78bd2138ac1a3b26dde3519e06979ad044830' +
    '46022100bc84014cea5a41feabdf4c161096564b9ccf4b62fbef4fe1cd382c84e11101780221009204f086a84cb8ed8a9ddd7868dc90c792ee434a' +
    'df62c66f99a08a5eba11615b300a06082a8648ce3d0403020348003045022054b437be9a2edf591312d68ff24bf91367ad4143f76cf80b5658f232' +
    'ade820da022100e23b48de9df9c25d4c83ddddf75d2676f0b9318ee2a6c88a736d85eab94a912f',
  mismatch:
    '308201773082011da003020102020830a73c5d896a1109300a06082a8648ce3d04030230003020170d3735303130313030303030305a180f343039' +
    '36303130313030303030305a30003059301306072a8648ce3d020106082a8648ce3d03010703420004bbe62df9a7c1c46b7f1f21d556deec5382a3' +
    '6df146fb29c7f1240e60d7d5328570e3b71d99602b77a65c9b3655f62837f8d66b59f1763b8c9beba3be07778043a37f307d307b060a2b06010401' +
    '83a25a01010101ff046a3068044408011220ec8094573afb9728088860864f7bcea2d4fd412fef09a8e2d24d482377c20db60440ecabae8354afa2' +
    'f0af4b8d2ad871e865cb5a7c0c8d3dbdbf42de577f92461a0ebb0a28703e33581af7d2a4f2270fc37aec6261fcc95f8af08f3f4806581c730a300a' +
    '06082a8648ce3d040302034800304502202dfb17a6fa0f94ee0e2e6a3b9fb6e986f311dee27392058016464bd130930a61022100ba4b937a11c8d3' +
    '172b81e7cd04aedb79b978c4379c2b5b24d565dd5d67d3cb3c',
}

const nowMs = Date.UTC(2026, 0, 1)
const identity = generateIdentity()
const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const keyInfo = publicKey.export({ format: 'der', type: 'spki' })
const bytes = (text: string): Uint8Array => Buffer.from(text)
const time = (text: string): Uint8Array => der(text.length === 13 ? tag.utcTime : tag.generalizedTime, bytes(text))
const isTrue = der(tag.boolean, Uint8Array.of(0xff))

/** The parts of a certificate, each of which a test may spoil. The signature is right for whatever they are. */
interface Parts {
  version?: Uint8Array
  algorithm?: Uint8Array
  outerAlgorithm?: Uint8Array
  period?: Uint8Array[]
  keyInfo?: Uint8Array
  extensions?: Uint8Array[]
  beforeExtensions?: Uint8Array[]
  afterExtensions?: Uint8Array[]
  end?: Uint8Array[]
}

function extension(value: Uint8Array, id: Uint8Array = extensionId, critical: Uint8Array[] = [isTrue]): Uint8Array {
  return der(tag.sequence, der(tag.objectId, id), ...critical, der(tag.octetString, value))
}

function signedKey(
  of: Identity = identity,
  key: Uint8Array = of.publicKey,
  prefix: Uint8Array = libp2pKeyPrefix,
): Uint8Array {
  const proof = of.sign(Buffer.concat([signedPrefix, keyInfo]))
  return der(tag.sequence, der(tag.octetString, prefix, key), der(tag.octetString, proof))
}

function certificate(parts: Parts = {}): Uint8Array {
  const body = der(
    tag.sequence,
    der(tag.version, der(tag.integer, parts.version ?? Uint8Array.of(2))),
    der(tag.integer, Uint8Array.of(1)),
    parts.algorithm ?? ecdsaWithSha256,
    der(tag.sequence),
    der(tag.sequence, ...(parts.period ?? [time('250101000000Z'), time('20300101000000Z')])),
    der(tag.sequence),
    parts.keyInfo ?? keyInfo,
    ...(parts.beforeExtensions ?? []),
    der(tag.extensions, der(tag.sequence, ...(parts.extensions ?? [extension(signedKey())]))),
    ...(parts.afterExtensions ?? []),
  )
  const signature = sign('sha256', body, privateKey)
  const outer = [body, parts.outerAlgorithm ?? ecdsaWithSha256, der(tag.bitString, Uint8Array.of(0), signature)]
  return der(tag.sequence, ...outer, ...(parts.end ?? []))
}

describe('certificates', () => {
  it('prove the identity that made them', async () => {
    const made = await createCertificate(identity)
    const parsed = new X509Certificate(made.cert)
    expect(verifyCertificate(parsed.raw, nowMs)).toBe(identity.id)
    expect(parsed.raw.length).toBeLessThan(400)
    // As another implementation sees it.
    expect(parsed.verify(parsed.publicKey)).toBe(true)
    expect(parsed.checkPrivateKey(createPrivateKey(made.key))).toBe(true)
    expect(parsed.publicKey.asymmetricKeyDetails?.namedCurve).toBe('prime256v1')
    for (const year of [1970, 2026, 9000]) expect(verifyCertificate(parsed.raw, Date.UTC(year))).toBe(identity.id)
    expect((await createCertificate(identity)).cert).not.toBe(made.cert)
  })

  it('are read as the specification’s test vectors say', () => {
    const key = Buffer.from('7fda21856709c5ae12fd6e8450623f15f11955d384212b89f56e7e136d2e1728', 'hex')
    expect(verifyCertificate(Buffer.from(vectors.ed25519, 'hex'), nowMs)).toBe(peerIdFromPublicKey(key))
    expect(() => verifyCertificate(Buffer.from(vectors.ecdsa, 'hex'), nowMs)).toThrow(/is not an Ed25519 key/)
    expect(() => verifyCertificate(Buffer.from(vectors.mismatch, 'hex'), nowMs)).toThrow(CertificateError)
  })

  it('are accepted as other implementations may write them', () => {
    const unknown = extension(Uint8Array.of(5, 0), Uint8Array.of(0x55, 0x1d, 0x0e), [])
    const variants: Parts[] = [
      {},
      { extensions: [unknown, extension(signedKey())] },
      { extensions: [extension(signedKey(), extensionId, [])] },
      { period: [time('20200101000000Z'), time('491231235959Z')] },
    ]
    for (const parts of variants) expect(verifyCertificate(certificate(parts), nowMs)).toBe(identity.id)
  })

  it('are refused for anything that is not as it must be', () => {
    const p384 = generateKeyPairSync('ec', { namedCurve: 'P-384' }).publicKey.export({ format: 'der', type: 'spki' })
    const offCurve = Buffer.concat([p256InfoPrefix, Buffer.alloc(64, 7)])
    const other = generateIdentity()
    const ecdsaWithSha1 = Buffer.from('300906072a8648ce3d0401', 'hex')
    const keyUsage = Uint8Array.of(0x55, 0x1d, 0x0f)
    const stolen = der(
      tag.sequence,
      der(tag.octetString, libp2pKeyPrefix, identity.publicKey),
      der(tag.octetString, identity.sign(Buffer.concat([signedPrefix, p384]))),
    )
    const short = der(
      tag.sequence,
      der(tag.octetString, libp2pKeyPrefix, identity.publicKey),
      der(tag.octetString, bytes('x')),
    )
    const good = extension(signedKey())
    const refused: [Parts, RegExp][] = [
      [{ version: Uint8Array.of(1) }, /not of X.509 version 3/],
      [{ algorithm: ecdsaWithSha1 }, /two signature algorithms/],
      [{ outerAlgorithm: ecdsaWithSha1 }, /not signed by ECDSA with SHA-256/],
      [{ keyInfo: p384 }, /not an ECDSA key on the named curve P-256/],
      [{ keyInfo: offCurve }, /a key in it is none/],
      [{ extensions: [] }, /it names none/],
      [{ extensions: [good, good] }, /names two identities/],
      [{ extensions: [good, extension(bytes('x'), keyUsage)] }, /critical extension/],
      [{ extensions: [extension(signedKey(), extensionId, [der(tag.boolean, Uint8Array.of(1))])] }, /malformed/],
      [{ extensions: [extension(Buffer.concat([signedKey(), bytes('x')]))] }, /malformed/],
      [{ extensions: [extension(signedKey(identity, other.publicKey))] }, /has not signed its key/],
      [{ extensions: [extension(stolen)] }, /has not signed its key/],
      [{ extensions: [extension(short)] }, /has not signed its key/],
      [{ extensions: [extension(signedKey(identity, Buffer.alloc(31)))] }, /not an Ed25519 key/],
      [
        { extensions: [extension(signedKey(identity, identity.publicKey, Buffer.from('08021220', 'hex')))] },
        /not an Ed25519/,
      ],
      [{ period: [time('270101000000Z'), time('280101000000Z')] }, /not valid yet/],
      [{ period: [time('240101000000Z'), time('250101000000Z')] }, /has expired/],
      [{ period: [time('2401010000Z'), time('280101000000Z')] }, /malformed/],
      [{ period: [time('20240101000000.5Z'), time('280101000000Z')] }, /malformed/],
      [{ beforeExtensions: [der(0x81, Uint8Array.of(0, 1))] }, /malformed/],
      [{ afterExtensions: [der(0x30)] }, /malformed/],
      [{ end: [der(0x30)] }, /malformed/],
      [{ extensions: [good, extension(new Uint8Array(9000), keyUsage, [])] }, /more than 8192/],
    ]
    for (const [parts, message] of refused) {
      expect(() => verifyCertificate(certificate(parts), nowMs)).toThrow(message)
      expect(() => verifyCertificate(certificate(parts), nowMs)).toThrow(CertificateError)
    }
  })

  it('allow a day for clocks that differ', () => {
    const hour = 3_600_000
    const made = certificate({ period: [time('260101000000Z'), time('260102000000Z')] })
    const verifier = new CertificateVerifier()
    for (const hours of [-23, 0, 47]) expect(verifier.verify(made, nowMs + hours * hour)).toBe(identity.id)
    // Also when the certificate is remembered.
    expect(() => verifier.verify(made, nowMs - 25 * hour)).toThrow(/compare the clocks/)
    expect(() => verifier.verify(made, nowMs + 49 * hour)).toThrow(/compare the clocks/)
  })

  it('are refused once a bit is changed anywhere, also by a verifier that knows the right one', () => {
    const made = certificate()
    const verifier = new CertificateVerifier()
    expect(verifier.verify(made, nowMs)).toBe(identity.id)
    fc.assert(
      fc.property(fc.nat(made.length * 8 - 1), (bit) => {
        const changed = Uint8Array.from(made)
        changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7))
        expect(() => verifier.verify(changed, nowMs)).toThrow(CertificateError)
      }),
      { numRuns: 500 },
    )
  })

  it('are refused when cut off, or when they are no certificates at all', () => {
    const made = certificate()
    for (let length = 0; length < made.length; length++) {
      expect(() => verifyCertificate(made.subarray(0, length), nowMs)).toThrow(CertificateError)
    }
    expect(() => verifyCertificate(Buffer.concat([made, made]), nowMs)).toThrow(/malformed/)
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (noise) => {
        expect(() => verifyCertificate(noise, nowMs)).toThrow(CertificateError)
      }),
    )
  })
})
