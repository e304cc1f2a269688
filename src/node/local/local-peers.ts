import type { Clock, Timer } from '../../clock.ts'
import { ADDRESSES_KEPT_MAX } from '../../core/dial/address-book.ts'
import type { Announcement, Discovery, DiscoveryState, Sighting } from '../../discovery/discovery.ts'
import { type NearbyEntry, NearbyTable } from '../../discovery/nearby-table.ts'
import type { PeerId } from '../../identity/peer-id.ts'
import type { EventStream } from '../events/event-stream.ts'
import type { RemotePeer } from '../peer/peer.ts'
import type { PeerRegistry } from '../peer/peer-registry.ts'
import type { NearbyNode } from './nearby-api.ts'

/** How often it is looked whether somebody has not been heard of for too long. */
const LOOK_MS = 5_000
/** Of what is heard of a peer so much goes to its addresses: half of the room there, so that those from several mouths fit in beside what it announced itself. */
export const HEARSAY_MAX = ADDRESSES_KEPT_MAX / 2

/** What is done with members of the node's network that are heard. */
export interface MembersNearby {
  isRecognised(id: PeerId, tag: string | undefined): boolean
  heard(id: PeerId, tag: string): void
}

export interface LocalPeersOptions {
  readonly id: PeerId
  readonly clock: Clock
  readonly discovery: Discovery | undefined
  readonly registry: PeerRegistry
  readonly events: EventStream
  /** The node's network, if it has one. */
  readonly members: MembersNearby | undefined
  /** What is told of this node; undefined: nothing. */
  announcement(): Announcement | undefined
}

/** Those who are near: peers and members that are heard are dialed where they are now, strangers are shown to people. */
export class LocalPeers {
  readonly #options: LocalPeersOptions
  readonly #table = new NearbyTable()
  #timer: Timer | undefined

  constructor(options: LocalPeersOptions) {
    this.#options = options
  }

  get state(): DiscoveryState {
    return this.#options.discovery?.state ?? { kind: 'off' }
  }

  start(): void {
    const { id, discovery } = this.#options
    discovery?.start({
      id,
      announcement: () => this.#options.announcement(),
      heard: (sighting) => this.#heard(sighting),
    })
  }

  /** What is told of this node is something else than before. */
  changed(): void {
    this.#options.discovery?.changed()
  }

  networkChanged(): void {
    this.#options.discovery?.networkChanged()
  }

  async stop(): Promise<void> {
    this.#timer?.cancel()
    await this.#options.discovery?.stop()
  }

  nearby(): NearbyNode[] {
    const nodes = this.#table.all().map((entry) => this.#shown(entry))
    return nodes.sort((a, b) => a.name.localeCompare(b.name) || (a.id < b.id ? -1 : 1))
  }

  /** Where the node was heard. */
  addressesOf(id: PeerId): readonly string[] {
    return this.#table.get(id)?.addresses ?? []
  }

  #heard(sighting: Sighting): void {
    const { clock, events, members } = this.#options
    const peer = this.#peer(sighting.id)
    const before = this.#hearsayOf(sighting.id)
    const isMember = peer === undefined && members?.isRecognised(sighting.id, sighting.tag) === true
    const news = this.#table.heard(sighting, peer !== undefined || isMember, clock.now())
    this.#arm()
    if (isMember && sighting.tag !== undefined && sighting.lifeMs > 0) members?.heard(sighting.id, sighting.tag)
    if (peer !== undefined) this.#peerHeard(peer, before, sighting, news === 'found')
    const entry = this.#table.get(sighting.id)
    if (news === 'found' && entry !== undefined) events.emit({ type: 'nearby:found', node: this.#shown(entry) })
    if (news === 'lost') events.emit({ type: 'nearby:lost', id: sighting.id, name: sighting.name })
  }

  /**
   * Hearsay is good enough to dial by: only the peer itself can answer there. What is told of one sighting is what the table makes of it, which knows who said what: `before` is what it had.
   */
  #peerHeard(peer: RemotePeer, before: readonly string[], { addresses, lifeMs }: Sighting, isBack: boolean): void {
    const wallMs = this.#options.clock.wallNow()
    const now = new Set(this.#hearsayOf(peer.id))
    const gone = before.filter((address) => !now.has(address))
    if (gone.length > 0) peer.file.heard(gone, 0, wallMs)
    if (lifeMs <= 0) return
    const taken = addresses.filter((address) => now.has(address))
    const isNew = peer.file.heard(taken, lifeMs, wallMs)
    if ((isNew || isBack) && !peer.connection.isConnected) peer.connection.hint('mdns')
  }

  #hearsayOf(id: PeerId): readonly string[] {
    return this.addressesOf(id).slice(0, HEARSAY_MAX)
  }

  #shown({ lastHeardMs, ...entry }: NearbyEntry): NearbyNode {
    const isPaired = this.#peer(entry.id)?.relation === 'paired'
    const { clock } = this.#options
    const agoMs = clock.now() - lastHeardMs
    return { ...entry, lastHeardMs: Math.round(clock.wallNow() - agoMs), isPaired }
  }

  #peer(id: PeerId): RemotePeer | undefined {
    return this.#options.registry.get(id)
  }

  #arm(): void {
    if (this.#timer !== undefined || this.#table.size === 0) return
    this.#timer = this.#options.clock.after(LOOK_MS, () => {
      this.#timer = undefined
      for (const { id, name } of this.#table.expire(this.#options.clock.now()))
        this.#options.events.emit({ type: 'nearby:lost', id, name })
      this.#arm()
    })
  }
}
