import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { nowMs } from './clock.ts'

/** A TCP relay on loopback that resets what runs through it when told to. It lives in main, apart from both ends. */
export class ResetProxy {
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  #targetPort = 0

  constructor() {
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

  /** Resets every connection on both sides, and answers with the time at which it began to. */
  reset(): number {
    const atMs = nowMs()
    for (const socket of this.#sockets) socket.resetAndDestroy()
    return atMs
  }

  close(): void {
    this.#server.close()
    this.reset()
  }

  #relay(inbound: Socket): void {
    const outbound = connect({ host: '127.0.0.1', port: this.#targetPort, noDelay: true, allowHalfOpen: true })
    for (const [socket, other] of [
      [inbound, outbound],
      [outbound, inbound],
    ] as const) {
      this.#sockets.add(socket)
      socket.pipe(other)
      socket.on('error', () => other.destroy())
      socket.on('close', () => {
        this.#sockets.delete(socket)
        other.destroy()
      })
    }
  }
}
