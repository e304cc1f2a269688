import { NodeClosedError } from '../core/errors.ts'
import type { PeerId } from '../identity/peer-id.ts'
import { PairingError } from '../pairing/messages.ts'
import type { NodeContext } from './context.ts'
import { RemotePeer } from './peer.ts'
import { PeerFile } from './peer-file.ts'

/** Strangers that may be pairing at a time. */
const CANDIDATES_MAX = 64

interface Candidate {
  readonly peer: RemotePeer
  /** Pairings that run with it. */
  runs: number
}

/**
 * Those with whom a pairing runs, one `RemotePeer` for each, whoever began it and however often: two would have two sessions with the same
 * instance of the other side. A stranger that did not become a peer is let go of with its last pairing.
 */
export class PairingCandidates {
  readonly #context: NodeContext
  readonly #registered: (id: PeerId) => RemotePeer | undefined
  readonly #candidates = new Map<PeerId, Candidate>()

  constructor(context: NodeContext, registered: (id: PeerId) => RemotePeer | undefined) {
    this.#context = context
    this.#registered = registered
  }

  hasRoomFor(id: PeerId): boolean {
    return this.#candidates.has(id) || this.#candidates.size < CANDIDATES_MAX
  }

  /** The peer for one more pairing; to be given back when that has ended. */
  take(id: PeerId, addresses: readonly string[]): RemotePeer {
    let candidate = this.#candidates.get(id)
    if (candidate === undefined) {
      const known = this.#registered(id)
      candidate = { peer: known ?? this.#stranger(id, addresses), runs: 0 }
      this.#candidates.set(id, candidate)
    }
    candidate.runs++
    return candidate.peer
  }

  giveBack(peer: RemotePeer): void {
    const candidate = this.#candidates.get(peer.id)
    if (candidate === undefined || --candidate.runs > 0) return
    this.#candidates.delete(peer.id)
    if (!peer.isStranger) return
    peer.stop(new PairingError('The pairing did not come about; try again'), 'the pairing failed')
  }

  /** Ends the sessions with all that are not peers. */
  close(): void {
    for (const { peer } of this.#candidates.values()) if (peer.isStranger) peer.stop(new NodeClosedError())
  }

  #stranger(id: PeerId, addresses: readonly string[]): RemotePeer {
    const { store, clock } = this.#context
    return new RemotePeer(this.#context, PeerFile.provisional(store, id, addresses, { wallMs: clock.wallNow() }))
  }
}
