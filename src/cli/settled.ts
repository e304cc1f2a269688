import { once } from 'node:events'
import type { Node, Peer } from '../node/api.ts'

/** A peer that is there answers sooner. */
const patienceMs = 3_000

/** Waits until it is known of each peer of a node that was just opened whether it can be reached, or patience ends. */
export async function settled(node: Node, signal: AbortSignal): Promise<void> {
  const over = AbortSignal.any([signal, AbortSignal.timeout(patienceMs)])
  await Promise.all(node.peers().map((peer) => decided(peer, over)))
  signal.throwIfAborted()
}

async function decided(peer: Peer, over: AbortSignal): Promise<void> {
  while (!over.aborted && (peer.state.kind === 'paired' || peer.state.kind === 'connecting')) {
    await once(peer, 'state', { signal: over }).catch(() => undefined)
  }
}
