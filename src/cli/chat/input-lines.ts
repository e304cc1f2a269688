// Standard input as lines, each of which becomes a message. What stands there may be anything, and of any length.
import type { Readable } from 'node:stream'
import { decodeText } from '../../core/frame/bytes.ts'
import { InputOutputError } from '../errors.ts'

const lineFeed = 0x0a
const carriageReturn = 0x0d
const notUtf8 = 'it is not UTF-8'

/** A line by its number, from 1: its text, or why it cannot be a message, in words that follow `Line 3 is refused: `. */
export type InputLine = { readonly number: number } & ({ readonly text: string } | { readonly refusal: string })

/** Lines end with LF or CRLF; the last one may end with the input. Holds one piece of the input and the beginning of one line. */
export class InputLines {
  readonly #input: Readable
  readonly #bytesMax: number
  /** The piece at hand, from what was not handed out yet. */
  #piece: Uint8Array = new Uint8Array(0)
  /** The beginning of a line, from earlier pieces; nothing once it is too long. */
  #held: Uint8Array[] = []
  #heldBytes = 0
  #number = 0

  /** @param bytesMax The most that a line may have, without its end. */
  constructor(input: Readable, bytesMax: number) {
    this.#input = input
    this.#bytesMax = bytesMax
  }

  /** The number of the line that was handed out last; 0 before the first. */
  get number(): number {
    return this.#number
  }

  /** Counts the lines that were read from the input and not handed out; the last one may go on in what was not read. No more are handed out after that. */
  countUnread(): number {
    const buffered = this.#input.read() as Uint8Array | null
    const bytes = Buffer.concat([...this.#held, this.#piece, buffered ?? new Uint8Array(0)])
    const ends = bytes.reduce((count, byte) => (byte === lineFeed ? count + 1 : count), 0)
    const isOpen = bytes.length === 0 ? this.#heldBytes > 0 : bytes.at(-1) !== lineFeed
    return isOpen ? ends + 1 : ends
  }

  /** Throws `InputOutputError` when the input cannot be read. */
  async *[Symbol.asyncIterator](): AsyncGenerator<InputLine, undefined> {
    try {
      for await (const piece of this.#input as AsyncIterable<Uint8Array>) {
        this.#piece = piece
        for (let end = this.#end(); end !== -1; end = this.#end()) {
          const rest = this.#piece.subarray(0, end)
          this.#piece = this.#piece.subarray(end + 1)
          yield this.#line(rest)
        }
        this.#hold()
      }
    } catch (error) {
      throw new InputOutputError('input', error as Error)
    }
    if (this.#heldBytes > 0) yield this.#line(new Uint8Array(0))
  }

  #end(): number {
    return this.#piece.indexOf(lineFeed)
  }

  #hold(): void {
    const { length } = this.#piece
    if (length === 0) return
    this.#heldBytes += length
    if (this.#isTooLong(this.#heldBytes)) this.#held = []
    else this.#held.push(new Uint8Array(this.#piece))
    this.#piece = new Uint8Array(0)
  }

  #line(rest: Uint8Array): InputLine {
    this.#number++
    const isTooLong = this.#isTooLong(this.#heldBytes + rest.length)
    const bytes = isTooLong ? rest : withoutReturn(Buffer.concat([...this.#held, rest]))
    this.#held = []
    this.#heldBytes = 0
    const number = this.#number
    if (isTooLong || bytes.length > this.#bytesMax) return { number, refusal: tooLong(this.#bytesMax) }
    try {
      return { number, text: decodeText(bytes) }
    } catch {
      return { number, refusal: notUtf8 }
    }
  }

  /** Beyond what a carriage return at its end would explain. */
  #isTooLong(bytes: number): boolean {
    return bytes > this.#bytesMax + 1
  }
}

function tooLong(bytesMax: number): string {
  return `it has more than ${bytesMax.toLocaleString('en')} bytes, which is the most that a message can have`
}

function withoutReturn(bytes: Uint8Array): Uint8Array {
  return bytes.at(-1) === carriageReturn ? bytes.subarray(0, -1) : bytes
}
