import type { PeerState } from '../../src/core/peer/peer-machine.ts'
import type { LossReason } from '../../src/core/peer/reasons.ts'
import type { PeerId } from '../../src/identity/peer-id.ts'
import type { LinkInfo, Node, Peer } from '../../src/node/api.ts'
import type { Report } from './oracle.ts'

/** What the events have said of a peer. */
export interface MirroredPeer {
  readonly peer: Peer
  state: PeerState
  isConnected: boolean
  /** Those that are up, by direction and address. */
  readonly links: string[]
}

export interface MirrorOptions {
  readonly report: Report
  readonly linkUp?: (peer: Peer, link: LinkInfo) => void
  readonly linkLost?: (peer: Peer, link: LinkInfo, reason: LossReason) => void
}

/** A picture of a node's peers that is drawn from its events alone, as an application would, and that finds fault with their order. */
export class Mirror {
  readonly peers = new Map<PeerId, MirroredPeer>()
  readonly #options: MirrorOptions

  /** To be made before anything happens to the node. */
  constructor(node: Node, options: MirrorOptions) {
    this.#options = options
    for (const peer of node.peers()) this.#add(peer)
    node.on('paired', (peer) => {
      if (this.peers.has(peer.id)) this.#report(peer, 'was paired twice')
      this.#add(peer)
    })
    node.on('peer:connected', (peer) => {
      const mirrored = this.#of(peer)
      if (mirrored.isConnected) this.#report(peer, 'was told to be connected twice')
      mirrored.isConnected = true
    })
    node.on('peer:disconnected', (peer) => {
      const mirrored = this.#of(peer)
      if (!mirrored.isConnected) this.#report(peer, 'was told to be disconnected and was not connected')
      mirrored.isConnected = false
    })
    node.on('link:up', (peer, link) => {
      this.#of(peer).links.push(keyOf(link))
      this.#options.linkUp?.(peer, link)
    })
    node.on('link:lost', (peer, link, reason) => {
      const { links } = this.#of(peer)
      const at = links.indexOf(keyOf(link))
      if (at === -1) this.#report(peer, `lost the link ${keyOf(link)}, which was not up`)
      else links.splice(at, 1)
      this.#options.linkLost?.(peer, link, reason)
    })
  }

  /** Links of which no event has said that they are lost. */
  get linksUp(): number {
    return [...this.peers.values()].reduce((sum, { links }) => sum + links.length, 0)
  }

  /** A peer that is new comes with the links that it was paired over. */
  #add(peer: Peer): void {
    const mirrored: MirroredPeer = { peer, state: peer.state, isConnected: false, links: peer.links.map(keyOf) }
    this.peers.set(peer.id, mirrored)
    peer.on('state', (state) => {
      mirrored.state = state
    })
  }

  #of(peer: Peer): MirroredPeer {
    const mirrored = this.peers.get(peer.id)
    if (mirrored === undefined) throw new Error(`An event told of ${peer.id}, of whom none was heard before`)
    return mirrored
  }

  #report(peer: Peer, problem: string): void {
    this.#options.report(`its peer ${peer.name} ${problem}`)
  }
}

/** What tells a link apart; two that were dialed to one address look alike. */
export function keyOf({ direction, address }: LinkInfo): string {
  return `${direction} ${address}`
}
