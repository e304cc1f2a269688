// A pipe over the API: a request for it is answered with 101, and from there on the connection carries the frames of the pipe.
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Node } from '../../index.ts'
import { offerHeaders, TAKEN } from '../../services/pipe/descriptor-offer.ts'
import { pipeResets } from '../../services/pipe/protocol.ts'
import { NotFoundError, type RequestError } from '../api/errors.ts'
import { answerProblem } from '../api/raw-answer.ts'
import { closeDescriptors, noDescriptors, takeDescriptors } from './descriptors.ts'
import type { PipeService } from './pipe-service.ts'

/** The name of the protocol in the header `Upgrade`. */
export const PIPE_UPGRADE = 'holdfast-pipe'

export interface UpgradeOptions {
  readonly node: Node
  readonly service: PipeService
  /** Why this request is not served at all; undefined if it is. */
  readonly refusal: RequestError | undefined
  /** The request came over the socket in the node's folder, so from a process of this user. No other may name descriptors. */
  readonly isLocal: boolean
}

/** Whether a request asks for a pipe; any other is served as if it did not ask to be upgraded. */
export function asksForPipe({ headers, method }: IncomingMessage): boolean {
  return method === 'GET' && headers.upgrade?.toLowerCase() === PIPE_UPGRADE
}

/** Serves one request for a pipe. */
export async function servePipe(
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  options: UpgradeOptions,
): Promise<void> {
  const gone = new AbortController()
  const leave = (): void => gone.abort(new Error('The client has gone'))
  // Before the answer the client has nothing to say; its end is heard only by reading.
  socket.on('error', leave)
  socket.on('close', leave)
  socket.on('end', leave)
  socket.on('data', leave)
  // Before there is a stream: one that failed while they are opened would fail unnoticed.
  const taken = options.isLocal ? await takeDescriptors(request.headers) : noDescriptors
  try {
    const { stream, peer } = await incomingOf(request, head, gone.signal, options)
    if (gone.signal.aborted) {
      stream.reset(pipeResets.aborted)
      throw gone.signal.reason
    }
    for (const event of ['close', 'end', 'data']) socket.off(event, leave)
    socket.pause()
    options.service.join(socket, stream, taken, (handle) => {
      const headers = [`Upgrade: ${PIPE_UPGRADE}`, `Holdfast-Pipe: ${handle}`, `Holdfast-Peer: ${peer.id}`]
      for (const edge of ['input', 'output'] as const)
        if (taken[edge] !== undefined) headers.push(`${offerHeaders[edge]}: ${TAKEN}`)
      socket.write(`HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n${headers.join('\r\n')}\r\n\r\n`)
    })
  } catch (error) {
    closeDescriptors(taken)
    if (gone.signal.aborted) socket.destroy()
    else await answerProblem(socket, error)
  }
}

async function incomingOf(
  request: IncomingMessage,
  head: Buffer,
  signal: AbortSignal,
  { node, service: desk, refusal }: UpgradeOptions,
) {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost')
  if (refusal !== undefined) throw refusal
  if (head.length > 0) throw new Error('The client did not wait for the answer')
  const [, id] = /^\/api\/v1\/peers\/([^/]+)\/pipe$/.exec(pathname) ?? []
  if (id !== undefined) return desk.open(node.peer(id), signal)
  if (pathname !== '/api/v1/pipe')
    throw new NotFoundError(`No pipe is at ${pathname}; /api/v1/openapi.json lists what there is`)
  const only = searchParams.get('peer')
  return desk.accept(only === null ? undefined : node.peer(only).id, signal)
}
