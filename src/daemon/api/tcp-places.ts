import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Clock, Timer } from '../../clock.ts'

/** So long a connection may do nothing before a request of it has shown the token. */
const UNAUTHENTICATED_IDLE_MS = 2_000

export interface TcpPlacesOptions {
  readonly server: Server
  readonly clock: Clock
  readonly connectionsMax: number
}

/**
 * The places for connections over TCP. Any user of the machine can connect, so a connection that has not shown the token is closed soon when it does nothing, and gives way when
 * there is no room for another one.
 */
export class TcpPlaces {
  readonly #options: TcpPlacesOptions
  readonly #connections = new Set<Duplex>()
  /** The oldest first. The timer is undefined while a request of it is being answered. */
  readonly #unauthenticated = new Map<Duplex, Timer | undefined>()

  constructor(options: TcpPlacesOptions) {
    this.#options = options
    const { server } = options
    server.on('connection', (socket) => this.#connected(socket))
    server.on('request', (request, response) => this.#requested(request, response))
  }

  /** A request of the connection has shown the token. */
  authenticated(socket: Duplex): void {
    this.#unauthenticated.get(socket)?.cancel()
    this.#unauthenticated.delete(socket)
  }

  #connected(socket: Duplex): void {
    if (this.#connections.size >= this.#options.connectionsMax && !this.#makeRoom()) {
      socket.destroy()
      return
    }
    this.#connections.add(socket)
    this.#unauthenticated.set(socket, this.#closesSoon(socket))
    socket.once('close', () => {
      this.#connections.delete(socket)
      this.authenticated(socket)
    })
  }

  #requested({ socket }: IncomingMessage, response: ServerResponse): void {
    if (!this.#unauthenticated.has(socket)) return
    this.#unauthenticated.get(socket)?.cancel()
    this.#unauthenticated.set(socket, undefined)
    response.once('close', () => {
      if (this.#unauthenticated.has(socket)) this.#unauthenticated.set(socket, this.#closesSoon(socket))
    })
  }

  #closesSoon(socket: Duplex): Timer {
    return this.#options.clock.after(UNAUTHENTICATED_IDLE_MS, () => socket.destroy())
  }

  /** False if all have shown the token. */
  #makeRoom(): boolean {
    const [oldest] = this.#unauthenticated.keys()
    if (oldest === undefined) return false
    // Its place is free at once; `close` comes later.
    this.#connections.delete(oldest)
    this.authenticated(oldest)
    oldest.destroy()
    return true
  }
}
