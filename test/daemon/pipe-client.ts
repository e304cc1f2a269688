// A client of a daemon's pipes, and what the two sides of one say.
import { type IncomingHttpHeaders, type RequestOptions, request } from 'node:http'
import type { Socket } from 'node:net'
import type { HoldfastStream } from '../../src/index.ts'
import {
  deliveredFrame,
  doneFrame,
  endFrame,
  FRAME_HEADER_BYTES,
  putDataHeader,
} from '../../src/services/pipe/frames.ts'
import { readAll } from '../library/nodes.ts'

export interface ClientPipe {
  readonly socket: Socket
  readonly headers: IncomingHttpHeaders
}

/** A pipe as a client asks for it; rejects with the code of the problem if there is none. */
export function askForPipe({ headers: more, ...options }: RequestOptions): Promise<ClientPipe> {
  return new Promise((resolve, reject) => {
    const headers = { ...(more as Record<string, string>), Connection: 'Upgrade', Upgrade: 'holdfast-pipe' }
    const asked = request({ ...options, headers })
    asked.on('upgrade', (response, socket: Socket, head) => {
      // What came right behind the answer.
      socket.unshift(head)
      resolve({ socket, headers: response.headers })
    })
    asked.on('response', (response) => {
      readAll(response).then(
        (bytes) => reject(new Error((JSON.parse(bytes.toString()) as { code: string }).code)),
        reject,
      )
    })
    asked.on('error', reject)
    asked.end()
  })
}

/** A DATA with so many bytes. */
export function dataFrame(bytes: number): Buffer {
  const frame = Buffer.alloc(FRAME_HEADER_BYTES + bytes, 'payload ')
  putDataHeader(frame, bytes)
  return frame
}

/** All that one side says in a pipe in which it sends so many bytes and receives so many. */
export function framed(sentBytes: number, receivedBytes: number): Buffer {
  const chunkBytes = 500_000
  const data = Array.from({ length: sentBytes / chunkBytes }, () => dataFrame(chunkBytes))
  return Buffer.concat([...data, endFrame(sentBytes), deliveredFrame(receivedBytes), doneFrame()])
}

/** How a stream fails. */
export function failureOf(stream: HoldfastStream): Promise<Error> {
  return new Promise((resolve) => stream.on('error', resolve))
}
