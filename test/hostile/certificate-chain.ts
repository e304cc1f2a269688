import { createPublicKey, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'
import { ecdsaWithSha256, version3 } from '../../src/identity/certificate-form.ts'
import { der, tag } from '../../src/identity/der.ts'

const RSA_BYTES = 384
/** Of the order of sect571r1. */
const SLOW_SCALAR_BYTES = 71
const TINY_CHAIN = 5
const commonName = Uint8Array.of(0x55, 0x04, 0x03)
const validity = der(
  tag.sequence,
  der(tag.utcTime, Buffer.from('700101000000Z')),
  der(tag.generalizedTime, Buffer.from('99991231235959Z')),
)

/** A certificate that OpenSSL can read, and behind it a chain of others with RSA keys that need no valid signature: work for whoever checks it. */
export function bogusChain(count: number): { readonly key: string; readonly cert: string } {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const modulus = randomBytes(RSA_BYTES)
  modulus.writeUInt8(modulus.readUInt8(0) | 0x80, 0)
  modulus.writeUInt8(modulus.readUInt8(RSA_BYTES - 1) | 1, RSA_BYTES - 1)
  const rsa = createPublicKey({ key: { kty: 'RSA', n: modulus.toString('base64url'), e: 'AQAB' }, format: 'jwk' })
  const chain = [certificate(publicKey, 0, privateKey)]
  while (chain.length < count) chain.push(certificate(rsa, chain.length, undefined))
  return { key: privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(), cert: chain.map(pem).join('') }
}

/** Of what fits under the cap on certificates, the chain that OpenSSL works on the longest: one check of a signature on a curve that is slow. It needs no valid one. */
export function costlyChain(): { readonly key: string; readonly cert: string } {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const { publicKey: slow } = generateKeyPairSync('ec', { namedCurve: 'sect571r1' })
  const scalar = (): Uint8Array => {
    const bytes = randomBytes(SLOW_SCALAR_BYTES)
    // Positive, and below the order of the curve.
    bytes.writeUInt8(1, 0)
    return der(tag.integer, bytes)
  }
  const forged = der(tag.sequence, scalar(), scalar())
  const chain = [certificate(publicKey, 0, undefined, forged), certificate(slow, 1, undefined, Uint8Array.of(1))]
  return { key: privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(), cert: chain.map(pem).join('') }
}

/** As many certificates as fit under the cap, the smallest there are. */
export function tinyChain(): { readonly key: string; readonly cert: string } {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const { publicKey: small } = generateKeyPairSync('ed25519')
  const signature = Uint8Array.of(1)
  const chain = [certificate(publicKey, 0, undefined, signature)]
  while (chain.length < TINY_CHAIN) chain.push(certificate(small, chain.length, undefined, signature))
  return { key: privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(), cert: chain.map(pem).join('') }
}

/** Issued by the one with the next number. */
function certificate(
  key: KeyObject,
  number: number,
  signer: KeyObject | undefined,
  forged: Uint8Array = randomBytes(RSA_BYTES),
): Uint8Array {
  const body = der(
    tag.sequence,
    der(tag.version, der(tag.integer, version3)),
    der(tag.integer, Uint8Array.of(1)),
    ecdsaWithSha256,
    name(number + 1),
    validity,
    name(number),
    key.export({ format: 'der', type: 'spki' }),
  )
  const signature = signer === undefined ? forged : sign('sha256', body, signer)
  return der(tag.sequence, body, ecdsaWithSha256, der(tag.bitString, Uint8Array.of(0), signature))
}

function name(number: number): Uint8Array {
  const set = 0x31
  const utf8 = 0x0c
  return der(
    tag.sequence,
    der(set, der(tag.sequence, der(tag.objectId, commonName), der(utf8, Buffer.from(String(number))))),
  )
}

function pem(bytes: Uint8Array): string {
  const lines =
    Buffer.from(bytes)
      .toString('base64')
      .match(/.{1,64}/g) ?? []
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n')
}
