// Making the certificate that a node shows: a fresh key of a kind that every TLS library can use, self-signed, with an
// extension in which the Ed25519 identity signs that key.
//
// Its form is fixed, so it is put together here. @peculiar/x509 would do it too, but needs a polyfill on the global
// `Reflect`, brings 20 packages and takes 75 ms of each start (measured).
import { generateKeyPair, type KeyObject, randomBytes, sign } from 'node:crypto'
import { promisify } from 'node:util'
import { derTrue, ecdsaWithSha256, extensionId, libp2pKeyPrefix, signedPrefix, version3 } from './certificate-form.ts'
import { der, tag } from './der.ts'
import type { Identity } from './identity.ts'

// All of the time that a clock can show: a board without a battery wakes up in 1970. Freshness does not come from here
// but from the key, which lives as long as the process.
const validity = der(
  tag.sequence,
  der(tag.utcTime, Buffer.from('700101000000Z')),
  der(tag.generalizedTime, Buffer.from('99991231235959Z')),
)
const emptyName = der(tag.sequence)
const generateKeyPairAsync = promisify(generateKeyPair)

/** A certificate and its private key, in PEM, as `tls.createSecureContext` takes them. */
export interface Certificate {
  readonly key: string
  readonly cert: string
}

/** Makes a certificate, with a key of its own, for this run of the node. */
export async function createCertificate(identity: Identity): Promise<Certificate> {
  const { privateKey, publicKey } = await generateKeyPairAsync('ec', { namedCurve: 'P-256' })
  const bytes = buildCertificate(identity, privateKey, publicKey)
  const cert = `-----BEGIN CERTIFICATE-----\n${Buffer.from(bytes).toString('base64')}\n-----END CERTIFICATE-----\n`
  return { key: privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(), cert }
}

function buildCertificate(identity: Identity, privateKey: KeyObject, publicKey: KeyObject): Uint8Array {
  const keyInfo = publicKey.export({ format: 'der', type: 'spki' })
  const signedKey = der(
    tag.sequence,
    der(tag.octetString, libp2pKeyPrefix, identity.publicKey),
    der(tag.octetString, identity.sign(Buffer.concat([signedPrefix, keyInfo]))),
  )
  const extension = der(
    tag.sequence,
    der(tag.objectId, extensionId),
    der(tag.boolean, derTrue),
    der(tag.octetString, signedKey),
  )
  const body = der(
    tag.sequence,
    der(tag.version, der(tag.integer, version3)),
    der(tag.integer, serialNumber()),
    ecdsaWithSha256,
    emptyName,
    validity,
    emptyName,
    keyInfo,
    der(tag.extensions, der(tag.sequence, extension)),
  )
  const signature = sign('sha256', body, privateKey)
  return der(tag.sequence, body, ecdsaWithSha256, der(tag.bitString, Uint8Array.of(0), signature))
}

function serialNumber(): Uint8Array {
  const serial = randomBytes(8)
  // Positive, and never with a leading zero that DER would have dropped.
  serial.writeUInt8((serial.readUInt8(0) & 0x3f) | 0x40, 0)
  return serial
}
