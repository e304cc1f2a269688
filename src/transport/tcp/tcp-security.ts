// How Holdfast uses TLS: 1.3 only, both sides authenticated by their certificates, no authorities, no resumption.
import { constants } from 'node:crypto'
import type { CommonConnectionOptions, SecureContextOptions, TLSSocket, TLSSocketOptions } from 'node:tls'
import type { Certificate } from '../../identity/certificate.ts'
import type { PeerId } from '../../identity/peer-id.ts'
import { CertificateError, type CertificateVerifier } from '../../identity/verify-certificate.ts'

/**
 * The protocols that both ends name in TLS (RFC 7301). The dialer of the newer one proves its identity inside of TLS; that of the older one, of minor
 * versions 0 to 2, shows a certificate.
 */
export const proofProtocol = 'holdfast/1.3'
export const certificateProtocol = 'holdfast/1'
export type Protocol = typeof proofProtocol | typeof certificateProtocol

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
    // Others cost OpenSSL up to five times as much.
    ecdhCurve: 'X25519MLKEM768:X25519:P-256',
    // No authority is trusted, so the system's list of them need not be loaded.
    ca: [],
    // Nothing is ever resumed, so that every link proves both identities afresh.
    // The listener's order of ciphers counts.
    secureOptions: constants.SSL_OP_NO_TICKET | constants.SSL_OP_CIPHER_SERVER_PREFERENCE,
  }
}

/** Settings of a connection for the side that dials. Certificates are self-signed: `certifiedPeer` judges them, not OpenSSL. */
export const dialOptions: CommonConnectionOptions = {
  rejectUnauthorized: false,
  ALPNProtocols: [proofProtocol, certificateProtocol],
}

/** The protocol that a listener speaks with somebody who offers these. */
export function chooseProtocol(offered: readonly string[]): Protocol | undefined {
  return [proofProtocol, certificateProtocol].find((protocol): protocol is Protocol => offered.includes(protocol))
}

/**
 * Settings of a connection for the side that listens. A certificate that was not asked for is refused unread by OpenSSL. Of a list of protocols Node keeps a copy
 * for each connection, which holds on to a whole page of its pool.
 */
export function listenOptions(protocol: Protocol): TLSSocketOptions {
  const requestCert = protocol === certificateProtocol
  return { isServer: true, requestCert, rejectUnauthorized: false, ALPNCallback: () => protocol }
}

/**
 * The peer whom the other side's certificate has just proven it to be. Must be called before anything that came from there is looked
 * at. Throws `CertificateError`.
 */
export function certifiedPeer(socket: TLSSocket, verifier: CertificateVerifier, nowMs: number): PeerId {
  if (socket.alpnProtocol !== proofProtocol && socket.alpnProtocol !== certificateProtocol)
    throw new CertificateError('it was not shown for a protocol of Holdfast')
  const certificate = socket.getPeerX509Certificate()
  if (certificate === undefined) throw new CertificateError('it has shown none')
  if (certificate.issuerCertificate !== undefined) throw new CertificateError('it has shown more than one')
  return verifier.verify(certificate.raw, nowMs)
}
