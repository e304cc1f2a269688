import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer, type TLSSocket, type Server as TlsServer } from 'node:tls'
import type { Clock, Timer } from '../clock.ts'
import type { Certificate } from '../identity/certificate.ts'
import { CertificateError, type CertificateVerifier } from '../identity/verify-certificate.ts'
import { Admission, type AdmissionLimits, admissionAddress } from './admission.ts'
import { formatTcpAddress, type TcpAddress } from './tcp-address.ts'
import { TcpChannel } from './tcp-channel.ts'
import { HandshakeTimeoutError, ListenError } from './tcp-errors.ts'
import { authenticatedPeer, contextOptions, listenOptions } from './tcp-security.ts'
import { tuneSocket } from './tcp-socket.ts'
import type { Arrival, Listener } from './transport.ts'

/** Bounds on what strangers may take of a listener. */
export interface TcpLimits extends AdmissionLimits {
  /** From admission to `Arrival.settled()`; and, before that, for waiting. */
  readonly handshakeTimeoutMs: number
}

/** What a listener needs to know. */
export interface TcpListen {
  readonly certificate: Certificate
  readonly verifier: CertificateVerifier
  readonly limits: TcpLimits
  readonly clock: Clock
  readonly arrived: (arrival: Arrival) => void
}

/** A connection that has been accepted but has not proved to be anybody. */
interface Stranger {
  readonly socket: Socket
  /** See `connectionKey`; kept because a socket forgets its ends when it closes. */
  readonly key: string
  /** The deadline of its present stage. */
  timer: Timer
  /** Listens for its end, until it is settled: what it holds would else stay for as long as the connection. */
  readonly closed: () => void
  /** Once TLS is done. */
  channel?: TcpChannel
}

/** Accepts connections, lets them in a few at a time, and hands on those that have authenticated. */
export class TcpListener implements Listener {
  readonly #options: TcpListen
  readonly #server: Server
  /** Never listens by itself: it takes over the sockets that have been admitted. */
  readonly #tls: TlsServer
  readonly #admission: Admission<Stranger>
  /** Those in the TLS handshake, by their connection's two ends: what TLS hands out is another socket than what it was given. */
  readonly #inTls = new Map<string, Stranger>()
  #address = ''

  private constructor(options: TcpListen) {
    this.#options = options
    this.#server = createTcpServer({ pauseOnConnect: true }, (socket) => this.#accepted(socket))
    this.#tls = createTlsServer({
      ...listenOptions,
      ...contextOptions(options.certificate),
      // The limit is kept here, from admission on and for all stages at once.
      handshakeTimeout: 2 * options.limits.handshakeTimeoutMs,
    })
    this.#tls.on('secureConnection', (socket) => this.#secured(socket))
    this.#admission = new Admission(options.limits, {
      admit: (stranger) => this.#admitted(stranger),
      drop: (stranger) => this.#dropped(stranger),
    })
  }

  /** Starts to listen. Throws `ListenError`. */
  static async start(text: string, address: TcpAddress, options: TcpListen): Promise<TcpListener> {
    const listener = new TcpListener(options)
    const server = listener.#server
    await new Promise<void>((resolve, reject) => {
      server.once('error', (error) => reject(new ListenError(text, error)))
      server.listen(address, resolve)
    })
    // Accepting may fail later, above all for want of file descriptors. It goes on by itself once there are some again.
    server.removeAllListeners('error')
    server.on('error', () => undefined)
    const { address: host, port } = server.address() as AddressInfo
    listener.#address = formatTcpAddress(host, port)
    return listener
  }

  get address(): string {
    return this.#address
  }

  get unsettled(): number {
    return this.#admission.handshakes + this.#admission.waiting
  }

  /** Stops accepting and closes those who have not settled. Channels handed on and settled live on. */
  close(): Promise<void> {
    this.#server.close()
    for (const { socket, timer } of this.#admission.clear()) {
      timer.cancel()
      socket.destroy()
    }
    return Promise.resolve()
  }

  #accepted(socket: Socket): void {
    const ip = socket.remoteAddress
    // Gone before anybody looked.
    if (ip === undefined) {
      socket.destroy()
      return
    }
    const closed = (): void => this.#left(stranger)
    const stranger: Stranger = { socket, key: connectionKey(socket), timer: this.#deadline(socket), closed }
    // Whatever goes wrong with a stranger is the stranger's affair; it only gives back the place.
    socket.on('error', ignore)
    socket.on('close', closed)
    this.#admission.arrive(stranger, admissionAddress(ip))
  }

  #admitted(stranger: Stranger): void {
    const { socket, key } = stranger
    // It is about to report that it has closed, and then gives its place back.
    if (socket.destroyed) return
    stranger.timer.cancel()
    stranger.timer = this.#options.clock.after(this.#options.limits.handshakeTimeoutMs, () => this.#timedOut(stranger))
    tuneSocket(socket)
    this.#inTls.set(key, stranger)
    this.#tls.emit('connection', socket)
  }

  #dropped(stranger: Stranger): void {
    stranger.timer.cancel()
    stranger.socket.destroy()
  }

  #secured(secure: TLSSocket): void {
    const key = connectionKey(secure)
    const stranger = this.#inTls.get(key)
    this.#inTls.delete(key)
    if (stranger === undefined) {
      secure.destroy()
      return
    }
    try {
      const { verifier, clock, arrived } = this.#options
      const id = authenticatedPeer(secure, verifier, clock.wallNow())
      const channel = new TcpChannel(secure, 'inbound', id, clock)
      stranger.channel = channel
      arrived({ channel, settled: () => this.#settled(stranger) })
    } catch (error) {
      secure.on('error', ignore)
      secure.destroy()
      if (!(error instanceof CertificateError)) throw error
    }
  }

  #settled(stranger: Stranger): void {
    stranger.timer.cancel()
    stranger.socket.off('close', stranger.closed)
    this.#admission.leave(stranger)
  }

  #left(stranger: Stranger): void {
    if (this.#inTls.get(stranger.key) === stranger) this.#inTls.delete(stranger.key)
    this.#settled(stranger)
  }

  #timedOut({ socket, channel }: Stranger): void {
    if (channel === undefined) socket.destroy()
    else channel.destroy(new HandshakeTimeoutError(this.#options.limits.handshakeTimeoutMs))
  }

  #deadline(socket: Socket): Timer {
    return this.#options.clock.after(this.#options.limits.handshakeTimeoutMs, () => void socket.destroy())
  }
}

/** Both ends of a connection; no other has the same while it lives. */
function connectionKey(socket: Socket): string {
  return `${socket.remoteAddress} ${socket.remotePort} ${socket.localAddress} ${socket.localPort}`
}

function ignore(): void {
  // Whoever waits for the socket sees it close.
}
