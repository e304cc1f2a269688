import { ProtocolError } from '../errors.ts'
import { ByteQueue } from './byte-queue.ts'
import type { ReceiveWindow } from './receive-window.ts'

/** Bytes that came before those in front of them. */
interface Segment {
  readonly offset: number
  readonly bytes: Uint8Array
}

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
  #segments: Segment[] = []

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

  /** Takes a payload; returns the part of it that continues what has arrived so far, if it does. */
  accept(offset: number, payload: Uint8Array): Uint8Array | undefined {
    if (this.isOver) return undefined
    const end = offset + payload.length
    if (end <= this.#offset) return undefined
    if (offset > this.#offset) {
      this.#keep(offset, payload)
      return undefined
    }
    const fresh = offset === this.#offset ? payload : payload.subarray(this.#offset - offset)
    this.#offset = end
    return fresh
  }

  /** A segment that has become next in order, if there is one. */
  nextSegment(): Uint8Array | undefined {
    while (this.#segments.length > 0) {
      const segment = this.#segments[0]!
      if (segment.offset > this.#offset) return undefined
      this.#segments.shift()
      const fresh = this.accept(segment.offset, segment.bytes)
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
    if (this.#size !== Infinity && this.#size !== size) {
      throw new ProtocolError('size-changed', `A stream's size was ${this.#size} and is now ${size}`)
    }
    if (size < this.#highest)
      throw new ProtocolError('size-exceeded', `A stream ends at ${size}, but its byte ${this.#highest - 1} has come`)
    this.#size = size
    if (this.#state === 'open') this.#state = 'sized'
    if (this.#state === 'sized' && this.#consumed === size) this.#state = 'ended'
    return this.#state === 'ended'
  }

  /** RESET: nothing more is delivered. */
  reset(size: number): void {
    if (this.#state === 'ended') return
    if (this.#size !== Infinity && this.#size !== size) {
      throw new ProtocolError('size-changed', `A stream's size was ${this.#size} and is now ${size}`)
    }
    if (size < this.#highest)
      throw new ProtocolError(
        'size-exceeded',
        `A stream was reset at ${size}, but its byte ${this.#highest - 1} has come`,
      )
    this.#size = size
    this.#state = 'reset'
    this.drop()
  }

  /** Forgets what nobody will read. */
  drop(): void {
    this.queue.clear()
    this.#segments = []
  }

  /** Keeps bytes for later, cut so that no two segments overlap: all of them together fit the window. */
  #keep(offset: number, payload: Uint8Array): void {
    let at = this.#segments.length
    while (at > 0 && this.#segments[at - 1]!.offset > offset) at--
    const before = this.#segments[at - 1]
    const start = before === undefined ? offset : Math.max(offset, before.offset + before.bytes.length)
    let end = offset + payload.length
    let covered = 0
    for (let next = this.#segments[at]; next !== undefined && next.offset < end; next = this.#segments[at + covered]) {
      if (next.offset + next.bytes.length > end) end = next.offset
      else covered++
    }
    if (end <= start) return
    // A copy, because a small view would keep the whole piece that it came in.
    this.#segments.splice(at, covered, { offset: start, bytes: payload.slice(start - offset, end - offset) })
  }
}
