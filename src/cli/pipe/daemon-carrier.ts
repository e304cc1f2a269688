// A pipe through the daemon: its API hands over a connection that carries the frames of the stream as they are.
import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { ApiError } from '../../daemon/client.ts'
import { offerHeaders, ownOffers, TAKEN } from '../../services/pipe/descriptor-offer.ts'
import { type PipeInput, PipeSideError } from '../../services/pipe/endpoint.ts'
import { type PipeAbort, pipeAborts } from '../../services/pipe/protocol.ts'
import { DaemonUnreachableError, PipeEndedError } from '../errors.ts'
import type { FoundDaemon } from '../find-daemon.ts'
import { aborted } from '../terminal/interrupt.ts'
import type { PipeCarrier } from './carry-pipe.ts'
import { explainedFailure, explainedReset } from './pipe-words.ts'

// See local-fetch.ts.
const { request } = process.getBuiltinModule('node:http')

/** The daemon tells the other side within this time why a pipe is given up. It tells it without a reason when this process ends. */
const abortTimeoutMs = 2_000

export interface DaemonPipe {
  readonly socket: Socket
  /** By which the daemon can be asked how it ended. */
  readonly handle: string
  /** The full id of the peer at the other end. */
  readonly peerId: string
  /** The daemon reads standard input itself. */
  readonly isInputTaken: boolean
}

/** Asks the daemon for a pipe at this path of its API, and waits until there is one. Throws the daemon's refusal, or the signal's reason. */
export async function openDaemonPipe(daemon: FoundDaemon, path: string, signal: AbortSignal): Promise<DaemonPipe> {
  const { promise, resolve, reject } = Promise.withResolvers<DaemonPipe>()
  const asked = request({
    path: `/api/v1${path}`,
    headers: { connection: 'Upgrade', upgrade: 'holdfast-pipe', ...ownOffers() },
    createConnection: () => daemon.connect(),
  })
  asked.on('upgrade', ({ headers }, socket: Socket, head) => {
    if (head.length > 0) socket.unshift(head)
    resolve({
      socket,
      handle: String(headers['holdfast-pipe']),
      peerId: String(headers['holdfast-peer']),
      isInputTaken: headers[offerHeaders.input] === TAKEN,
    })
  })
  asked.on('response', (response) => void refusalOf(daemon, response).then(reject, reject))
  asked.on('error', (cause) => reject(daemonGone(cause)))
  asked.end()
  try {
    return await Promise.race([promise, aborted(signal)])
  } catch (error) {
    asked.destroy()
    throw error
  }
}

async function refusalOf({ api }: FoundDaemon, response: IncomingMessage): Promise<Error> {
  const text = (await buffer(response)).toString()
  return api.problemOf(text, response.statusCode ?? 0)
}

/** `name`: the peer's, as it is shown. */
export function daemonCarrier(
  { api }: FoundDaemon,
  { socket, handle, isInputTaken }: DaemonPipe,
  name: string,
): PipeCarrier {
  return {
    channel: socket,
    input: isInputTaken ? emptyInput : undefined,
    over: over(),
    async abort(reason) {
      await api.endPipe(handle, reason, AbortSignal.timeout(abortTimeoutMs)).catch(() => undefined)
    },
  }

  /** Asks at once, so that a pipe that fails while nothing is read or written is noticed, and so is the end of the daemon. */
  async function over(): Promise<void> {
    try {
      const { outcome, resetCode, code, text } = await api.pipeOutcome(handle)
      if (outcome === 'complete') return
      if (outcome === 'given-up' && isAbort(code)) throw new PipeSideError(code, new Error(text))
      throw new PipeEndedError(
        resetCode === null ? explainedFailure(code, text, name) : explainedReset(resetCode, name),
      )
    } catch (error) {
      // A daemon that was started anew does not know the pipes of the one before it.
      const isOther = error instanceof ApiError && error.code === 'not-found'
      throw isOther || error instanceof DaemonUnreachableError ? daemonGone(error) : error
    } finally {
      // Ends both directions, and with them what waits for them.
      socket.destroySoon()
    }
  }
}

/** For this command, where the daemon reads standard input itself. */
const emptyInput: PipeInput = { isTerminal: false, read: () => Promise.resolve(0), end() {} }

/** The daemon has met this at standard input or output of this command. */
function isAbort(code: string | null): code is PipeAbort {
  return code !== null && Object.hasOwn(pipeAborts, code)
}

function daemonGone(cause: Error): PipeEndedError {
  return new PipeEndedError(
    'The daemon of this node has ended, and the pipe with it; start the pipe again on both sides once the daemon runs',
    { cause },
  )
}
