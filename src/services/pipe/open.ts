import type { HoldfastStream, Peer } from '../../node/api.ts'
import { pipeProtocol } from './protocol.ts'

/**
 * Opens a pipe to the peer, as soon as that is connected. A stream of a session without a link would fail where the peer was started again meanwhile, although nothing of the pipe has
 * reached it yet. Throws what `Peer.openStream` throws, or the signal's reason.
 */
export async function openPipe(peer: Peer, signal: AbortSignal): Promise<HoldfastStream> {
  await peer.connected({ signal })
  return peer.openStream(pipeProtocol, { signal })
}
