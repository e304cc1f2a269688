import { NodeClosedError } from '../core/errors.ts'
import type { PeerId } from '../identity/peer-id.ts'
import type { NodeContext } from '../node/context.ts'
import { RemotePeer } from '../node/peer/peer.ts'
import { PeerRecordStore } from '../node/peer/peer-record-store.ts'
import { PairingError } from './messages.ts'
import type { PairingOutcome } from './ticket-exchange.ts'

/** Strangers that may be pairing at a time. */
const CANDIDATES_MAX = 64

interface Candidate {
  readonly peer: RemotePeer
  /** Pairings that run with it. */
  runs: number
}

export interface PairingCandidatesOptions {
  readonly context: NodeContext
  registered(id: PeerId): RemotePeer | undefined
  /** Another peer would not be one too many. */
  hasRoom(): boolean
  /** The pairing is stored; from here on the peer is one of the node's. */
  adopt(peer: RemotePeer): void
}

/**
 * Those with whom a pairing runs, one `RemotePeer` for each, whoever began it and however often: two would have two sessions with the same
 * instance of the other side. A stranger that did not become a peer is let go of with its last pairing.
 */
export class PairingCandidates {
  readonly #options: PairingCandidatesOptions
  readonly #candidates = new Map<PeerId, Candidate>()

  constructor(options: PairingCandidatesOptions) {
    this.#options = options
  }

  /** The peer with this id, if it is one already. */
  registered(id: PeerId): RemotePeer | undefined {
    return this.#options.registered(id)
  }

  hasRoomFor(id: PeerId): boolean {
    return this.#candidates.has(id) || this.#candidates.size < CANDIDATES_MAX
  }

  /** Whether the node may have it as a peer. */
  hasRoomToBecomePeer(id: PeerId): boolean {
    return this.registered(id) !== undefined || this.#options.hasRoom()
  }

  /** The peer for one more pairing; to be given back when that has ended. */
  take(id: PeerId, addresses: readonly string[]): RemotePeer {
    return this.#take(id, () => this.registered(id) ?? this.#stranger(id, addresses))
  }

  /**
   * Likewise for a peer that is to begin anew: a member of the network that has not proved to be one, or whose runs cannot be told apart any more, since a clock was wrong or a backup was restored. Nothing that
   * is for the peer may reach it before the pairing is complete, so it is a stranger until then, and takes the peer's place after that. Undefined while a pairing runs with the peer itself.
   */
  takeAnew(registered: RemotePeer): RemotePeer | undefined {
    if (this.#candidates.get(registered.id)?.peer === registered) return undefined
    return this.#take(registered.id, () => new RemotePeer(this.#options.context, PeerRecordStore.anew(registered.file)))
  }

  /** Gives a peer back for one that begins anew. Undefined, and nothing is given back, if it is none of the node's, or another pairing runs with it. */
  exchange(peer: RemotePeer): RemotePeer | undefined {
    if (this.registered(peer.id) !== peer || this.#candidates.get(peer.id)?.runs !== 1) return undefined
    this.giveBack(peer)
    return this.takeAnew(peer)
  }

  /** Stores the pairing; the peer is one of the node's from here on. */
  confirm(peer: RemotePeer, { name, keys }: PairingOutcome): void {
    peer.file.paired(name, keys, this.#options.context.clock.wallNow())
    if (this.registered(peer.id) !== peer) this.#options.adopt(peer)
    // Where more than one link is wanted, the others are dialed only from here on.
    peer.connection.dialIfIdle()
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

  #take(id: PeerId, make: () => RemotePeer): RemotePeer {
    const candidate = this.#candidates.get(id) ?? { peer: make(), runs: 0 }
    this.#candidates.set(id, candidate)
    candidate.runs++
    return candidate.peer
  }

  #stranger(id: PeerId, addresses: readonly string[]): RemotePeer {
    const { store, clock } = this.#options.context
    const file = PeerRecordStore.provisional(store, id, addresses, { wallMs: clock.wallNow() })
    return new RemotePeer(this.#options.context, file)
  }
}
