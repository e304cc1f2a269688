import { createSecureContext, type SecureContext } from 'node:tls'
import { type Clock, systemClock } from '../../clock.ts'
import { createCertificate } from '../../identity/certificate.ts'
import type { Identity } from '../../identity/identity.ts'
import { CertificateVerifier } from '../../identity/verify-certificate.ts'
import type { Transport } from '../transport.ts'
import { parseTcpAddress } from './tcp-address.ts'
import { dialTcp } from './tcp-dial.ts'
import { InvalidAddressError } from './tcp-errors.ts'
import { type TcpLimits, TcpListener } from './tcp-listen.ts'
import { contextOptions } from './tcp-security.ts'
import { answerToSmallHello } from './tcp-small-hello.ts'

/** Options of `tcpTransport`. */
export interface TcpTransportOptions {
  /** Who this node is. */
  readonly identity: Identity
  /** Bounds on strangers, for each listener; what is left out is as in `tcpLimits`. */
  readonly limits?: Partial<TcpLimits>
  /** Default: the system's. */
  readonly clock?: Clock
}

/** The bounds of a listener unless others are given. What strangers take at most was measured: docs/limits.md. */
export const tcpLimits: TcpLimits = {
  handshakesMax: 128,
  handshakesPerPrefixMax: [16, 32, 64],
  knownHandshakesMax: 32,
  handshakeRate: { atOnce: 128, perSecond: 100 },
  handshakeRatePerPrefix: [
    { atOnce: 32, perSecond: 10 },
    { atOnce: 48, perSecond: 20 },
    { atOnce: 64, perSecond: 40 },
  ],
  waitingMax: 512,
  helloTimeoutMs: 5_000,
  handshakeTimeoutMs: 10_000,
}

/**
 * TLS 1.3 on TCP, both sides authenticated by their identities. Addresses: `tcp://host:port`.
 * `dial` throws `InvalidAddressError`, `ConnectError`, `WrongPeerError` or the signal's reason; `listen` throws
 * `InvalidAddressError` or `ListenError`.
 */
export function tcpTransport({ identity, limits, clock = systemClock }: TcpTransportOptions): Transport {
  const verifier = new CertificateVerifier()
  let made: Promise<SecureContext> | undefined
  // One certificate for the life of the transport, made when it is first needed.
  const secureContext = (): Promise<SecureContext> => {
    made ??= createCertificate(identity).then((certificate) => createSecureContext(contextOptions(certificate)))
    return made
  }

  return {
    scheme: 'tcp',

    async dial(text, { expect, localAddress, isDoubtful = false, signal, connected }) {
      const address = parseTcpAddress(text)
      if (address.port === 0) throw new InvalidAddressError(text, 'port 0 cannot be dialed')
      const context = await secureContext()
      const credentials = { identity, context, verifier, clock }
      return dialTcp({ text, address, expect, localAddress, isDoubtful, connected, ...credentials }, signal)
    },

    async answersSmall(text, signal) {
      return answerToSmallHello(parseTcpAddress(text), signal)
    },

    async listen(text, arrived) {
      const address = parseTcpAddress(text)
      const context = await secureContext()
      return TcpListener.start(text, address, {
        id: identity.id,
        context,
        verifier,
        limits: { ...tcpLimits, ...limits },
        clock,
        arrived,
      })
    },
  }
}
