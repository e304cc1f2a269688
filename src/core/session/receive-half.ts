import { ProtocolError } from '../errors.ts'
import { ByteQueue } from './byte-queue.ts'
import type { ReceiveWindow } from './receive-window.ts'
import { Segments } from './segments.ts'

/**
 * What one side of a stream receives: bytes by offset, put in order, each once.
 *
 *     open ──fin──▶ sized ──last byte read──▶ ended
 *       │             │
 *       └───reset─────┴────────────────────▶ reset
 */
export class ReceiveHalf {
  readonly window: ReceiveWindow
  readonly queue = new ByteQueue()
  #state: 'open' | 'sized' | 'ended' | 'reset' = 'open'
  #size = Infinity
  /** All bytes below have arrived. */
  #offset = 0
  /** One past the highest byte that has arrived; it counts against the session's window. */
  #highest = 0
  #consumed = 0
  readonly #segments = new Segments()

  constructor(window: ReceiveWindow) {
    this.window = window
  }

  get state(): 'open' | 'sized' | 'ended' | 'reset' {
    return this.#state
  }

  get isOver(): boolean {
    return this.#state === 'ended' || this.#state === 'reset'
  }

  /** Every byte up to the end has come, though the reader may not have taken all of them. */
  get isComplete(): boolean {
    return this.#state === 'ended' || (this.#state === 'sized' && this.#offset === this.#size)
  }

  /** The next byte in order. */
  get offset(): number {
    return this.#offset
  }

  /** Bytes that were received or announced and that no reader took. */
  get unconsumed(): number {
    return this.#highest - this.#consumed
  }

  /** How far a frame that reaches to `end` moves the highest offset. Throws when that is beyond the window or the size. */
  advance(end: number): number {
    if (end > this.#size)
      throw new ProtocolError('size-exceeded', `A stream of ${this.#size} bytes got bytes up to ${end}`)
    if (end <= this.#highest) return 0
    if (end > this.window.limit)
      throw new ProtocolError('window-exceeded', `Bytes up to ${end} came against a window up to ${this.window.limit}`)
    const more = end - this.#highest
    this.#highest = end
    return more
  }

  /** A FIN or RESET tells the size; answers how far that moves the highest offset. Throws when it contradicts what has come. */
  announce(size: number): number {
    if (this.#size !== Infinity && this.#size !== size) {
      throw new ProtocolError('size-changed', `A stream's size was ${this.#size} and is now ${size}`)
    }
    if (size < this.#highest)
      throw new ProtocolError('size-exceeded', `A stream ends at ${size}, but its byte ${this.#highest - 1} has come`)
    return this.advance(size)
  }

  /** Takes a payload; returns the part of it that continues what has arrived so far, if it does. */
  accept(offset: number, payload: Uint8Array): Uint8Array | undefined {
    if (this.isOver) return undefined
    const end = offset + payload.length
    if (end <= this.#offset) return undefined
    if (offset > this.#offset) {
      this.#segments.put(offset, payload)
      return undefined
    }
    const fresh = offset === this.#offset ? payload : payload.subarray(this.#offset - offset)
    this.#offset = end
    return fresh
  }

  /** A segment that has become next in order, if there is one. */
  nextSegment(): Uint8Array | undefined {
    for (let run = this.#segments.takeUpTo(this.#offset); run; run = this.#segments.takeUpTo(this.#offset)) {
      const fresh = this.accept(run.offset, run.bytes)
      if (fresh !== undefined) return fresh
    }
    return undefined
  }

  /** The reader took bytes. */
  consume(bytes: number): void {
    this.#consumed += bytes
    if (this.#state === 'sized' && this.#consumed === this.#size) this.#state = 'ended'
  }

  /** FIN: the size is known. True if that also ends it, because everything has been read. */
  sized(size: number): boolean {
    if (this.#state !== 'open') return false
    this.#size = size
    this.#state = this.#consumed === size ? 'ended' : 'sized'
    return this.#state === 'ended'
  }

  /** RESET: nothing more is delivered. */
  reset(size: number): void {
    if (this.#state === 'ended') return
    this.#size = size
    this.#state = 'reset'
    this.drop()
  }

  /** Forgets what nobody will read. */
  drop(): void {
    this.queue.clear()
    this.#segments.clear()
  }
}
