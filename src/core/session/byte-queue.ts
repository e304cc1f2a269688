import { copyBytes } from '../frame/bytes.ts'

/** Smaller pieces are copied together, so that a flood of tiny ones costs its bytes and not an object each. */
const COPY_BELOW_BYTES = 4_096
const PAGE_BYTES = 16_384

/**
 * Bytes in order, waiting to be read. Pieces are kept by reference, unless they are small, or would keep alive more than twice their size:
 * what a peer sends unread costs at most twice its bytes, however it is cut.
 */
export class ByteQueue {
  #pieces: Uint8Array[] = []
  #bytes = 0
  /** The last piece is a page of this queue's own, filled so far. */
  #page: Uint8Array | undefined
  #filled = 0

  get bytes(): number {
    return this.#bytes
  }

  push(piece: Uint8Array): void {
    this.#bytes += piece.length
    if (piece.length >= COPY_BELOW_BYTES) {
      this.#closePage()
      this.#pieces.push(2 * piece.length < piece.buffer.byteLength ? copyBytes(piece) : piece)
      return
    }
    if (this.#pieces.length === 0 && this.#page === undefined) {
      // One little piece is the common case, a request: no page for it.
      this.#pieces.push(copyBytes(piece))
      return
    }
    let rest = piece
    while (rest.length > 0) {
      this.#page ??= new Uint8Array(PAGE_BYTES)
      const part = rest.subarray(0, this.#page.length - this.#filled)
      this.#page.set(part, this.#filled)
      this.#filled += part.length
      rest = rest.subarray(part.length)
      if (this.#filled === this.#page.length) this.#closePage()
    }
  }

  /** The next piece, or undefined if there is none. */
  shift(): Uint8Array | undefined {
    if (this.#pieces.length === 0) this.#closePage()
    const piece = this.#pieces.shift()
    if (piece !== undefined) this.#bytes -= piece.length
    return piece
  }

  clear(): void {
    this.#pieces = []
    this.#page = undefined
    this.#filled = 0
    this.#bytes = 0
  }

  #closePage(): void {
    if (this.#page === undefined) return
    const isHalfEmpty = 2 * this.#filled < this.#page.length
    this.#pieces.push(isHalfEmpty ? copyBytes(this.#page, 0, this.#filled) : this.#page.subarray(0, this.#filled))
    this.#page = undefined
    this.#filled = 0
  }
}
