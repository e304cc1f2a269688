// Standard output as a pipe writes it: what is called back has been taken by the system, for a file by the file.
import { fstatSync, writev } from 'node:fs'
import type { Writable } from 'node:stream'
import { finished } from 'node:stream/promises'
import { isatty } from 'node:tty'
import type { PipeOutput } from '../../services/pipe/endpoint.ts'
import { openStandardOutput } from '../terminal/standard-output.ts'

const standardOutput = 1

export function openPipeOutput(): PipeOutput {
  if (isatty(standardOutput)) return new WritableOutput(openStandardOutput(), false)
  const stats = fstatSync(standardOutput)
  return stats.isFIFO() || stats.isSocket() ? new WritableOutput(openStandardOutput(), true) : new FileOutput()
}

type Callback = (error?: Error | null) => void

/** A terminal, a pipe or a socket. */
class WritableOutput implements PipeOutput {
  readonly #stream: Writable
  readonly #isClosedAtEnd: boolean

  /** `isClosedAtEnd`: whoever reads it waits for its end; nobody does at a terminal. */
  constructor(stream: Writable, isClosedAtEnd: boolean) {
    this.#stream = stream
    this.#isClosedAtEnd = isClosedAtEnd
    // Callbacks tell it.
    stream.on('error', () => undefined)
  }

  write(bytes: Uint8Array, callback: Callback): void {
    this.#stream.write(bytes, callback)
  }

  async end(): Promise<void> {
    if (!this.#isClosedAtEnd) return
    this.#stream.end()
    await finished(this.#stream, { readable: false })
  }
}

/** A file, or a device such as /dev/null. What comes while a write goes on is written at once by the next. */
class FileOutput implements PipeOutput {
  #waiting: { bytes: Uint8Array; callback: Callback }[] = []
  #isWriting = false

  write(bytes: Uint8Array, callback: Callback): void {
    this.#waiting.push({ bytes, callback })
    if (!this.#isWriting) this.#writeAll()
  }

  async end(): Promise<void> {
    // The callbacks of all writes were called.
  }

  #writeAll(): void {
    const batch = this.#waiting
    this.#waiting = []
    this.#isWriting = batch.length > 0
    if (!this.#isWriting) return
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
    writev(standardOutput, pieces, null, (error, count) => {
      if (error) return done(error)
      const rest = dropped(pieces, count)
      if (rest.length === 0) done(null)
      else this.#writeFrom(rest, done)
    })
  }
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
