import { addressKey } from '../../core/dial/address-key.ts'
import type { DialOrder, Direction } from '../../core/dial/direction.ts'
import { type HoldfastError, NodeClosedError } from '../../core/errors.ts'
import { relations } from '../../core/frame/constants.ts'
import type { Greeting } from '../../core/frame/frames.ts'
import { TTL_S } from '../../discovery/records.ts'
import { NetworkSecret } from '../../identity/network-secret.ts'
import { NetworkTags, TAG_NONCE_BYTES } from '../../identity/network-tag.ts'
import type { PeerId } from '../../identity/peer-id.ts'
import { WrongPeerError } from '../../transport/tcp/tcp-errors.ts'
import type { Channel } from '../../transport/transport.ts'
import type { NodeContext } from '../context.ts'
import { NotMemberError, OwnAddressError } from '../errors.ts'
import { HEARSAY_MAX } from '../local/local-peers.ts'
import type { NetworkOptions } from '../options.ts'
import { RemotePeer } from '../peer/peer.ts'
import { PeerRecordStore } from '../peer/peer-record-store.ts'
import type { PeerRegistry } from '../peer/peer-registry.ts'
import { Cluster, type ClusterHost } from './cluster.ts'
import { NearbyMembers, type NearbyMembersHost } from './nearby-members.ts'

export interface MembersOptions {
  readonly context: NodeContext
  readonly registry: PeerRegistry
  readonly network: NetworkOptions
  readonly direction: Direction
  readonly dialOrder: DialOrder
  readonly randomBytes: (size: number) => Uint8Array
  /** Others on the local network hear of this node. */
  readonly announces: boolean
  /** Where a node is heard on the local network. */
  nearbyAddressesOf(id: PeerId): readonly string[]
  /** Where this node can be dialed, as its own interfaces say. */
  reachable(): readonly string[]
  /** Where this node itself can be dialed. */
  ownAddresses(): readonly string[]
  /** Its link is attached and its proof was right: it is a peer of this node from here on. */
  adopt(peer: RemotePeer): void
}

/** The other nodes that know the secret of this one's network: proves it to them, has them prove it, and finds them by their addresses and on the local network. */
export class Members implements ClusterHost, NearbyMembersHost {
  readonly #parts: MembersOptions
  readonly #secret: NetworkSecret
  readonly #cluster: Cluster
  readonly #tags: NetworkTags
  readonly #near: NearbyMembers
  #tag: string | undefined
  /** Those that are being met; whoever of the two dials, there is one `RemotePeer` for each. */
  readonly #candidates = new Map<PeerId, RemotePeer>()

  constructor(parts: MembersOptions) {
    this.#parts = parts
    const { context, network, direction, dialOrder } = parts
    this.#secret = new NetworkSecret(network.secret, context.id)
    this.#tags = new NetworkTags(network.secret)
    const { clock, random, dialLimiter: turns } = context
    const dialing = { host: this, clock, random, turns, direction, dialOrder }
    this.#cluster = new Cluster({ ...dialing, addresses: network.addresses ?? [] })
    this.#near = new NearbyMembers(dialing)
  }

  // For the node.

  start(): void {
    const known = this.#parts.registry.all().map(({ id, dialable }) => ({ id, addresses: dialable }))
    this.#cluster.start(known)
  }

  sweep(): void {
    this.#cluster.sweep()
  }

  networkChanged(): void {
    this.#cluster.networkChanged()
  }

