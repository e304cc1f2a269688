// A pipe on a stream of a node that this command has opened itself.
import { finished } from 'node:stream/promises'
import { PeerRestartedError } from '../../core/errors.ts'
import type { PeerId } from '../../identity/peer-id.ts'
import type { HoldfastStream, Node, Peer } from '../../node/api.ts'
import { pipeAborts, pipeProtocol, pipeResets, unconfirmedPipeProtocol } from '../../services/pipe/protocol.ts'
import { PipeEndedError } from '../errors.ts'
import { shown } from '../terminal/output.ts'
import type { PipeCarrier } from './carry-pipe.ts'
import { explainedFailure, explainedReset, tooOld } from './pipe-words.ts'

/**
 * The first pipe that a peer opens, or the peer `only`; any other is refused, for as long as the node runs. Rejects with `PipeEndedError` where the peer speaks an older version alone.
 */
export function acceptPipe(node: Node, only: PeerId | undefined): Promise<{ stream: HoldfastStream; peer: Peer }> {
  const { promise, resolve, reject } = Promise.withResolvers<{ stream: HoldfastStream; peer: Peer }>()
  let isTaken = false
  const take = (stream: HoldfastStream, peer: Peer, isCurrent: boolean): void => {
    if (only !== undefined && peer.id !== only) return stream.reset(pipeResets.notExpected)
    if (isTaken) return stream.reset(pipeResets.busy)
    if (isCurrent) {
      isTaken = true
      return resolve({ stream, peer })
    }
    stream.reset(pipeResets.tooOld)
    reject(new PipeEndedError(tooOld(shown(peer.name))))
  }
  node.handle(pipeProtocol, (stream, peer) => take(stream, peer, true))
  node.handle(unconfirmedPipeProtocol, (stream, peer) => take(stream, peer, false))
  return promise
}

export function nodeCarrier(stream: HoldfastStream, peer: Peer): PipeCarrier {
  return {
    channel: stream,
    input: undefined,
    over: over(stream, shown(peer.name)),
    async abort(reason) {
      stream.reset(pipeAborts[reason])
      // It reaches the other side when the node is closed, which waits for it.
    },
  }
}

async function over(stream: HoldfastStream, name: string): Promise<void> {
  try {
    await finished(stream)
  } catch (error) {
    if (error instanceof Error && 'resetCode' in error)
      throw new PipeEndedError(explainedReset(error.resetCode, name), { cause: error })
    if (error instanceof PeerRestartedError)
      throw new PipeEndedError(explainedFailure(error.code, error.message, name), { cause: error })
    throw error
  }
}
