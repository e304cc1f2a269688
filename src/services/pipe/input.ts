// Where the bytes of a pipe come from: a file, or a stream such as a pipe of the system, a socket or a terminal.
import { closeSync, read } from 'node:fs'
import { Socket } from 'node:net'
import type { Readable } from 'node:stream'
import { promisify } from 'node:util'
import type { PipeInput } from './endpoint.ts'

const readFrom = promisify(read)

/** A file, or a device such as /dev/null. */
export class FileInput implements PipeInput {
  readonly isTerminal = false
  readonly #descriptor: number
  #position: number | null
  #isReading = false
  #isOver = false
  #isToClose = false

  /** `position`: where to read; null: where the descriptor stands, which moves with each read. */
  constructor(descriptor: number, position: number | null) {
    this.#descriptor = descriptor
    this.#position = position
  }

  async read(buffer: Uint8Array): Promise<number> {
    if (this.#isOver) return 0
    this.#isReading = true
    try {
      const { bytesRead } = await readFrom(this.#descriptor, buffer, 0, buffer.length, this.#position)
      if (this.#position !== null) this.#position += bytesRead
      return bytesRead
    } finally {
      this.#isReading = false
      if (this.#isToClose) closeSync(this.#descriptor)
    }
  }

  end(): void {
    this.#isOver = true
  }

  /** Ends it and closes the descriptor, as soon as no read is under way. Call it once. */
  close(): void {
    this.end()
    this.#isToClose = true
    if (!this.#isReading) closeSync(this.#descriptor)
  }
}

/** A terminal, a pipe or a socket. */
export class StreamInput implements PipeInput {
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

  /** Ends it and closes what is under it. */
  close(): void {
    this.#stream.destroy()
    this.end()
  }
}

/**
 * A pipe of the system that this process opens by its path, without waiting for a writer (O_NONBLOCK). If the last writer of a named pipe has closed it before, the system reports the end to a read, but
 * never to a poll (fifo_open in Linux); so it is polled only when a read has shown that a writer is there.
 */
export class FifoInput implements PipeInput {
  readonly isTerminal = false
  readonly #descriptor: number
  #input: FileInput | StreamInput
  #isOver = false

  constructor(descriptor: number) {
    this.#descriptor = descriptor
    this.#input = new FileInput(descriptor, null)
  }

  async read(buffer: Uint8Array): Promise<number> {
    try {
      return await this.#input.read(buffer)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error
    }
    if (this.#isOver) return 0
    this.#input = new StreamInput(new Socket({ fd: this.#descriptor, readable: true, writable: false }), false)
    return this.#input.read(buffer)
  }

  end(): void {
    this.#isOver = true
    this.#input.end()
  }

  /** Ends it and closes the descriptor. */
  close(): void {
    this.#isOver = true
    this.#input.close()
  }
}
