import { connect as connectTcp } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { formatTcpAddress, type TcpAddress } from './tcp-address.ts'

/**
 * A TLS hello that fits one small packet (about 300 bytes), and that a node answers by an alert of seven bytes: one group of 32 bytes instead of the usual hybrid one of
 * 1,216, and a protocol that no node speaks.
 */
const smallHello = {
  ALPNProtocols: ['holdfast-reply'],
  ecdhCurve: 'X25519',
  sigalgs: 'ecdsa_secp256r1_sha256',
  minVersion: 'TLSv1.3',
  rejectUnauthorized: false,
} as const

/**
 * Connects, sends a hello of one small packet, and resolves when the first byte comes back, with the own end of the connection as an address. Rejects with the system's error if
 * the connection fails before, or with the reason of `signal`. Nothing is authenticated: what comes back says no more than that small packets pass both ways.
 */
export function answerToSmallHello(address: TcpAddress, signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(signal.reason as Error)
      return
    }
    const tcp = connectTcp({ ...address, autoSelectFamily: true })
    let localAddress = ''
    const settle = (finish: () => void): void => {
      signal.removeEventListener('abort', aborted)
      tcp.destroy()
      finish()
    }
    const aborted = (): void => settle(() => reject(signal.reason as Error))
    const ended = (error: Error): void => settle(() => (tcp.bytesRead > 0 ? resolve(localAddress) : reject(error)))
    signal.addEventListener('abort', aborted, { once: true })
    tcp.on('error', ended)
    tcp.once('connect', () => {
      localAddress = formatTcpAddress(tcp.localAddress ?? '', tcp.localPort ?? 0)
      const tls = connectTls({ ...smallHello, socket: tcp })
      tls.on('error', ended)
      tls.once('secureConnect', () => settle(() => resolve(localAddress)))
      tls.once('close', () => ended(new Error('The connection was closed')))
    })
  })
}
