import type { Socket } from 'node:net'

const DRIP_STEP_MS = 100

/**
 * One direction of a proxied connection. It relays in order and never drops a byte: what may not pass now stays unread
 * in the sockets, so memory is bounded by their buffers and the writer at the far end is slowed down.
 */
export class Lane {
  readonly #from: Socket
  readonly #to: Socket
  /** Reasons not to pass anything now: holes that overlap, a connection that is not there yet. */
  #holds = 0
  #severed = false
  #dripTimer: NodeJS.Timeout | undefined
  /** How many bytes may pass before the next drop; unlimited without a drip. */
  #allowance = Infinity

  constructor(from: Socket, to: Socket) {
    this.#from = from
    this.#to = to
    // `readable` and `read()`, not `data`: while nothing is read, neither bytes nor the end come through.
    from.on('readable', () => this.#pump())
    from.on('end', () => to.end())
    from.on('close', () => this.#pump())
    to.on('drain', () => this.#pump())
  }

  /** Nothing passes until every hold is released. */
  hold(): void {
    this.#holds++
  }

  release(): void {
    this.#holds--
    this.#pump()
  }

  /** Lets bytes pass at this rate only; undefined for as fast as they come. */
  drip(bytesPerSecond: number | undefined): void {
    clearInterval(this.#dripTimer)
    this.#allowance = bytesPerSecond === undefined ? Infinity : 0
    if (bytesPerSecond !== undefined) {
      this.#dripTimer = setInterval(() => {
        this.#allowance = Math.ceil((bytesPerSecond * DRIP_STEP_MS) / 1_000)
        this.#pump()
      }, DRIP_STEP_MS)
    }
    this.#pump()
  }

  /** Passes nothing more for good; what still comes in is dropped, for the connection is over. */
  sever(): void {
    this.#severed = true
    this.#pump()
  }

  /** Ends its timer. */
  stop(): void {
    clearInterval(this.#dripTimer)
  }

  #pump(): void {
    if (this.#severed) {
      while (this.#from.read() !== null);
      return
    }
    if (this.#holds > 0) return
    while (!this.#to.destroyed && !this.#to.writableNeedDrain) {
      const chunk = this.#read()
      if (chunk === null) break
      this.#to.write(chunk)
    }
    // An end without a FIN is a reset, and goes on as one.
    if (this.#from.destroyed && !this.#from.readableEnded) this.#to.resetAndDestroy()
  }

  #read(): Buffer | null {
    const waiting = this.#from.readableLength
    // With nothing waiting, `read()` still has to be called: it asks for more, and notices the end.
    if (waiting <= this.#allowance) {
      this.#allowance -= waiting
      return this.#from.read() as Buffer | null
    }
    const size = this.#allowance
    this.#allowance = 0
    return size === 0 ? null : (this.#from.read(size) as Buffer | null)
  }
}
