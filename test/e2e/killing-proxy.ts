import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'

/** A TCP relay on loopback that resets all its connections whenever so many more bytes have passed. */
export class KillingProxy {
  readonly #server: Server = createServer((socket) => this.#relay(socket))
  readonly #sockets = new Set<Socket>()
  #targetPort = 0
  #killAfterBytes = Infinity
  #sinceKill = 0
  #killsLeft = 0

  async listen(): Promise<string> {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
    return `tcp://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  leadTo(port: number): void {
    this.#targetPort = port
  }

  /** From now on, that many bytes at a time pass, `times` times. */
  killAfter(bytes: number, times: number): void {
    this.#killAfterBytes = bytes
    this.#killsLeft = times
    this.#sinceKill = 0
  }

  /** How many of these kills are still to come. */
  get killsLeft(): number {
    return this.#killsLeft
  }

  close(): void {
    this.#server.close()
    this.#kill()
  }

  #passed(bytes: number): void {
    this.#sinceKill += bytes
    if (this.#killsLeft === 0 || this.#sinceKill < this.#killAfterBytes) return
    this.#killsLeft--
    this.#kill()
  }

  #kill(): void {
    this.#sinceKill = 0
    for (const socket of this.#sockets) socket.resetAndDestroy()
  }

  #relay(inbound: Socket): void {
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
      socket.on('data', (chunk: Buffer) => this.#passed(chunk.length))
      socket.pipe(other)
    }
  }
}
