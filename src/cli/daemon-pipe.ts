// A pipe through the daemon: its API hands over a connection that is the stream, bytes as they are.
import { type IncomingMessage, request } from 'node:http'
import { connect, type Socket } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { pipeResets } from '../services/pipe.ts'
import type { FoundDaemon } from './find-daemon.ts'
import { aborted } from './interrupt.ts'
import type { JoinableStream } from './join-streams.ts'

export interface DaemonPipe {
  readonly stream: JoinableStream
  /** By which the daemon can be asked how it ended. */
  readonly number: number
  /** The full id of the peer at the other end. */
  readonly peerId: string
}

/** Asks the daemon for a pipe at this path of its API, and waits until there is one. Throws the daemon's refusal, or the signal's reason. */
export async function openDaemonPipe(daemon: FoundDaemon, path: string, signal: AbortSignal): Promise<DaemonPipe> {
  const { promise, resolve, reject } = Promise.withResolvers<DaemonPipe>()
  const { hostname, port } = new URL(daemon.address.url)
  const host = hostname.replace(/^\[|\]$/g, '')
  const asked = request(`${daemon.address.url}/api/v1${path}`, {
    headers: { authorization: `Bearer ${daemon.token}`, connection: 'Upgrade', upgrade: 'holdfast-pipe' },
    // Each direction of a pipe ends for itself.
    createConnection: () => connect({ host, port: Number(port), allowHalfOpen: true }),
  })
  asked.on('upgrade', ({ headers }, socket: Socket, head) => {
    if (head.length > 0) socket.unshift(head)
    const number = Number(headers['holdfast-pipe'])
    resolve({ stream: withReset(socket, daemon, number), number, peerId: String(headers['holdfast-peer']) })
  })
  asked.on('response', (response) => void refusalOf(daemon, response).then(reject, reject))
  asked.on('error', reject)
  asked.end()
  try {
    return await Promise.race([promise, aborted(signal)])
  } catch (error) {
    asked.destroy()
    throw error
  }
}

/** What a reset says by a code, the daemon is told in words. */
function withReset(socket: Socket, { api }: FoundDaemon, number: number): JoinableStream {
  const reset = (code: number): void => {
    const told = api.endPipe(number, code === pipeResets.readerGone ? 'reader-gone' : 'aborted')
    void told.catch(() => undefined).finally(() => socket.destroy())
  }
  return Object.assign(socket, { reset })
}

async function refusalOf({ api }: FoundDaemon, response: IncomingMessage): Promise<Error> {
  const text = (await buffer(response)).toString()
  return api.problemOf(text, response.statusCode ?? 0)
}
