import type { PeerId } from '../../identity/peer-id.ts'
import type { Peer } from '../api.ts'
import type { RemotePeer } from './peer.ts'

/** All peers of a node, and through them all links that are attached: the one place that knows who is connected. */
export class PeerRegistry {
  readonly #peers = new Map<PeerId, RemotePeer>()

  register(peer: RemotePeer): void {
    this.#peers.set(peer.id, peer)
  }

  unregister(peer: Peer): void {
    if (this.#peers.get(peer.id) === peer) this.#peers.delete(peer.id)
  }

  get(id: PeerId): RemotePeer | undefined {
    return this.#peers.get(id)
  }

  get size(): number {
    return this.#peers.size
  }

  /** Streams of all peers that are not over yet. */
  get openStreams(): number {
    let count = 0
    for (const peer of this.#peers.values()) count += peer.streams.openCount
    return count
  }

  all(): RemotePeer[] {
    return [...this.#peers.values()]
  }

  connected(): RemotePeer[] {
    return this.all().filter((peer) => peer.connection.isConnected)
  }

  get connectedCount(): number {
    let count = 0
    for (const peer of this.#peers.values()) if (peer.connection.isConnected) count++
    return count
  }

  isConnected(id: PeerId): boolean {
    return this.#peers.get(id)?.connection.isConnected === true
  }

  /** A link to the peer is wanted that it does not have, and this side may dial for it. */
  shouldDial(id: PeerId): boolean {
    return this.#peers.get(id)?.connection.wantsDial === true
  }
}
