// Runs this command's side of a pipe, and says how it ended.
import type { Duplex } from 'node:stream'
import { PeerShutDownError, ProtocolError } from '../../core/errors.ts'
import { PipeCutError, type PipeInput, PipeSideError, runPipeEndpoint } from '../../services/pipe/endpoint.ts'
import type { PipeAbort } from '../../services/pipe/protocol.ts'
import { InputOutputError, PipeEndedError } from '../errors.ts'
import { aborted } from '../terminal/interrupt.ts'
import { shown } from '../terminal/output.ts'
import { openPipeInput, openPipeOutput } from './standard-streams.ts'

/** What carries a pipe: a stream of a node in this process, or a connection to the daemon. */
export interface PipeCarrier {
  readonly channel: Duplex
  /** In place of standard input; undefined: standard input itself. */
  readonly input: PipeInput | undefined
  /** Resolves when the pipe has ended in order and the other side's session holds this side's last word. Rejects with the reason as soon as it has failed, also when nothing is being read or written. */
  readonly over: Promise<void>
  /** Ends it at once and tells the other side why. */
  abort(reason: PipeAbort): Promise<void>
}

/** After the stream under it was cut, the reason is known this soon. */
const reasonTimeoutMs = 3_000

/** Carries standard input to the other side and what comes from there to standard output. Throws `PipeEndedError`, `InputOutputError`, or the reason of `stop`. */
export async function carryPipe(carrier: PipeCarrier, peerName: string, stop: AbortSignal): Promise<void> {
  const { channel, over } = carrier
  const name = shown(peerName)
  try {
    const exchanged = runPipeEndpoint(channel, carrier.input ?? openPipeInput(), openPipeOutput())
    await Promise.race([completed(exchanged, over), aborted(stop)])
  } catch (error) {
    if (stop.aborted) {
      await carrier.abort('aborted')
      throw stop.reason
    }
    throw await explained(error instanceof PipeCutError ? await reasonOf(over, name) : error, carrier, name)
  }
}

/** Ends the pipe where it has not ended yet. */
async function explained(error: unknown, carrier: PipeCarrier, name: string): Promise<unknown> {
  if (error instanceof PipeSideError) return sideFailed(carrier, error, name)
  if (!(error instanceof ProtocolError)) return error
  await carrier.abort('violation')
  return new PipeEndedError(`${name} sent what is no pipe of this version; update the older of the two`, {
    cause: error,
  })
}

async function completed(exchanged: Promise<void>, over: Promise<void>): Promise<void> {
  let isExchanged = false
  const failed = over.catch((error: unknown) => {
    // The other side, which has said its last word, has closed its node. It does not do that in order before it has this side's.
    if (!isExchanged || !(error instanceof PeerShutDownError)) throw error
  })
  await Promise.all([exchanged.then(() => (isExchanged = true)), failed])
}

/** Why the stream was cut, as far as it becomes known. */
async function reasonOf(over: Promise<void>, name: string): Promise<unknown> {
  const unknown = new PipeEndedError(`The pipe with ${name} ended before it was complete; start it again on both sides`)
  const reason = over.then(
    () => unknown,
    (error: unknown) => error,
  )
  return Promise.race([reason, new Promise((resolve) => setTimeout(resolve, reasonTimeoutMs, unknown).unref())])
}

async function sideFailed(carrier: PipeCarrier, { abort, cause }: PipeSideError, name: string): Promise<Error> {
  await carrier.abort(abort)
  if (abort === 'reader-gone')
    return new PipeEndedError(
      `The program that reads standard output has ended before everything from ${name} was written, and the pipe with it`,
      { cause },
    )
  return new InputOutputError(abort === 'input-failed' ? 'input' : 'output', cause)
}
