import type { Duplex } from 'node:stream'
import { readU16 } from '../core/frame/bytes.ts'
import { MESSAGE_BYTES_MAX, malformed } from './messages.ts'

/** Several messages in each direction of one stream, each behind its length. */
export class MessageStream {
  readonly #stream: Duplex
  readonly #chunks: AsyncIterator<Uint8Array, undefined>
  #read: Uint8Array = new Uint8Array(0)

  constructor(stream: Duplex) {
    this.#stream = stream
    // Whoever reads or ends it, is told.
    stream.on('error', () => undefined)
    this.#chunks = stream.iterator({ destroyOnReturn: false }) as AsyncIterator<Uint8Array, undefined>
  }

  send(message: Uint8Array): void {
    const length = Buffer.alloc(2)
    length.writeUInt16BE(message.length)
    this.#stream.write(Buffer.concat([length, message]))
  }

  /** The next message of the other side. Rejects when the stream ends or fails before it is whole. */
  async next(): Promise<Uint8Array> {
    for (;;) {
      const length = this.#read.length < 2 ? undefined : readU16(this.#read, 0)
      if (length !== undefined && length > MESSAGE_BYTES_MAX) throw malformed()
      if (length !== undefined && this.#read.length >= 2 + length) {
        const message = this.#read.slice(2, 2 + length)
        this.#read = this.#read.subarray(2 + length)
        return message
      }
      const result = await this.#chunks.next()
      if (result.done === true) throw malformed()
      this.#read = Buffer.concat([this.#read, result.value])
    }
  }

  /** Ends this side's direction; resolves when the other side has all of it, or when that cannot be any more. */
  end(): Promise<void> {
    return new Promise((resolve) => {
      this.#stream.once('close', resolve)
      this.#stream.end(resolve)
    })
  }
}
