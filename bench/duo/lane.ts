import type { Socket } from 'node:net'
import { nowMs } from '../clock.ts'
import type { PathConditions } from './path-proxy.ts'

/** What may wait beside what is on its way; beyond it the source is not read. */
const BUFFER_BYTES = 256 * 1024
/** What may be on its way where the rate has no limit. */
const FLIGHT_BYTES = 8 * 1024 * 1024
/** Rate that this process was too late to use may be used up to so much later. */
const BURST_MS = 20

export interface LaneOptions extends PathConditions {
  /** Shared by all connections in this direction. */
  readonly free: { atMs: number }
  /** Told of what was handed on. */
  count(bytes: number): void
}

interface Parcel {
  readonly dueMs: number
  /** Undefined: the end, or the reset, of the connection. */
  readonly bytes?: Buffer
  readonly last?: 'end' | 'reset'
}

/** One direction of one connection: hands on each piece in order and at its time. */
export class Lane {
  readonly #from: Socket
  readonly #to: Socket
  readonly #options: LaneOptions
  readonly #queueBytesMax: number
  readonly #queue: Parcel[] = []
  #queuedBytes = 0
  #timer: NodeJS.Timeout | undefined
  #silent = false
  #blocked = false

  constructor(from: Socket, to: Socket, options: LaneOptions) {
    this.#from = from
    this.#to = to
    this.#options = options
    const flightBytes = (options.bytesPerSecond * options.delayMs) / 1_000
    this.#queueBytesMax = BUFFER_BYTES + (options.bytesPerSecond === Infinity ? FLIGHT_BYTES : flightBytes)
    from.on('data', (bytes: Buffer) => this.#arrived(bytes))
    from.on('end', () => this.#put({ dueMs: nowMs() + options.delayMs, last: 'end' }))
    from.on('close', (failed) => failed && this.#put({ dueMs: nowMs() + options.delayMs, last: 'reset' }))
    to.on('drain', () => {
      this.#blocked = false
      this.#pump()
    })
    from.resume()
  }

  silence(): void {
    this.#silent = true
    clearTimeout(this.#timer)
  }

  heal(): void {
    this.#silent = false
    this.#pump()
  }

  #arrived(bytes: Buffer): void {
    const { free, bytesPerSecond, delayMs } = this.#options
    free.atMs = Math.max(nowMs() - BURST_MS, free.atMs) + (bytes.byteLength / bytesPerSecond) * 1_000
    this.#queuedBytes += bytes.byteLength
    if (this.#queuedBytes >= this.#queueBytesMax) this.#from.pause()
    this.#put({ dueMs: free.atMs + delayMs, bytes })
  }

  #put(parcel: Parcel): void {
    this.#queue.push(parcel)
    if (this.#queue.length === 1) this.#pump()
  }

  #pump(): void {
    clearTimeout(this.#timer)
    while (!this.#silent && !this.#blocked) {
      const parcel = this.#queue[0]
      if (parcel === undefined) return
      const waitMs = parcel.dueMs - nowMs()
      if (waitMs > 0) {
        this.#timer = setTimeout(() => this.#pump(), waitMs)
        return
      }
      this.#queue.shift()
      this.#deliver(parcel)
    }
  }

  #deliver({ bytes, last }: Parcel): void {
    if (last === 'reset') this.#to.resetAndDestroy()
    if (last === 'end') this.#to.end()
    if (bytes === undefined) return
    this.#queuedBytes -= bytes.byteLength
    if (this.#queuedBytes < this.#queueBytesMax) this.#from.resume()
    this.#options.count(bytes.byteLength)
    if (!this.#to.destroyed) this.#blocked = !this.#to.write(bytes)
  }
}
