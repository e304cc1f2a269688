// How Holdfast uses TLS: 1.3 only, both sides authenticated by their certificates, no authorities, no resumption.
import { constants } from 'node:crypto'
import type { CommonConnectionOptions, SecureContextOptions, TLSSocket, TlsOptions } from 'node:tls'
import type { Certificate } from '../identity/certificate.ts'
import type { PeerId } from '../identity/peer-id.ts'
import { CertificateError, type CertificateVerifier } from '../identity/verify-certificate.ts'

/** The protocol that both ends must name in TLS (RFC 7301); a new one is a new wire format. */
const alpn = 'holdfast/1'

/** Settings of a `SecureContext` for either side. */
export function contextOptions(certificate: Certificate): SecureContextOptions {
  return {
    ...certificate,
    minVersion: 'TLSv1.3',
    maxVersion: 'TLSv1.3',
    // AES-128 first: with the processor's help it is the fastest. ChaCha20 is for those without it.
    ciphers: 'TLS_AES_128_GCM_SHA256:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_256_GCM_SHA384',
    // The only one that Holdfast's certificates need; others would only let a stranger choose costlier ones.
    sigalgs: 'ecdsa_secp256r1_sha256',
    // No authority is trusted, so the system's list of them need not be loaded.
    ca: [],
    // Nothing is ever resumed, so that every link proves both identities afresh.
    secureOptions: constants.SSL_OP_NO_TICKET,
  }
}

/** Settings of a connection for either side. Certificates are self-signed: `authenticatedPeer` judges them, not OpenSSL. */
const connectionOptions = { requestCert: true, rejectUnauthorized: false }

/** Settings of a connection for the side that dials. */
export const dialOptions: CommonConnectionOptions = { ...connectionOptions, ALPNProtocols: [alpn] }

/** Settings of all connections of a listener. Of a list of protocols Node keeps a copy for each connection, which holds on to a whole page of its pool. */
export const listenOptions: TlsOptions = {
  ...connectionOptions,
  ALPNCallback: ({ protocols }) => protocols.find((protocol) => protocol === alpn),
}

/**
 * The peer that TLS has just proven the other side to be. Must be called before anything that came from there is looked
 * at. Throws `CertificateError`.
 */
export function authenticatedPeer(socket: TLSSocket, verifier: CertificateVerifier, nowMs: number): PeerId {
  if (socket.alpnProtocol !== alpn) throw new CertificateError(`it was not shown for ${alpn}`)
  const certificate = socket.getPeerX509Certificate()
  if (certificate === undefined) throw new CertificateError('it has shown none')
  if (certificate.issuerCertificate !== undefined) throw new CertificateError('it has shown more than one')
  return verifier.verify(certificate.raw, nowMs)
}
