// Standard input as a pipe reads it: into a buffer of the caller, with an end that is told apart from a failure.
import { fstatSync, read } from 'node:fs'
import type { Readable } from 'node:stream'
import { isatty } from 'node:tty'
import type { PipeInput } from '../../services/pipe/endpoint.ts'

const standardInput = 0

export function openStandardInput(): PipeInput {
  if (isatty(standardInput)) return new ReadableInput(process.stdin, true)
  const stats = fstatSync(standardInput)
  // A read of a pipe blocks a thread for as long as nothing comes, and the process could not end meanwhile; Node polls for it instead.
  return stats.isFIFO() || stats.isSocket() ? new ReadableInput(process.stdin, false) : new FileInput()
}

/** A file, or a device such as /dev/null. */
class FileInput implements PipeInput {
  readonly isTerminal = false
  #isOver = false

  async read(buffer: Uint8Array): Promise<number> {
    if (this.#isOver) return 0
    return new Promise((resolve, reject) => {
      read(standardInput, buffer, 0, buffer.length, null, (error, count) => (error ? reject(error) : resolve(count)))
    })
  }

  end(): void {
    this.#isOver = true
  }
}

/** A terminal, a pipe or a socket. */
class ReadableInput implements PipeInput {
  readonly isTerminal: boolean
  readonly #stream: Readable
  #isOver = false
  #failure: Error | undefined
  #changed: () => void = () => undefined

  constructor(stream: Readable, isTerminal: boolean) {
    this.#stream = stream
    this.isTerminal = isTerminal
    stream.on('readable', () => this.#changed())
    stream.on('error', (error) => {
      this.#failure = error
      this.#changed()
    })
    for (const event of ['end', 'close']) stream.on(event, () => this.end())
  }

  async read(buffer: Uint8Array): Promise<number> {
    for (;;) {
      const available = Math.min(buffer.length, this.#stream.readableLength)
      const chunk = this.#isOver ? null : (this.#stream.read(available || undefined) as Uint8Array | null)
      if (chunk !== null) {
        buffer.set(chunk)
        return chunk.length
      }
      if (this.#failure !== undefined) throw this.#failure
      if (this.#isOver) return 0
      await new Promise<void>((resolve) => {
        this.#changed = resolve
      })
    }
  }

  end(): void {
    this.#isOver = true
    this.#changed()
  }
}
