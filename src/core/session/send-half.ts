import { ProtocolError } from '../errors.ts'
import { FIRST_STREAM_WINDOW_BYTES } from '../frame/constants.ts'

/**
 * What one side of a stream sends: bytes that wait for a number, and the way it ends.
 *
 *     open ──end()──▶ ending ──FIN sent──▶ ended ──acknowledged──▶ over
 *       │               │                    │
 *       └───reset()─────┴────────────────────┴──▶ resetting ──RESET sent──▶ reset ──acknowledged──▶ over
 */
export class SendHalf {
  #state: 'open' | 'ending' | 'ended' | 'resetting' | 'reset' | 'over' = 'open'
  #pieces: Uint8Array[] = []
  /** The piece that goes next, and how much of it has been taken. */
  #next = 0
  #taken = 0
  #queuedBytes = 0
  #offset = 0
  #resetCode = 0
  #limit = FIRST_STREAM_WINDOW_BYTES
  #limitSequence = 0

  get state(): 'open' | 'ending' | 'ended' | 'resetting' | 'reset' | 'over' {
    return this.#state
  }

  /** Bytes that have been put into frames; the offset of the next. */
  get offset(): number {
    return this.#offset
  }

  get queuedBytes(): number {
    return this.#queuedBytes
  }

  /** Something of it still has to go into a frame: bytes, though a window may be in their way, or the end. */
  get isUnsent(): boolean {
    return this.#queuedBytes > 0 || this.#state === 'ending' || this.#state === 'resetting'
  }

  get resetCode(): number {
    return this.#resetCode
  }

  /** How many bytes may go into frames now, as far as this stream's window says. */
  get sendableBytes(): number {
    return Math.min(this.#queuedBytes, this.#limit - this.#offset)
  }

  write(bytes: Uint8Array): void {
    this.#pieces.push(bytes)
    this.#queuedBytes += bytes.length
  }

  /** Copies the next `count` bytes to `target` and counts them as sent. */
  take(target: Uint8Array, at: number, count: number): void {
    for (let left = count; left > 0; ) {
      const piece = this.#pieces[this.#next]!
      const part = Math.min(left, piece.length - this.#taken)
      target.set(
        this.#taken === 0 && part === piece.length ? piece : piece.subarray(this.#taken, this.#taken + part),
        at,
      )
      at += part
      left -= part
      this.#taken += part
      if (this.#taken === piece.length) {
        this.#next++
        this.#taken = 0
      }
    }
    // Not shifted one by one: that would move all the others each time.
    if (this.#next === this.#pieces.length || this.#next > 256) {
      this.#pieces.splice(0, this.#next)
      this.#next = 0
    }
    this.#offset += count
    this.#queuedBytes -= count
  }

  end(): void {
    if (this.#state === 'open') this.#state = 'ending'
  }

  /** FIN went into a frame. */
  finSent(): void {
    this.#state = 'ended'
  }

  /** True if a RESET is now due. */
  reset(code: number): boolean {
    if (this.#state === 'resetting' || this.#state === 'reset' || this.#state === 'over') return false
    this.#state = 'resetting'
    this.#resetCode = code
    this.#pieces = []
    this.#next = 0
    this.#taken = 0
    this.#queuedBytes = 0
    return true
  }

  resetSent(): void {
    this.#state = 'reset'
  }

  /** A FIN or RESET was acknowledged; true if that is what this half ended with. */
  endAcknowledged(by: 'fin' | 'reset'): boolean {
    if (this.#state !== (by === 'fin' ? 'ended' : 'reset')) return false
    this.#state = 'over'
    return true
  }

  /** WINDOW: the limit of the one with the highest number counts. */
  limitRaised(limit: number, sequence: number): void {
    if (sequence > this.#limitSequence ? limit < this.#limit : limit > this.#limit) {
      throw new ProtocolError('window-shrunk', `A stream's window went from ${this.#limit} to ${limit}`)
    }
    if (sequence < this.#limitSequence) return
    this.#limit = limit
    this.#limitSequence = sequence
  }
}
