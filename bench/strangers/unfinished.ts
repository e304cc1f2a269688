import type { Socket } from 'node:net'
import { Duplex } from 'node:stream'

/** Type and length of the record that holds Finished, where the hash is SHA-256: 4 and 32 bytes, the inner type, the tag. */
const FINISHED = { type: 23, length: 4 + 32 + 1 + 16 }
const RECORD_HEAD_BYTES = 5

/** A connection over which TLS sends everything but its last message, Finished. */
export class Unfinished extends Duplex {
  readonly #socket: Socket

  constructor(socket: Socket) {
    super()
    this.#socket = socket
    socket.on('data', (bytes: Buffer) => this.push(bytes))
    socket.on('close', () => this.destroy())
  }

  override _read(): void {
    // What comes is handed on as it comes.
  }

  override _write(bytes: Buffer, _encoding: string, done: () => void): void {
    for (let at = 0; at < bytes.length; ) {
      const length = bytes.readUInt16BE(at + 3)
      const end = at + RECORD_HEAD_BYTES + length
      const isFinished = bytes[at] === FINISHED.type && length === FINISHED.length
      if (!isFinished) this.#socket.write(bytes.subarray(at, end))
      at = end
    }
    done()
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#socket.destroy()
    done(error)
  }
}
