import type { SessionLink } from '../../core/session/link.ts'
import type { LinkKind } from '../../transport/transport.ts'
import type { PeerEvents } from '../events/peer-events.ts'
import type { Link } from '../link/link.ts'
import { linkInfo } from '../link/link-info.ts'

/** How a peer is reached: over links without anybody between, over a relay, over links of both kinds, or not at all. */
export type PeerPath = 'direct' | 'relay' | 'mixed' | 'none'

export function pathOf(links: readonly { readonly kind: LinkKind }[]): PeerPath {
  const relayed = links.filter(({ kind }) => kind === 'relay').length
  if (links.length === 0) return 'none'
  if (relayed === 0) return 'direct'
  return relayed === links.length ? 'relay' : 'mixed'
}

/** Tells of the way to one peer: which link carries frames, and by what kinds of link the peer is reached. */
export class PathWatch {
  readonly #events: PeerEvents
  /** As they were told last. */
  #active: Link | undefined
  #path: PeerPath = 'none'

  constructor(events: PeerEvents) {
    this.#events = events
  }

  /** The link that carries frames may be another one. */
  activeMayDiffer(links: readonly Link[], carrier: SessionLink | undefined): void {
    const active = links.find(({ sessionLink }) => sessionLink === carrier)
    if (active === this.#active || active === undefined) return
    const before = this.#active
    this.#active = active
    // The first one is told of as a link that is up.
    if (before !== undefined) this.#events.activeChanged(linkInfo(before, undefined), linkInfo(active, carrier))
  }

  /** Links came or went, which has been told. */
  linksChanged(links: readonly Link[]): void {
    if (links.length === 0) this.#active = undefined
    const before = this.#path
    this.#path = pathOf(links.map(({ channel }) => channel))
    if (this.#path !== before) this.#events.pathChanged(this.#path, before)
  }
}
