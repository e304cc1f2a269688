import { STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import { problemResponse } from './problem.ts'

/** Answers with a problem, as the rest of the API does, on a connection that has no response of the server's; and ends it. */
export async function answerProblem(socket: Duplex, error: unknown): Promise<void> {
  const response = problemResponse(error)
  const body = await response.text()
  const { status } = response
  const headers = [
    ...response.headers,
    ['Connection', 'close'],
    ['Content-Length', String(Buffer.byteLength(body))],
  ].map(([name, value]) => `${name}: ${value}\r\n`)
  const text = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${headers.join('')}\r\n${body}`
  // Nothing else ends the connection of a client that does not end it itself; there are not many.
  socket.end(text, () => socket.destroy())
}
