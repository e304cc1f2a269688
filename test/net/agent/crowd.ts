import { connect, type Socket } from 'node:net'

/** Connections that are under way at once. */
const AT_ONCE = 64

/** Connections that say nothing, each from an address of its own. */
export class Crowd {
  readonly #sockets = new Set<Socket>()

  /** Opens so many, from addresses of as many /64 of the prefix, which ends in a colon; answers how many came about. */
  async open(target: { readonly host: string; readonly port: number }, prefix: string, count: number): Promise<number> {
    let opened = 0
    for (let first = 0; first < count; first += AT_ONCE) {
      const numbers = Array.from({ length: Math.min(AT_ONCE, count - first) }, (_, at) => first + at)
      const done = await Promise.all(numbers.map((number) => this.#open(target, `${prefix}${number.toString(16)}::1`)))
      opened += done.filter(Boolean).length
    }
    return opened
  }

  /** Those that have not been closed. */
  get held(): number {
    return this.#sockets.size
  }

  #open(target: { readonly host: string; readonly port: number }, localAddress: string): Promise<boolean> {
    const socket = connect({ ...target, localAddress })
    this.#sockets.add(socket)
    socket.on('close', () => this.#sockets.delete(socket))
    socket.on('error', () => undefined)
    socket.resume()
    return new Promise((resolve) => {
      socket.once('connect', () => resolve(true))
      socket.once('close', () => resolve(false))
    })
  }
}
