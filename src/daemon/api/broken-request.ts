import type { Server } from 'node:http'
import { HeaderTooLargeError, MalformedRequestError, RequestTimeoutError } from './errors.ts'
import { answerProblem } from './raw-answer.ts'

/** Answers what never becomes a request: it is no HTTP, too long, or too slow. */
export function answerBrokenRequests(server: Server): void {
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    if (error.code === 'ECONNRESET' || !socket.writable) socket.destroy()
    else void answerProblem(socket, problemOf(error.code))
  })
}

function problemOf(code: string | undefined): Error {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return new HeaderTooLargeError('The header is larger than 16 KiB; send less')
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new RequestTimeoutError('The request did not come to its end in time; send it faster')
    default:
      return new MalformedRequestError('This is not a valid HTTP request; correct it')
  }
}
