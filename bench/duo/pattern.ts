/** Prime, so that bytes that are shifted by a frame or a record do not fit by chance. */
const PERIOD = 65_521
/** Twice the pattern, so that any piece of up to a period is one slice of it. */
const pattern = Buffer.alloc(2 * PERIOD)
for (let at = 0, state = 1; at < PERIOD; at++) {
  state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
  pattern[at] = pattern[at + PERIOD] = state >>> 24
}

/** Bytes that say where in their stream they belong. */
export class PatternWriter {
  #offset = 0

  get written(): number {
    return this.#offset
  }

  /** The next bytes; at most 64 KiB less 15. Must not be changed. */
  next(size: number): Uint8Array {
    const from = this.#offset % PERIOD
    this.#offset += size
    return pattern.subarray(from, from + size)
  }
}

/** Compares what arrives with what was sent. */
export class PatternReader {
  #offset = 0
  #wrong = 0

  get received(): number {
    return this.#offset
  }

  /** Bytes that are not what belongs there: something before them was lost, doubled or changed. */
  get wrong(): number {
    return this.#wrong
  }

  take(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.byteLength; at += PERIOD) {
      const piece = bytes.subarray(at, at + PERIOD)
      const from = this.#offset % PERIOD
      if (pattern.compare(piece, 0, piece.byteLength, from, from + piece.byteLength) !== 0)
        this.#wrong += piece.byteLength
      this.#offset += piece.byteLength
    }
  }
}
