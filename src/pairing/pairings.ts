import { PAIRING_BY_CODE } from '../core/frame/constants.ts'
import type { Attach, Greeting } from '../core/frame/frames.ts'
import type { PeerId } from '../identity/peer-id.ts'
import type { NodeContext } from '../node/context.ts'
import type { RefusedError } from '../node/errors.ts'
import type { EventStream } from '../node/events/event-stream.ts'
import type { Link } from '../node/link/link.ts'
import type { PairingRequest } from '../node/local/nearby-api.ts'
import type { RemotePeer } from '../node/peer/peer.ts'
import { CodePairings } from './code-pairings.ts'
import { PairingCandidates } from './pairing-candidates.ts'
import { PairingGuard } from './pairing-guard.ts'
import { PairingWindow } from './pairing-window.ts'
import { TicketPairings } from './ticket-pairings.ts'

export interface PairingsOptions {
  readonly context: NodeContext
  readonly events: EventStream
  readonly name: string
  readonly randomBytes: (size: number) => Uint8Array
  registered(id: PeerId): RemotePeer | undefined
  /** Another peer would not be one too many. */
  hasRoom(): boolean
  /** The pairing is stored; from here on the peer is one of the node's. */
  adopt(peer: RemotePeer): void
  /** People are to compare a code. */
  requested(request: PairingRequest): void
  /** The node was opened for pairing by code, or closed. */
  windowChanged(): void
}

/** All ways in which strangers become peers: by ticket, and by code. */
export class Pairings {
  readonly tickets: TicketPairings
  readonly codes: CodePairings
  readonly window: PairingWindow
  readonly #candidates: PairingCandidates

  constructor(options: PairingsOptions) {
    const { context, events, name, randomBytes } = options
    const candidates = new PairingCandidates(options)
    const guard = new PairingGuard(context.clock, events)
    this.#candidates = candidates
    this.window = new PairingWindow(context.clock, events, () => options.windowChanged())
    this.codes = new CodePairings({
      context,
      events,
      party: { name, randomBytes },
      candidates,
      guard,
      window: this.window,
      requested: (request) => options.requested(request),
      confirmed: (peer, outcome) => candidates.confirm(peer, outcome),
    })
    this.tickets = new TicketPairings({
      context,
      name,
      randomBytes,
      candidates,
      guard,
      begins: (id) => this.codes.giveWay(id),
    })
  }

  /** Somebody greets to pair; undefined if it does not. The link is attached or refused when this returns. */
  arrived(link: Link, greeting: Greeting, attach: Attach): { readonly refused: RefusedError | undefined } | undefined {
    const { ticket, pairing } = greeting
    if (ticket !== undefined) return { refused: this.tickets.arrived(link, greeting, attach, ticket) }
    return pairing === PAIRING_BY_CODE ? { refused: this.codes.arrived(link, greeting, attach) } : undefined
  }

  /** Ends all pairings that are under way. */
  close(): void {
    this.window.close('asked')
    this.codes.close()
    this.tickets.close()
    this.#candidates.close()
  }
}
