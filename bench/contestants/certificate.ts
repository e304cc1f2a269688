import { generateKeyPairSync, randomBytes, sign } from 'node:crypto'

/** A private key and its certificate, in PEM. */
export interface Credentials {
  readonly key: string
  readonly cert: string
}

/**
 * A self-signed ECDSA P-256 certificate (RFC 5280), valid for the years 2020 to 2049. Written out by hand because the
 * libraries that make certificates would be loaded into the very process whose memory is the reference.
 */
export function selfSigned(commonName: string): Credentials {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const name = sequence(set(sequence(COMMON_NAME, element(0x0c, Buffer.from(commonName)))))
  const toBeSigned = sequence(
    element(0xa0, element(0x02, Buffer.from([2]))),
    element(0x02, Buffer.concat([Buffer.from([1]), randomBytes(8)])),
    ECDSA_WITH_SHA256,
    name,
    sequence(element(0x17, Buffer.from('200101000000Z')), element(0x17, Buffer.from('491231235959Z'))),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
  )
  const signature = element(0x03, Buffer.concat([Buffer.from([0]), sign('sha256', toBeSigned, privateKey)]))
  const certificate = sequence(toBeSigned, ECDSA_WITH_SHA256, signature)
  const base64 = certificate.toString('base64').replace(/.{64}/g, '$&\n')
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    cert: `-----BEGIN CERTIFICATE-----\n${base64}\n-----END CERTIFICATE-----\n`,
  }
}

/** Object identifier 2.5.4.3. */
const COMMON_NAME = Buffer.from('0603550403', 'hex')
/** The algorithm ecdsa-with-SHA256, object identifier 1.2.840.10045.4.3.2. */
const ECDSA_WITH_SHA256 = Buffer.from('300a06082a8648ce3d040302', 'hex')

function sequence(...parts: Buffer[]): Buffer {
  return element(0x30, Buffer.concat(parts))
}

function set(content: Buffer): Buffer {
  return element(0x31, content)
}

/** Tag, length and content by the distinguished encoding rules; contents up to 65,535 bytes. */
function element(tag: number, content: Buffer): Buffer {
  const { length } = content
  const head =
    length < 0x80 ? [tag, length] : length < 0x100 ? [tag, 0x81, length] : [tag, 0x82, length >> 8, length & 0xff]
  return Buffer.concat([Buffer.from(head), content])
}
