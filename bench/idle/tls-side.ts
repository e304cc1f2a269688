import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { connect, createServer, type TLSSocket } from 'node:tls'
import { type Credentials, selfSigned } from '../contestants/certificate.ts'
import { DuplexStream } from '../contestants/duplex.ts'
import { TLS_OPTIONS } from '../contestants/tls.ts'
import { echo } from '../exchange.ts'
import { atOnce } from './at-once.ts'
import type { IdleContestant, IdleServer } from './side.ts'

const CONNECTING_AT_ONCE = 16
/** A PING is as long, and so is its answer; one of the two sides of a peer at rest sends one so often, give or take a fifth. */
const QUESTION = Buffer.alloc(6, 'q')
const QUESTION_EVERY_MS = 112_000

interface Invitation extends Credentials {
  readonly port: number
  readonly ca: string
}

/** Bare TLS sockets, with the kernel's keep-alive as Holdfast sets it; if `asks`, a few bytes go there and back as often as Holdfast's pings do. */
export class TlsSide implements IdleContestant {
  readonly #asks: boolean
  readonly #sockets = new Set<TLSSocket>()
  #names: string[] = []

  constructor({ asks }: { readonly asks: boolean }) {
    this.#asks = asks
  }

  async introduce(count: number): Promise<string[]> {
    this.#names = Array.from({ length: count }, (_, at) => String(at))
    return this.#names
  }

  async listen(): Promise<IdleServer> {
    const own = selfSigned('server')
    const theirs = selfSigned('client')
    const options = { ...TLS_OPTIONS, ...own, ca: theirs.cert, requestCert: true, noDelay: true }
    const sockets = new Set<TLSSocket>()
    const server = createServer(options, (socket) => {
      sockets.add(socket)
      keepAlive(socket)
      const stream = new DuplexStream(socket)
      stream.handlers = { data: (bytes) => stream.write(bytes.subarray()), closed: () => sockets.delete(socket) }
    })
    server.listen(0, '127.0.0.1', 4_096)
    await once(server, 'listening')
    const invitation: Invitation = { ...theirs, ca: own.cert, port: (server.address() as AddressInfo).port }
    return { invitation: JSON.stringify(invitation), connected: () => sockets.size }
  }

  async connect(invitation: string): Promise<void> {
    const { port, ca, key, cert } = JSON.parse(invitation) as Invitation
    // Both certificates are pinned, so the name in them says nothing.
    const options = { ...TLS_OPTIONS, host: '127.0.0.1', port, ca, key, cert, checkServerIdentity: () => undefined }
    await atOnce(this.#names, CONNECTING_AT_ONCE, async () => {
      const socket = connect(options)
      socket.setNoDelay(true)
      await once(socket, 'secureConnect')
      keepAlive(socket)
      const stream = new DuplexStream(socket)
      await echo(stream)
      stream.handlers = {}
      this.#sockets.add(socket)
      if (this.#asks) askNowAndThen(stream, Math.random() * QUESTION_EVERY_MS)
    })
  }
}

function keepAlive(socket: TLSSocket): void {
  socket.setKeepAlive(true, 30_000, 1_000, 10)
}

function askNowAndThen(stream: DuplexStream, afterMs: number): void {
  setTimeout(() => {
    stream.write(QUESTION)
    askNowAndThen(stream, QUESTION_EVERY_MS * (0.8 + 0.4 * Math.random()))
  }, afterMs)
}
