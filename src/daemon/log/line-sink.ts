import type { Writable } from 'node:stream'

/** What waits to be read. A program that reads the log and hangs must neither stop the node nor fill its memory. */
const QUEUE_BYTES_MAX = 1024 * 1024

/** Writes lines to a stream; drops those for which there is no room, and says how many once there is. A stream that fails is written to no more. */
export class LineSink {
  readonly #stream: Writable
  readonly #droppedLine: (count: number) => string
  #dropped = 0
  #failed = false

  /** `droppedLine`: the line that stands for so many that were dropped. */
  constructor(stream: Writable, droppedLine: (count: number) => string) {
    this.#stream = stream
    this.#droppedLine = droppedLine
    // The terminal was closed, the program that reads has ended, the disk is full: the node goes on.
    stream.on('error', () => {
      this.#failed = true
    })
  }

  write(line: string): void {
    if (this.#failed || this.#stream.destroyed) return
    if (this.#stream.writableLength > QUEUE_BYTES_MAX) {
      this.#dropped++
      return
    }
    if (this.#dropped > 0) {
      this.#stream.write(this.#droppedLine(this.#dropped))
      this.#dropped = 0
    }
    this.#stream.write(line)
  }

  /** Resolves when everything that was taken has been written, or cannot be. */
  flushed(): Promise<void> {
    const stream = this.#stream
    if (this.#failed || stream.destroyed || stream.writableLength === 0) return Promise.resolve()
    return new Promise((resolve) => {
      stream.once('drain', resolve)
      stream.once('error', () => resolve())
      stream.once('close', () => resolve())
      stream.write('', () => resolve())
    })
  }
}
