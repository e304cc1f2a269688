import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { now } from './clock.ts'
import { Connection } from './connection.ts'
import { freePort } from './ports.ts'
import type { Direction } from './schedule.ts'

/** Undoes a fault; the network carries bytes again once it has resolved. */
export type Lift = () => Promise<void>

interface Hole {
  readonly directions: readonly Direction[]
  readonly sinceMs: number
  readonly swallowed: Set<Connection>
}

const RELISTEN_WITHIN_MS = 2_000

/** The network between the two nodes: relays TCP from its port to the target, and breaks in every way that TCP can. */
export class Proxy {
  readonly #accepted: (atMs: number) => void
  readonly #connections = new Set<Connection>()
  readonly #holes = new Set<Hole>()
  readonly #timers = new Set<NodeJS.Timeout>()
  #server: Server | undefined
  #dripRate: number | undefined
  #port = 0
  #targetPort: number | undefined
  #closed = false

  /** `accepted` hears of every connection that is accepted, with the time of `now()`. */
  constructor(accepted: (atMs: number) => void = () => {}) {
    this.#accepted = accepted
  }

  /** Listens on a free port of 127.0.0.1 and answers it. Nothing is relayed before `target` is set. */
  async listen(): Promise<number> {
    await this.#listenOn(await freePort())
    return this.#port
  }

  /** The port on 127.0.0.1 to relay to. */
  set target(port: number) {
    if (port === this.#port) throw new Error('the proxy cannot relay to itself')
    this.#targetPort = port
  }

  /** How many connections there are now. */
  get connections(): number {
    return this.#connections.size
  }

  /** Ends every connection with a FIN on both sides. */
  cut(): void {
    for (const connection of this.#connections) connection.cut()
  }

  /** Ends every connection with an RST on both sides. */
  reset(): void {
    for (const connection of this.#connections) connection.reset()
  }

  /**
   * Nothing passes in these directions. Connections are still accepted, by the kernel, and hear nothing. After the
   * lift new connections pass at once, while those that the hole has swallowed stay silent for as long again, as TCP
   * does in its retransmission back-off; then the bytes that were held pass, in order and complete.
   */
  blackHole(directions: readonly Direction[]): Lift {
    const hole: Hole = { directions, sinceMs: now(), swallowed: new Set() }
    this.#holes.add(hole)
    for (const connection of this.#connections) swallow(hole, connection)
    return async () => {
      this.#holes.delete(hole)
      const timer = setTimeout(() => {
        this.#timers.delete(timer)
        for (const connection of hole.swallowed) {
          for (const direction of directions) connection.release(direction)
        }
      }, now() - hole.sinceMs)
      this.#timers.add(timer)
    }
  }

  /** Ends every connection, and closes the port until the lift: who dials meanwhile is refused. */
  refuse(): Lift {
    this.#server?.close()
    this.cut()
    return async () => {
      const untilMs = now() + RELISTEN_WITHIN_MS
      while (!this.#closed) {
        try {
          return await this.#listenOn(this.#port)
        } catch (error) {
          if (now() > untilMs) throw error
          await sleep(20)
        }
      }
    }
  }

  /** Bytes trickle at this rate in each direction. */
  drip(bytesPerSecond: number): Lift {
    this.#setDrip(bytesPerSecond)
    return async () => this.#setDrip(undefined)
  }

  /** Ends everything at once. */
  close(): void {
    this.#closed = true
    this.#server?.close()
    for (const timer of this.#timers) clearTimeout(timer)
    for (const connection of this.#connections) connection.destroy()
  }

  async #listenOn(port: number): Promise<void> {
    const server = createServer({ allowHalfOpen: true }, (client) => this.#accept(client))
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
    this.#port = port
    this.#server = server
    if (this.#closed) server.close()
  }

  #accept(client: Socket): void {
    if (this.#targetPort === undefined) {
      client.destroy()
      return
    }
    const connection = new Connection(client, this.#targetPort, () => this.#connections.delete(connection))
    this.#connections.add(connection)
    for (const hole of this.#holes) swallow(hole, connection)
    connection.drip(this.#dripRate)
    connection.dial()
    this.#accepted(now())
  }

  #setDrip(bytesPerSecond: number | undefined): void {
    this.#dripRate = bytesPerSecond
    for (const connection of this.#connections) connection.drip(bytesPerSecond)
  }
}

function swallow(hole: Hole, connection: Connection): void {
  hole.swallowed.add(connection)
  for (const direction of hole.directions) connection.hold(direction)
}
