import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { Lane } from './lane.ts'

export interface PathConditions {
  /** One way. */
  readonly delayMs: number
  /** In each direction, of all connections together; Infinity: without limit. */
  readonly bytesPerSecond: number
}

/** A path on loopback: relays TCP, late and slowly if asked to, and falls silent on command, as a network does whose packets vanish. */
export class PathProxy {
  readonly #server: Server
  readonly #conditions: PathConditions
  readonly #lanes = new Set<Lane>()
  readonly #sockets = new Set<Socket>()
  /** When the path is free again, in each direction. */
  readonly #free = { there: { atMs: 0 }, back: { atMs: 0 } }
  #targetPort = 0
  #silent = false
  #bytes = 0

  constructor(conditions: PathConditions) {
    this.#conditions = conditions
    this.#server = createServer({ noDelay: true, pauseOnConnect: true, allowHalfOpen: true }, (socket) =>
      this.#relay(socket),
    )
  }

  /** Answers with the port to dial. */
  async listen(): Promise<number> {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
    return (this.#server.address() as AddressInfo).port
  }

  leadTo(port: number): void {
    this.#targetPort = port
  }

  /** Bytes that were relayed from the dialing side. */
  get bytes(): number {
    return this.#bytes
  }

  silence(): void {
    this.#silent = true
    for (const lane of this.#lanes) lane.silence()
  }

  heal(): void {
    this.#silent = false
    for (const lane of this.#lanes) lane.heal()
  }

  close(): void {
    this.#server.close()
    for (const socket of this.#sockets) socket.destroy()
  }

  #relay(inbound: Socket): void {
    const outbound = connect({ host: '127.0.0.1', port: this.#targetPort, noDelay: true, allowHalfOpen: true })
    for (const socket of [inbound, outbound]) {
      this.#sockets.add(socket)
      socket.on('close', () => this.#sockets.delete(socket))
      socket.on('error', () => {})
    }
    this.#add(inbound, outbound, this.#free.there, (bytes) => {
      this.#bytes += bytes
    })
    this.#add(outbound, inbound, this.#free.back, () => {})
  }

  #add(from: Socket, to: Socket, free: { atMs: number }, count: (bytes: number) => void): void {
    const lane = new Lane(from, to, { ...this.#conditions, free, count })
    this.#lanes.add(lane)
    if (this.#silent) lane.silence()
    // Both have closed: nothing more can come of it.
    to.on('close', () => from.destroyed && this.#lanes.delete(lane))
    from.on('close', () => to.destroyed && this.#lanes.delete(lane))
  }
}
