import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { connect, createServer, type TLSSocket } from 'node:tls'
import { nowMs } from '../clock.ts'
import { type Credentials, selfSigned } from '../contestants/certificate.ts'
import { TLS_OPTIONS } from '../contestants/tls.ts'
import type { Accepting, Holder, HolderOptions, Holding, Note, Outlet, Sink } from './holder.ts'

const REDIAL_MS = 1_000
const ECHO = Buffer.alloc(1)

interface Invitation extends Credentials {
  readonly ca: string
}

/**
 * Plain TLS in the hands of a careful program: kernel keep-alive as Holdfast sets it, and, if asked for, an echo of one
 * byte for each piece of data, whose absence makes it dial again every second until one succeeds.
 */
export class TlsHolder implements Holder {
  readonly #options: HolderOptions

  constructor(options: HolderOptions) {
    this.#options = options
  }

  introduce(): string {
    return ''
  }

  async accept(_introduction: string, _ports: unknown, sink: () => Sink, note: Note): Promise<Accepting> {
    const own = selfSigned('server')
    const theirs = selfSigned('client')
    const options = { ...TLS_OPTIONS, ...own, ca: theirs.cert, requestCert: true, noDelay: true }
    const sockets = new Set<TLSSocket>()
    const server = createServer(options, (socket) => {
      sockets.add(socket)
      tune(socket)
      const target = sink()
      note('up')
      socket.on('data', (bytes: Buffer) => {
        target.data(bytes)
        if (this.#options.echoMs !== undefined) socket.write(ECHO)
      })
      socket.on('end', () => target.end())
      socket.on('error', () => {})
      socket.on('close', () => {
        sockets.delete(socket)
        note('lost')
      })
    })
    server.on('tlsClientError', () => {})
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const invitation: Invitation = { ...theirs, ca: own.cert }
    const close = async (): Promise<void> => {
      server.close()
      for (const socket of sockets) socket.destroy()
    }
    return { port: (server.address() as AddressInfo).port, invitation: JSON.stringify(invitation), close }
  }

  async hold(invitation: string, ports: readonly number[], note: Note): Promise<Holding> {
    const outlet = new TlsOutlet(JSON.parse(invitation) as Invitation, ports[0] ?? 0, this.#options.echoMs, note)
    await outlet.dial()
    return {
      attempts: () => outlet.attempts,
      links: () => (outlet.isUp ? 1 : 0),
      open: async () => outlet,
      close: async () => outlet.close(),
    }
  }
}

/** Goes on with a new connection when the old one is lost; what was on its way is lost with it. */
class TlsOutlet implements Outlet {
  drained: () => void = () => {}
  attempts = 0
  readonly #options: object
  readonly #echoMs: number | undefined
  readonly #note: Note
  #socket: TLSSocket | undefined
  #dialed: TLSSocket | undefined
  #timer: NodeJS.Timeout | undefined
  #heardMs = nowMs()
  #closed = false

  constructor({ key, cert, ca }: Invitation, port: number, echoMs: number | undefined, note: Note) {
    // Both certificates are pinned, so the name in them says nothing.
    this.#options = { ...TLS_OPTIONS, host: '127.0.0.1', port, ca, key, cert, checkServerIdentity: () => undefined }
    this.#echoMs = echoMs
    this.#note = note
  }

  get isUp(): boolean {
    return this.#socket !== undefined
  }

  /** Resolves when connected. An attempt that takes longer than a second gives way to the next. */
  dial(): Promise<void> {
    return new Promise((resolve) => this.#attempt(resolve))
  }

  #attempt(connected: () => void): void {
    if (this.#closed) return
    this.attempts++
    this.#dialed?.destroy()
    const socket = connect(this.#options)
    this.#dialed = socket
    this.#timer = setTimeout(() => this.#attempt(connected), REDIAL_MS)
    socket.on('error', () => {})
    socket.once('secureConnect', () => {
      if (this.#dialed !== socket) return
      clearTimeout(this.#timer)
      this.#dialed = undefined
      this.#up(socket)
      connected()
    })
  }

  #up(socket: TLSSocket): void {
    this.#socket = socket
    this.#heardMs = nowMs()
    tune(socket)
    this.#note('up')
    socket.on('data', () => {
      this.#heardMs = nowMs()
    })
    socket.on('drain', () => this.drained())
    socket.on('close', () => this.#lost(socket))
    this.drained()
  }

  #lost(socket: TLSSocket): void {
    if (this.#socket !== socket) return
    this.#socket = undefined
    this.#note('lost')
    if (this.#echoMs !== undefined) void this.dial()
  }

  write(bytes: Uint8Array): boolean {
    const socket = this.#socket
    if (socket === undefined) return false
    if (this.#echoMs !== undefined && nowMs() - this.#heardMs > this.#echoMs) {
      socket.destroy()
      return false
    }
    return socket.write(bytes)
  }

  end(): void {
    this.#socket?.end()
  }

  close(): void {
    this.#closed = true
    clearTimeout(this.#timer)
    this.#dialed?.destroy()
    this.#socket?.destroy()
  }
}

function tune(socket: TLSSocket): void {
  socket.setNoDelay(true)
  socket.setKeepAlive(true, 30_000, 1_000, 10)
}
