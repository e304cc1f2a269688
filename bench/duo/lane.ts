import type { Socket } from 'node:net'
import { nowMs } from '../clock.ts'
import type { PathConditions } from './path-proxy.ts'

/** What may wait; beyond it the source is not read. With a limited rate this is the path's buffer, without one its delay times a high rate. */
const LIMITED_QUEUE_BYTES = 128 * 1024
const UNLIMITED_QUEUE_BYTES = 8 * 1024 * 1024

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
    this.#queueBytesMax = options.bytesPerSecond === Infinity ? UNLIMITED_QUEUE_BYTES : LIMITED_QUEUE_BYTES
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
    free.atMs = Math.max(nowMs(), free.atMs) + (bytes.byteLength / bytesPerSecond) * 1_000
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
