import type { PeerState } from '../../src/core/peer/peer-machine.ts'
import type { LossReason } from '../../src/core/peer/reasons.ts'
import type { PeerId } from '../../src/identity/peer-id.ts'
import type { LinkInfo, Node, Peer } from '../../src/node/api.ts'
import type { EventPeer, NodeEvent } from '../../src/node/events/events.ts'
import type { Report } from './oracle.ts'

/** What the events have said of a peer. */
export interface MirroredPeer {
  readonly peer: Peer
  name: string
  state: PeerState
  isConnected: boolean
  /** Those that are up, by their numbers. */
  readonly links: Set<number>
}

export interface MirrorOptions {
  readonly report: Report
  readonly linkUp: (peer: PeerId) => void
  readonly linkLost: (peer: PeerId, link: LinkInfo, reason: LossReason) => void
}

/** A picture of a node's peers that is drawn from its events alone, as an application would, and that finds fault with their order. */
export class Mirror {
  readonly peers = new Map<PeerId, MirroredPeer>()
  /** Resolves when the node has told everything. */
  readonly ended: Promise<void>
  readonly #node: Node
  readonly #options: MirrorOptions
  #sequence: number | undefined

  /** To be made before anything happens to the node. */
  constructor(node: Node, options: MirrorOptions) {
    this.#node = node
    this.#options = options
    for (const peer of node.peers()) this.#add(peer)
    this.ended = this.#follow()
  }

  /** Links of which no event has said that they are lost. */
  get linksUp(): number {
    return [...this.peers.values()].reduce((sum, { links }) => sum + links.size, 0)
  }

  async #follow(): Promise<void> {
    for await (const event of this.#node.events()) {
      if (this.#sequence !== undefined && event.sequence !== this.#sequence + 1)
        this.#options.report(`event ${this.#sequence} was followed by ${event.sequence}`)
      this.#sequence = event.sequence
      this.#take(event)
    }
  }

  #take(event: NodeEvent): void {
    if (event.type === 'events:missed') this.#options.report(`${event.count} events were missed`)
    else if (event.type === 'peer:paired') this.#paired(event.peer)
    else if ('peer' in event) this.#takeOfPeer(event)
  }

  #paired(peer: EventPeer): void {
    if (this.peers.has(peer.id)) this.#wrong(peer, 'was paired twice')
    this.#add(this.#node.peer(peer.id))
  }

  #takeOfPeer(event: Extract<NodeEvent, { peer: EventPeer }>): void {
    const mirrored = this.peers.get(event.peer.id)
    if (mirrored === undefined) {
      this.#wrong(event.peer, `is not known, and ${event.type} was told of it`)
      return
    }
    switch (event.type) {
      case 'peer:unpaired':
        if (mirrored.links.size > 0) this.#wrong(event.peer, `was unpaired with ${mirrored.links.size} links`)
        this.peers.delete(event.peer.id)
        return
      case 'peer:renamed':
        if (event.before !== mirrored.name) this.#wrong(event.peer, `was told to be ${event.before} before`)
        mirrored.name = event.peer.name
        return
      case 'peer:state':
        if (event.before !== mirrored.state) this.#wrong(event.peer, `was told to be ${event.before.kind} before`)
        mirrored.state = event.state
        return
      case 'peer:connected':
        if (mirrored.isConnected) this.#wrong(event.peer, 'was told to be connected twice')
        mirrored.isConnected = true
        return
      case 'peer:disconnected':
        if (!mirrored.isConnected) this.#wrong(event.peer, 'was told to be disconnected and was not connected')
        mirrored.isConnected = false
        return
      case 'link:up':
        if (mirrored.links.has(event.link.id)) this.#wrong(event.peer, `has the link ${event.link.id} twice`)
        mirrored.links.add(event.link.id)
        this.#options.linkUp(event.peer.id)
        return
      case 'link:lost':
        if (!mirrored.links.delete(event.link.id)) this.#wrong(event.peer, `lost a link that was not up`)
        if (event.remaining !== mirrored.links.size)
          this.#wrong(event.peer, `was told to keep ${event.remaining} links, and has ${mirrored.links.size}`)
        this.#options.linkLost(event.peer.id, event.link, event.reason)
        break
      default:
    }
  }

  #add(peer: Peer): void {
    const { name, state } = peer
    this.peers.set(peer.id, { peer, name, state, isConnected: false, links: new Set() })
  }

  #wrong({ name }: EventPeer, problem: string): void {
    this.#options.report(`its peer ${name} ${problem}`)
  }
}
