import { crc32 } from 'node:zlib'
import { firstDifference, offsetOf } from './pattern.ts'

/** Told of everything that must not be. */
export type Report = (problem: string) => void

/**
 * One direction of one stream, as seen from outside the library: what the writer gave, what the reader got. What must hold is
 * checked at once; nothing in it comes from the library.
 */
export class DirectionOracle {
  readonly tag: number
  readonly #name: string
  readonly #report: Report
  #written = 0
  #writtenHash = 0
  #accepted = 0
  #writer: 'open' | 'ended' | 'gave-up' = 'open'
  #read = 0
  #readHash = 0
  #ends = 0
  #wrong = false

  constructor(tag: number, name: string, report: Report) {
    this.tag = tag
    this.#name = name
    this.#report = report
  }

  get written(): number {
    return this.#written
  }

  get read(): number {
    return this.#read
  }

  /** Every byte and the end have arrived. */
  get isComplete(): boolean {
    return this.#ends > 0
  }

  /** What writer and reader have between them: taken from one and not given to the other. */
  get acceptedAndUnread(): number {
    return this.#accepted - this.#read
  }

  /** The writer writes the next bytes; they must be the stream's content. */
  wrote(bytes: Uint8Array): void {
    this.#written += bytes.length
    this.#writtenHash = crc32(bytes, this.#writtenHash)
  }

  /** The callback of a write came. */
  accepted(bytes: number): void {
    this.#accepted += bytes
  }

  /** The writer ends, so that the reader must see exactly what was written. */
  writerEnded(): void {
    this.#writer = 'ended'
  }

  /** The writer gives up, so that the reader may see less; what has ended before may still be seen to end. */
  writerGaveUp(): void {
    if (this.#writer === 'open') this.#writer = 'gave-up'
  }

  /** The reader got bytes. */
  got(bytes: Uint8Array): void {
    if (this.#ends > 0) this.#fail(`${bytes.length} bytes came after the end`)
    if (this.#read + bytes.length > this.#written) {
      this.#fail(`bytes up to ${this.#read + bytes.length} came, but ${this.#written} were written`)
    }
    const difference = firstDifference(this.tag, this.#read, bytes)
    if (difference >= 0) this.#fail(this.#describe(bytes.subarray(difference), this.#read + difference))
    this.#read += bytes.length
    this.#readHash = crc32(bytes, this.#readHash)
  }

  /** The reader saw the end. */
  gotEnd(): void {
    this.#ends++
    if (this.#ends > 1) this.#fail('the end came twice')
    if (this.#writer !== 'ended') this.#fail('an end came that nobody wrote')
    if (this.#read !== this.#written) this.#fail(`the end came after ${this.#read} of ${this.#written} bytes`)
    if (this.#readHash !== this.#writtenHash) this.#fail('what was read has another hash than what was written')
  }

  /** The first mistake of a direction; what follows from it would only hide it. */
  #fail(problem: string): void {
    if (this.#wrong) return
    this.#wrong = true
    this.#report(`${this.#name}: ${problem}`)
  }

  #describe(bytes: Uint8Array, expectedOffset: number): string {
    const offset = offsetOf(this.tag, bytes, this.#written)
    if (offset === undefined) return `at offset ${expectedOffset} came bytes that are not of this stream`
    const what = offset > expectedOffset ? 'lost or reordered' : 'doubled or reordered'
    return `at offset ${expectedOffset} came bytes of offset ${offset}: ${what}`
  }
}
