// Where the bytes of a pipe go: when a write calls back, the system has taken the bytes; for a file, the file has.
import { type BigIntStats, closeSync, statSync, writev } from 'node:fs'
import { devNull } from 'node:os'
import type { Writable } from 'node:stream'
import { finished } from 'node:stream/promises'
import type { PipeOutput } from './endpoint.ts'

type Callback = (error?: Error | null) => void

/** A terminal, a pipe or a socket. */
export class StreamOutput implements PipeOutput {
  readonly #stream: Writable
  readonly #isClosedAtEnd: boolean

  /** `isClosedAtEnd`: its reader waits for the end; nobody does at a terminal. */
  constructor(stream: Writable, isClosedAtEnd: boolean) {
    this.#stream = stream
    this.#isClosedAtEnd = isClosedAtEnd
    // The callbacks of the writes report it.
    stream.on('error', () => undefined)
  }

  write(bytes: Uint8Array, callback: Callback): void {
    // All that this turn of the event loop brings is given to the system in one call.
    if (this.#stream.writableCorked === 0) {
      this.#stream.cork()
      setImmediate(() => this.#stream.uncork())
    }
    this.#stream.write(bytes, callback)
  }

  async end(): Promise<void> {
    if (!this.#isClosedAtEnd) return
    this.#stream.end()
    await finished(this.#stream, { readable: false })
  }

  /** Closes it at once; bytes that the system has not taken are dropped. */
  close(): void {
    this.#stream.destroy()
  }
}

/** A file, or a device such as /dev/null. Bytes that come during a write are written together by the next. */
export class FileOutput implements PipeOutput {
  readonly #descriptor: number
  #waiting: { bytes: Uint8Array; callback: Callback }[] = []
  #isWriting = false
  #isToClose = false

  constructor(descriptor: number) {
    this.#descriptor = descriptor
  }

  write(bytes: Uint8Array, callback: Callback): void {
    this.#waiting.push({ bytes, callback })
    if (!this.#isWriting) this.#writeAll()
  }

  async end(): Promise<void> {
    // The callbacks of all writes were called.
  }

  /** Closes the descriptor, as soon as no write is under way. Call it once, and write nothing after it. */
  close(): void {
    this.#waiting = []
    this.#isToClose = true
    if (!this.#isWriting) closeSync(this.#descriptor)
  }

  #writeAll(): void {
    const batch = this.#waiting
    this.#waiting = []
    this.#isWriting = batch.length > 0
    if (!this.#isWriting) {
      if (this.#isToClose) closeSync(this.#descriptor)
      return
    }
    const done = (error: Error | null): void => {
      for (const { callback } of batch) callback(error)
      this.#writeAll()
    }
    this.#writeFrom(
      batch.map(({ bytes }) => bytes),
      done,
    )
  }

  /** The system may take less than it was given, as it does when the disk is nearly full. */
  #writeFrom(pieces: Uint8Array[], done: (error: Error | null) => void): void {
    writev(this.#descriptor, pieces, null, (error, count) => {
      if (error) return done(error)
      const rest = dropped(pieces, count)
      if (rest.length === 0) done(null)
      else this.#writeFrom(rest, done)
    })
  }
}

/** /dev/null, which takes everything at once. */
export class NullOutput implements PipeOutput {
  write(_bytes: Uint8Array, callback: Callback): void {
    callback()
  }

  async end(): Promise<void> {
    // Nobody reads it.
  }

  close(): void {
    // It is not open.
  }
}

export function isNullDevice({ rdev }: BigIntStats): boolean {
  return rdev !== 0n && rdev === statSync(devNull, { bigint: true }).rdev
}

function dropped(pieces: readonly Uint8Array[], count: number): Uint8Array[] {
  let left = count
  const rest: Uint8Array[] = []
  for (const piece of pieces) {
    const skip = Math.min(left, piece.length)
    left -= skip
    if (skip < piece.length) rest.push(piece.subarray(skip))
  }
  return rest
}
