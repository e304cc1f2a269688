// The little of ASN.1 DER (ITU-T X.690) that a certificate needs: definite lengths in their shortest form, tags of one byte.

/** Tags by their names in X.690 and RFC 5280. */
export const tag = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  objectId: 0x06,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  version: 0xa0,
  extensions: 0xa3,
} as const

/** Bytes that are no strict DER, or not of the expected shape. */
export class DerError extends Error {
  override readonly name = 'DerError'
}

/** A value as found: `bytes` with its header, `content` without. Both are views of the input. */
export interface DerValue {
  readonly bytes: Uint8Array
  readonly content: Uint8Array
}

/** Reads values one after another. Never reads beyond its bytes, never copies them. */
export class DerReader {
  readonly #bytes: Uint8Array
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  /** The tag of the next value; undefined at the end. */
  get next(): number | undefined {
    return this.#bytes[this.#at]
  }

  /** Takes the next value, which must have this tag. */
  take(expected: number): DerValue {
    const start = this.#at
    if (this.#bytes[start] !== expected) throw new DerError(`no value with tag ${expected} at byte ${start}`)
    this.#at++
    const length = this.#length()
    const from = this.#at
    if (length > this.#bytes.length - from) throw new DerError(`the value at byte ${start} is cut off`)
    this.#at = from + length
    return { bytes: this.#bytes.subarray(start, this.#at), content: this.#bytes.subarray(from, this.#at) }
  }

  /** A reader of what is inside the next value. */
  enter(expected: number): DerReader {
    return new DerReader(this.take(expected).content)
  }

  /** Makes sure that nothing follows. */
  end(): void {
    if (this.#at !== this.#bytes.length) throw new DerError(`unexpected bytes at byte ${this.#at}`)
  }

  #length(): number {
    const first = this.#byte()
    if (first < 0x80) return first
    // Two bytes reach 64 KiB, far beyond any certificate that is accepted.
    if (first === 0x81) {
      const length = this.#byte()
      if (length >= 0x80) return length
    } else if (first === 0x82) {
      const length = this.#byte() * 256 + this.#byte()
      if (length >= 0x100) return length
    }
    throw new DerError(`a length that is not in its shortest form at byte ${this.#at}`)
  }

  #byte(): number {
    const value = this.#bytes[this.#at++]
    if (value === undefined) throw new DerError('a length is cut off')
    return value
  }
}

/** One value with the given tag around its content. */
export function der(tagByte: number, ...content: readonly Uint8Array[]): Uint8Array {
  const length = content.reduce((sum, part) => sum + part.length, 0)
  if (length > 0xffff) throw new DerError(`a value of ${length} bytes`)
  const header = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff]
  return Buffer.concat([Uint8Array.of(tagByte, ...header), ...content])
}
