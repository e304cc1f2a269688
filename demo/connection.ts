import { Socket } from 'node:net'
import { Lane } from './lane.ts'
import type { Direction } from './schedule.ts'

/** After a clean cut, a side that does not answer with its own end is closed after this. */
const CUT_LINGER_MS = 500

/** One TCP connection of the sender, and the one that carries it on to the receiver. */
export class Connection {
  readonly #client: Socket
  readonly #upstream = new Socket({ allowHalfOpen: true })
  readonly #targetPort: number
  readonly #lanes: Record<Direction, Lane>
  #holds = 0
  #dialed = false

  /** `closed` is called once, when nothing is left of it. The first `dial()` connects it. */
  constructor(client: Socket, targetPort: number, closed: () => void) {
    this.#client = client
    this.#targetPort = targetPort
    this.#lanes = { out: new Lane(client, this.#upstream), back: new Lane(this.#upstream, client) }
    this.#lanes.out.hold()
    this.#upstream.once('connect', () => this.#lanes.out.release())
    let open = 2
    for (const socket of [client, this.#upstream]) {
      socket.setNoDelay(true)
      socket.on('error', () => {}) // The `close` that follows is what matters; the lanes pass it on.
      socket.once('close', () => {
        if (--open > 0) return
        for (const lane of Object.values(this.#lanes)) lane.stop()
        closed()
      })
    }
  }

  /** Connects onwards, or does so after the last hold: in a black hole a SYN vanishes like everything else. */
  dial(): void {
    if (this.#dialed || this.#holds > 0 || this.#upstream.destroyed) return
    this.#dialed = true
    this.#upstream.connect({ host: '127.0.0.1', port: this.#targetPort })
  }

  hold(direction: Direction): void {
    this.#holds++
    this.#lanes[direction].hold()
  }

  release(direction: Direction): void {
    this.#holds--
    this.#lanes[direction].release()
    this.dial()
  }

  drip(bytesPerSecond: number | undefined): void {
    for (const lane of Object.values(this.#lanes)) lane.drip(bytesPerSecond)
  }

  /** Ends it towards both sides with a FIN. */
  cut(): void {
    for (const lane of Object.values(this.#lanes)) lane.sever()
    for (const socket of [this.#client, this.#upstream]) {
      if (socket === this.#upstream && !this.#dialed) socket.destroy()
      else socket.end()
      setTimeout(() => socket.destroy(), CUT_LINGER_MS).unref()
    }
  }

  /** Ends it towards both sides with an RST. */
  reset(): void {
    for (const lane of Object.values(this.#lanes)) lane.sever()
    this.#client.resetAndDestroy()
    if (this.#dialed) this.#upstream.resetAndDestroy()
    else this.#upstream.destroy()
  }

  destroy(): void {
    for (const lane of Object.values(this.#lanes)) lane.sever()
    this.#client.destroy()
    this.#upstream.destroy()
  }
}
