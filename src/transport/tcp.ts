import { createSecureContext, type SecureContext } from 'node:tls'
import { type Clock, systemClock } from '../clock.ts'
import { type Certificate, createCertificate } from '../identity/certificate.ts'
import type { Identity } from '../identity/identity.ts'
import { CertificateVerifier } from '../identity/verify-certificate.ts'
import { parseTcpAddress } from './tcp-address.ts'
import { dialTcp } from './tcp-dial.ts'
import { InvalidAddressError } from './tcp-errors.ts'
import { type TcpLimits, TcpListener } from './tcp-listen.ts'
import { contextOptions } from './tcp-security.ts'
import { answerToSmallHello } from './tcp-small-hello.ts'
import type { Transport } from './transport.ts'

/** Options of `tcpTransport`. */
export interface TcpTransportOptions {
  /** Who this node is. */
  readonly identity: Identity
  /** Bounds on strangers, for each listener; what is left out is as in `tcpLimits`. */
  readonly limits?: Partial<TcpLimits>
  /** Default: the system's. */
  readonly clock?: Clock
}

/**
 * The bounds of a listener unless others are given. A stranger takes 5 KiB while waiting, 30 KiB once TLS has begun and
 * at most 210 KiB when it fills every buffer (measured), so all of them together take at most 30 MiB.
 */
export const tcpLimits: TcpLimits = {
  handshakesMax: 128,
  handshakesPerAddressMax: 16,
  waitingMax: 512,
  waitingPerAddressMax: 256,
  handshakeTimeoutMs: 10_000,
}

/**
 * TLS 1.3 on TCP, both sides authenticated by their identities. Addresses: `tcp://host:port`.
 * `dial` throws `InvalidAddressError`, `ConnectError`, `WrongPeerError` or the signal's reason; `listen` throws
 * `InvalidAddressError` or `ListenError`.
 */
export function tcpTransport({ identity, limits, clock = systemClock }: TcpTransportOptions): Transport {
  const verifier = new CertificateVerifier()
  let made: Promise<{ certificate: Certificate; context: SecureContext }> | undefined
  // One certificate for the life of the transport, made when it is first needed.
  const credentials = (): Promise<{ certificate: Certificate; context: SecureContext }> => {
    made ??= createCertificate(identity).then((certificate) => ({
      certificate,
      context: createSecureContext(contextOptions(certificate)),
    }))
    return made
  }

  return {
    scheme: 'tcp',

    async dial(text, { expect, localAddress, signal, connected }) {
      const address = parseTcpAddress(text)
      if (address.port === 0) throw new InvalidAddressError(text, 'port 0 cannot be dialed')
      const { context } = await credentials()
      return dialTcp({ text, address, expect, localAddress, context, verifier, clock, connected }, signal)
    },

    async answersSmall(text, signal) {
      return answerToSmallHello(parseTcpAddress(text), signal)
    },

    async listen(text, arrived) {
      const address = parseTcpAddress(text)
      const { certificate } = await credentials()
      return TcpListener.start(text, address, {
        certificate,
        verifier,
        limits: { ...tcpLimits, ...limits },
        clock,
        arrived,
      })
    },
  }
}
