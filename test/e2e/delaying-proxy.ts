import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'

/** A TCP relay on loopback that passes everything on after a delay, ends of directions too. */
export class DelayingProxy {
  readonly #server: Server = createServer({ allowHalfOpen: true }, (socket) => this.#relay(socket))
  readonly #sockets = new Set<Socket>()
  readonly #delayMs: number
  #targetPort = 0

  constructor(delayMs: number) {
    this.#delayMs = delayMs
  }

  async listen(): Promise<string> {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
    return `tcp://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  leadTo(port: number): void {
    this.#targetPort = port
  }

  close(): void {
    this.#server.close()
    for (const socket of this.#sockets) socket.destroy()
  }

  #relay(inbound: Socket): void {
    const outbound = connect({ port: this.#targetPort, host: '127.0.0.1', allowHalfOpen: true })
    for (const [from, to] of [
      [inbound, outbound],
      [outbound, inbound],
    ] as const) {
      this.#sockets.add(from)
      const later = (act: () => void): void => void setTimeout(act, this.#delayMs).unref()
      from.on('error', () => undefined)
      from.on('data', (chunk: Buffer) => later(() => void to.write(chunk)))
      from.on('end', () => later(() => to.end()))
      from.on('close', () => {
        this.#sockets.delete(from)
        later(() => to.destroy())
      })
    }
  }
}
