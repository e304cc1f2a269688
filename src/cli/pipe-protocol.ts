import type { PeerId } from '../identity/peer-id.ts'
import type { HoldfastStream, Node, Peer } from '../node/api.ts'
import { pipeProtocol, pipeResets } from '../services/pipe.ts'
import { PipeEndedError } from './errors.ts'

/** Opens a pipe to the peer, as soon as it can be reached. */
export function openPipe(peer: Peer, signal: AbortSignal): Promise<HoldfastStream> {
  return peer.openStream(pipeProtocol, { signal })
}

/** The first pipe that a peer opens, or the peer `only`; any other is refused, for as long as the node runs. */
export function acceptPipe(node: Node, only: PeerId | undefined): Promise<{ stream: HoldfastStream; peer: Peer }> {
  return new Promise((resolve) => {
    let taken = false
    node.handle(pipeProtocol, (stream, peer) => {
      if (only !== undefined && peer.id !== only) return refuse(stream, pipeResets.notExpected)
      if (taken) return refuse(stream, pipeResets.busy)
      taken = true
      resolve({ stream, peer })
    })
  })
}

function refuse(stream: HoldfastStream, code: number): void {
  stream.on('error', () => {})
  stream.reset(code)
}

/** The error of a stream, in the words of a pipe. */
export function pipeError(error: unknown, name: string): unknown {
  if (!(error instanceof Error) || !('resetCode' in error)) return error
  return new PipeEndedError(explainedReset(error.resetCode, name), { cause: error })
}

/** How a pipe that nothing broke has ended. */
export function explainedEnd(outcome: 'complete' | 'reader-gone', name: string): string {
  return outcome === 'complete'
    ? `The pipe with ${name} has ended; everything has arrived`
    : `What reads standard output has ended, and so has the pipe with ${name}`
}

/** What a reset of the other side means. */
export function explainedReset(code: unknown, name: string): string {
  switch (code) {
    case pipeResets.aborted:
      return `${name} ended the pipe before it was complete; start it again on both sides`
    case pipeResets.noHandler:
      return `${name} is there but does not wait for a pipe; run \`holdfast pipe --accept\` there`
    case pipeResets.notAllowed:
      return `${name} does not allow this node to open a pipe; change that there`
    case pipeResets.busy:
      return `${name} has a pipe open already; try again when that has ended`
    case pipeResets.notExpected:
      return `${name} waits for a pipe from another peer; name this one there, or none`
    case pipeResets.readerGone:
      return `The program that reads the pipe on ${name} has ended, so not everything arrived`
    default:
      return `${name} ended the pipe (code ${String(code)}) before it was complete; start it again on both sides`
  }
}
