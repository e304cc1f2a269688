import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'

/** The network between two nodes: a relay of TCP on loopback that can be cut, made whole again, and slow. */
export class Network {
  readonly #sockets = new Set<Socket>()
  readonly #server: Server = createServer((socket) => this.#relay(socket))
  readonly #targetPort: number
  #isCut = false
  /** For so long what is sent is on its way, in milliseconds. */
  delayMs = 0

  private constructor(targetPort: number) {
    this.#targetPort = targetPort
  }

  static async open(targetPort: number): Promise<Network> {
    const network = new Network(targetPort)
    network.#server.listen(0, '127.0.0.1')
    await once(network.#server, 'listening')
    return network
  }

  /** Where the node behind it is to be dialed. */
  get address(): string {
    return `tcp://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** Resets every connection, and each that comes. */
  cut(): void {
    this.#isCut = true
    for (const socket of this.#sockets) socket.resetAndDestroy()
  }

  mend(): void {
    this.#isCut = false
  }

  close(): void {
    this.#server.close()
    this.cut()
  }

  #relay(inbound: Socket): void {
    if (this.#isCut) {
      inbound.resetAndDestroy()
      return
    }
    const outbound = connect(this.#targetPort, '127.0.0.1')
    for (const [socket, other] of [
      [inbound, outbound],
      [outbound, inbound],
    ] as const) {
      this.#sockets.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => {
        this.#sockets.delete(socket)
        other.destroy()
      })
      this.#carry(socket, other)
    }
  }

  /** What was sent first arrives first, however the delay changes. */
  #carry(from: Socket, to: Socket): void {
    let dueMs = 0
    from.on('data', (chunk: Buffer) => {
      const nowMs = performance.now()
      dueMs = Math.max(dueMs, nowMs + this.delayMs)
      setTimeout(() => to.write(chunk), dueMs - nowMs)
    })
  }
}
