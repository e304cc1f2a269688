import { type AddressInfo, createServer, isIP, type Server, type Socket } from 'node:net'
import type { SecureContext, TLSSocket } from 'node:tls'
import type { Clock, Timer } from '../../clock.ts'
import type { PeerId } from '../../identity/peer-id.ts'
import { CertificateError, type CertificateVerifier } from '../../identity/verify-certificate.ts'
import type { InboundChannel, Listener } from '../transport.ts'
import { Admission, type AdmissionLimits } from './admission.ts'
import type { ClientHello } from './client-hello.ts'
import { receiveHello, receiveProof, secureSocket } from './stranger.ts'
import { formatTcpAddress, readTcpAddress, type TcpAddress } from './tcp-address.ts'
import { TcpChannel } from './tcp-channel.ts'
import { HandshakeTimeoutError, ListenError } from './tcp-errors.ts'
import { certifiedPeer, chooseProtocol, type Protocol, proofProtocol } from './tcp-security.ts'

/** Bounds on what strangers may take of a listener. */
export interface TcpLimits extends AdmissionLimits {
  /** From the accepted connection to the first message, whole. */
  readonly helloTimeoutMs: number
  /** From then on for waiting; and from the start of the handshake to `Arrival.accepted()`. */
  readonly handshakeTimeoutMs: number
}

/** What a listener needs to know. */
export interface TcpListen {
  /** Who listens. */
  readonly id: PeerId
  readonly context: SecureContext
  readonly verifier: CertificateVerifier
  readonly limits: TcpLimits
  readonly clock: Clock
  readonly arrived: (arrival: InboundChannel) => void
}

/** TLS's answer to those who offer no protocol of Holdfast: a fatal alert, `no_application_protocol` (RFC 7301, section 3.2). */
const noProtocolAlert = Uint8Array.of(21, 3, 3, 0, 2, 2, 120)

/** A connection that has been accepted but has not proved to be anybody. */
interface Stranger {
  readonly socket: Socket
  /** The deadline of its present stage. */
  timer: Timer
  /** Listens for its end, until it is accepted: what it holds would else stay for as long as the connection. */
  readonly closed: () => void
  /** Ends the reading of its first message. */
  stopReading: () => void
  /** What it said first. */
  hello: { readonly bytes: Buffer; readonly protocol: Protocol } | undefined
  /** Once it has proved an identity. */
  channel: TcpChannel | undefined
}

/** Accepts connections, lets them in a few at a time, and hands on those that have authenticated. */
export class TcpListener implements Listener {
  readonly #options: TcpListen
  readonly #server: Server
  readonly #admission: Admission<Stranger>
  #advance: Timer | undefined
  #address = ''

  private constructor(options: TcpListen) {
    this.#options = options
    this.#server = createServer({ pauseOnConnect: true }, (socket) => this.#accepted(socket))
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

  get arriving(): number {
    return this.#admission.known
  }

  expect(address: string): void {
    const known = readTcpAddress(address)
    // A name is not looked up: that would take time, and its owner could change where it leads.
    if (typeof known !== 'string' && isIP(known.host) !== 0) this.#admission.expect(known.host)
  }

  /** Stops accepting and closes those who have not been accepted. Channels of those who have live on. */
  close(): Promise<void> {
    this.#server.close()
    this.#advance?.cancel()
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
    const stranger: Stranger = {
      socket,
      timer: this.#deadline(this.#options.limits.helloTimeoutMs, socket),
      closed,
      stopReading: () => undefined,
      hello: undefined,
      channel: undefined,
    }
    // Whatever goes wrong with a stranger is the stranger's affair; it only gives back the place.
    socket.on('error', ignore)
    socket.on('close', closed)
    this.#admission.arrive(stranger, ip, this.#options.clock.now())
    if (!socket.destroyed) stranger.stopReading = receiveHello(socket, (...hello) => this.#greeted(stranger, ...hello))
  }

  #greeted(stranger: Stranger, { protocols }: ClientHello, bytes: Buffer): void {
    const { limits } = this.#options
    const protocol = chooseProtocol(protocols)
    if (protocol === undefined) {
      stranger.socket.write(noProtocolAlert)
      stranger.socket.destroySoon()
      return
    }
    stranger.hello = { bytes, protocol }
    stranger.timer.cancel()
    stranger.timer = this.#deadline(limits.handshakeTimeoutMs, stranger.socket)
    this.#admission.ready(stranger)
    this.#arm()
  }

  #admitted(stranger: Stranger): void {
    const { socket, hello } = stranger
    stranger.stopReading()
    // If it is destroyed, it is about to report that it has closed, and then gives its place back.
    if (hello === undefined || socket.destroyed) return
    stranger.hello = undefined
    stranger.timer.cancel()
    stranger.timer = this.#options.clock.after(this.#options.limits.handshakeTimeoutMs, () => this.#timedOut(stranger))
    const secured = (secure: TLSSocket): void => {
      if (hello.protocol === proofProtocol)
        receiveProof(secure, this.#options.id, (id) => this.#proven(stranger, secure, id))
      else this.#certified(stranger, secure)
    }
    const flooded = (): void => this.#admission.charge(stranger, this.#options.clock.now())
    secureSocket(socket, hello.bytes, hello.protocol, this.#options.context, secured, flooded)
  }

  #dropped(stranger: Stranger): void {
    stranger.timer.cancel()
    stranger.stopReading()
    stranger.socket.destroy()
  }

  #certified(stranger: Stranger, secure: TLSSocket): void {
    let id: PeerId
    try {
      id = certifiedPeer(secure, this.#options.verifier, this.#options.clock.wallNow())
    } catch (error) {
      secure.destroy()
      if (error instanceof CertificateError) return
      throw error
    }
    this.#proven(stranger, secure, id)
  }

  #proven(stranger: Stranger, secure: TLSSocket, id: PeerId): void {
    const { clock, arrived } = this.#options
    const channel = new TcpChannel(secure, stranger.socket, 'inbound', id, clock)
    stranger.channel = channel
    arrived({
      channel,
      accepted: (asPeer) => {
        this.#forget(stranger)
        this.#admission.accept(stranger, asPeer)
        this.#arm()
      },
    })
  }

  #forget({ timer, socket, closed }: Stranger): void {
    timer.cancel()
    socket.off('close', closed)
  }

  #left(stranger: Stranger): void {
    this.#forget(stranger)
    this.#admission.leave(stranger)
    this.#arm()
  }

  /** Handshakes start in the next turn of the event loop, so that one turn has few of them, or when the rate allows more. */
  #arm(): void {
    this.#advance?.cancel()
    this.#advance = undefined
    const { nextMs } = this.#admission
    if (nextMs === undefined) return
    const { clock } = this.#options
    const advance = (): void => {
      this.#admission.advance(clock.now())
      this.#arm()
    }
    if (nextMs > clock.now()) {
      this.#advance = clock.after(nextMs - clock.now(), advance)
      return
    }
    const immediate = setImmediate(advance)
    this.#advance = { cancel: () => clearImmediate(immediate) }
  }

  #timedOut({ socket, channel }: Stranger): void {
    if (channel === undefined) socket.destroy()
    else channel.destroy(new HandshakeTimeoutError(this.#options.limits.handshakeTimeoutMs))
  }

  #deadline(timeoutMs: number, socket: Socket): Timer {
    return this.#options.clock.after(timeoutMs, () => void socket.destroy())
  }
}

function ignore(): void {
  // Whoever waits for the socket sees it close.
}