  stop(): void {
    this.#cluster.stop()
    this.#near.stop()
    for (const peer of this.#candidates.values()) peer.stop(new NodeClosedError())
  }

  connected(peer: RemotePeer): void {
    this.#near.forget(peer.id)
    this.#cluster.peerConnected(peer.id, peer.dialable)
  }

  /** What this node tells the local network, for members to recognise: the same for as long as it runs. */
  get tag(): string {
    this.#tag ??= this.#tags.make(this.id, this.#parts.randomBytes(TAG_NONCE_BYTES))
    return this.#tag
  }

  /** Whether the node with this id seems to be a member, by what is told of it on the local network. */
  isRecognised(id: PeerId, tag: string | undefined): boolean {
    return this.#tags.isRecognised(id, tag)
  }

  /** It was heard, at `nearbyAddressesOf` it, and recognised. */
  heard(id: PeerId, tag: string): void {
    const { direction, dialOrder, network } = this.#parts
    // Whose address is the lower one is a question of the list then, and not of where somebody is heard.
    const isByList = direction === 'strict' && dialOrder === 'address' && (network.addresses ?? []).length > 0
    if (!isByList) this.#near.heard(id, tag)
  }

  /** An attempt to reach a peer failed: perhaps because another one has its address now. */
  dialFailed(error: Error): void {
    const cause = error.cause instanceof AggregateError ? error.cause : error
    const errors: unknown[] = cause instanceof AggregateError ? cause.errors : [cause]
    for (const one of errors)
      if (one instanceof WrongPeerError || one instanceof OwnAddressError) this.#cluster.answeredByAnother(one.address)
  }

  /** What shows the other side of the channel that this node is a member. */
  credentials(channel: Channel): Partial<Greeting> {
    return { network: this.#secret.prove(channel), relation: relations.member }
  }

  isProven(channel: Channel, greeting: Greeting): boolean {
    return this.#secret.isProven(channel, greeting.network)
  }

  /** The error if the other side has not proved that it is a member. */
  check(channel: Channel, greeting: Greeting): HoldfastError | undefined {
    return this.isProven(channel, greeting) ? undefined : new NotMemberError(channel.remoteAddress)
  }

  /** A node came that is no peer and has proved that it is a member. */
  arriving(id: PeerId, addresses: readonly string[]): RemotePeer {
    return this.#candidates.get(id) ?? this.#candidate(id, addresses)
  }

  // For the cluster.

  get id(): PeerId {
    return this.#parts.context.id
  }

  ownAddresses(): readonly string[] {
    return this.#parts.ownAddresses()
  }

  dial(address: string, signal: AbortSignal): Promise<Channel> {
    const { context } = this.#parts
    context.counters.dialAttempts++
    return context.transportOf(address).dial(address, { expect: undefined, signal })
  }

  isKnown(id: PeerId): boolean {
    return this.#parts.registry.get(id) !== undefined
  }

  shouldDial(id: PeerId): boolean {
    return this.#parts.registry.shouldDial(id)
  }

  isDialedAt(id: PeerId, address: string): boolean {
    const key = addressKey(address)
    return this.shouldDial(id) && this.#parts.registry.get(id)?.dialable.some((one) => addressKey(one) === key) === true
  }

  async meet(channel: Channel, address: string, signal: AbortSignal): Promise<void> {
    const id = channel.remoteId
    const known = this.#parts.registry.get(id)
    if (known !== undefined) return known.connection.greet(channel, address, signal)
    await this.#become(id, [address], (peer) => peer.connection.greet(channel, address, signal))
  }

  moved(address: string, from: PeerId): void {
    const { registry, context } = this.#parts
    const peer = registry.get(from)
    if (peer === undefined) return
    const wallMs = context.clock.wallNow()
    peer.file.tried(address, 'wrong-peer', wallMs)
    const hasAnother = peer.file.book.ranked(wallMs, context.networks).some(({ standing }) => standing !== 'wrong')
    if (peer.relation === 'member' && !hasAnother && !peer.connection.isConnected) peer.unpair()
  }

  meetingFailed(): void {
    // An address where nobody is yet is no event of a peer.
  }

  // For those nearby.

  get reachable(): readonly string[] {
    return this.#parts.reachable()
  }

  get isHeard(): boolean {
    return this.#parts.announces && this.#parts.context.isDialable
  }

  isWanted(id: PeerId): boolean {
    const { context, registry } = this.#parts
    return (
      !context.closing && id !== this.id && registry.get(id) === undefined && registry.size < context.tuning.peersMax
    )
  }

  addressesOf(id: PeerId): readonly string[] {
    return this.#parts.nearbyAddressesOf(id)
  }

  /** Dials with the id that was recognised: whoever repeats the words of a member gets no HELLO, and no proof. */
  meetNearby(id: PeerId, addresses: readonly string[], signal: AbortSignal): Promise<void> {
    return this.#become(id, [], async (peer) => {
      // Of little trust, so that whoever answers there gets little of TLS to work on.
      const heard = addresses.slice(0, HEARSAY_MAX)
      peer.file.heard(heard, 1_000 * TTL_S, this.#parts.context.clock.wallNow())
      await peer.connection.dialOnce(heard, signal)
    })
  }

  /** Makes a peer of a node with whom the greeting succeeds. */
  async #become(id: PeerId, addresses: readonly string[], greet: (peer: RemotePeer) => Promise<void>): Promise<void> {
    if (this.#candidates.has(id)) throw new Error('It is being met at another address')
    const { registry } = this.#parts
    const peer = this.#candidate(id, addresses)
    this.#candidates.set(id, peer)
    try {
      await greet(peer)
      if (registry.get(id) === undefined) this.#parts.adopt(peer)
    } finally {
      this.#candidates.delete(id)
      if (registry.get(id) !== peer) peer.stop(new NodeClosedError())
    }
  }

  #candidate(id: PeerId, addresses: readonly string[]): RemotePeer {
    const { context } = this.#parts
    const options = { relation: 'member', wallMs: context.clock.wallNow() } as const
    return new RemotePeer(context, PeerRecordStore.provisional(context.store, id, addresses, options))
  }
}
