// What measures do with streams.
import { nowMs } from './clock.ts'
import type { ByteStream } from './contestant.ts'

/** The small message of the round trips. */
export const MESSAGE = Buffer.alloc(64, 'm')
const BLOCK = Buffer.alloc(64 * 1024, 'b')

/** Sends the small message and waits until as many bytes have come back. */
export function echo(stream: ByteStream): Promise<void> {
  return new Promise((resolve, reject) => {
    let missing = MESSAGE.byteLength
    stream.handlers = {
      data({ byteLength }) {
        missing -= byteLength
        if (missing === 0) resolve()
      },
      closed: (error) => reject(error ?? new Error('the stream was closed before the echo came')),
    }
    stream.write(MESSAGE)
  })
}

/** Sends the small message and the end, and waits for the whole reply with its end. */
export function request(stream: ByteStream): Promise<void> {
  return new Promise((resolve, reject) => {
    let missing = MESSAGE.byteLength
    stream.handlers = {
      data({ byteLength }) {
        missing -= byteLength
      },
      end() {
        if (missing === 0) resolve()
        else reject(new Error(`the reply ended ${missing} bytes short`))
      },
      closed: (error) => reject(error ?? new Error('the stream was closed before the reply came')),
    }
    stream.write(MESSAGE)
    stream.end()
  })
}

/**
 * Writes 64 KiB at a time, as fast as the stream takes them, until the given time; answers with the number of bytes.
 */
export function flood(stream: ByteStream, untilMs: number): Promise<number> {
  return new Promise((resolve, reject) => {
    let bytes = 0
    function pump(): void {
      let room = true
      while (room) {
        if (nowMs() >= untilMs) {
          stream.handlers = {}
          resolve(bytes)
          return
        }
        room = stream.write(BLOCK)
        bytes += BLOCK.byteLength
      }
    }
    stream.handlers = {
      drain: pump,
      closed: (error) => reject(error ?? new Error('the stream was closed while data was written')),
    }
    pump()
  })
}

/** Ends the stream and waits until the other side has done the same. */
export function finish(stream: ByteStream): Promise<void> {
  return new Promise((resolve) => {
    stream.handlers = { end: resolve, closed: () => resolve() }
    stream.end()
  })
}
