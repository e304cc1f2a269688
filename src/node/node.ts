import { EventEmitter } from 'node:events'
import type { Clock, Timer } from '../clock.ts'
import type { OwnNetwork } from '../core/dial/address-kind.ts'
import { type HoldfastError, NodeClosedError } from '../core/errors.ts'
import type { Greeting, Instance } from '../core/frame/frames.ts'
import { MemoryBudget, type SessionLimits } from '../core/session/limits.ts'
import type { DiscoveryState } from '../discovery/discovery.ts'
import { cleanName } from '../identity/name.ts'
import { type PeerId, parsePeerId } from '../identity/peer-id.ts'
import type { Store } from '../store/store.ts'
import type { Channel, Transport } from '../transport/transport.ts'
import type { Node, NodeCounts, NodeEventMap, Peer, StreamHandler } from './api.ts'
import type { BroadcastHandler, BroadcastOptions, BroadcastResult, SendOptions } from './broadcast/broadcast.ts'
import { BROADCAST_PROTOCOL } from './broadcast/broadcast-message.ts'
import { createComponents, type NodeComponents } from './components.ts'
import type { KnownRelation, NodeContext } from './context.ts'
import { Counters } from './counters.ts'
import type { NodeParts } from './create.ts'
import { DialLimiter } from './dial/dial-limiter.ts'
import { type ProbeOptions, type ProbeResult, probeAddress } from './dial/probe.ts'
import { RestartEvidence } from './dial/restart-evidence.ts'
import { InvalidArgumentError, UnknownPeerError } from './errors.ts'
import { EventStream } from './events/event-stream.ts'
import type { NodeEvent } from './events/events.ts'
import { NodeLog } from './events/log.ts'
import type { PeerEventSinks } from './events/peer-events.ts'
import type { Handshake, Link } from './link/link.ts'
import { LinkRegistry } from './link/link-registry.ts'
import { Listening } from './link/listening.ts'
import { type HostMonitor, monitorHost } from './local/host-monitor.ts'
import type { NearbyNode, PairingRequest } from './local/nearby-api.ts'
import type { NodeTuning } from './options.ts'
import { FormerSessions } from './peer/former-sessions.ts'
import { Handlers } from './peer/handlers.ts'
import { PeerRegistration } from './peer/peer-registration.ts'
import { PeerRegistry } from './peer/peer-registry.ts'
import { changeTuning, type DialingOptions, resolveParts, type Tuning } from './resolve-options.ts'
import { atMost } from './timing/at-most.ts'
import { Deadlines } from './timing/deadlines.ts'

const SWEEP_MS = 30_000
const TICKET_EXPIRY_MS = 5 * 60_000
const FLUSH_TIMEOUT_MS = 5_000
/** How long `close` waits for connections to be closed in order. */
const GOODBYE_TIMEOUT_MS = 2_500

/** A node made of its parts. */
export class HoldfastNode extends EventEmitter<NodeEventMap> implements Node, NodeContext {
  readonly id: PeerId
  readonly name: string
  readonly instance: Instance
  readonly clock: Clock
  readonly random: () => number
  readonly limits: SessionLimits
  readonly budget: MemoryBudget
  readonly store: Store
  readonly deadlines: Deadlines
  readonly dialLimiter: DialLimiter
  readonly dialing: DialingOptions
  readonly tuning: Tuning
  readonly #parts: NodeParts
  readonly registry = new PeerRegistry()
  readonly #handlers = new Handlers(this)
  readonly #links: LinkRegistry
  readonly formerSessions = new FormerSessions()
  readonly counters = new Counters()
  readonly restart = new RestartEvidence(() => {
    for (const peer of this.registry.all()) peer.connection.reconsider()
  })
  readonly #components: NodeComponents
  readonly #registration: PeerRegistration
  readonly #events: EventStream
  readonly #log: NodeLog | undefined
  readonly #listening: Listening
  #closing = false
  #closed: Promise<void> | undefined
  #sweepTimer: Timer | undefined
  #hostMonitor: HostMonitor | undefined

  constructor(parts: NodeParts) {
    super()
    this.#parts = parts
    this.#listening = new Listening(parts)
    this.id = parts.id
    this.name = cleanName(parts.name, parts.id)
    this.clock = parts.clock
    this.random = parts.random
    this.deadlines = new Deadlines(parts.clock)
    this.dialLimiter = new DialLimiter(parts.clock)
    const { dialing, limits, memoryBudgetBytes, tuning } = resolveParts(parts)
    this.dialing = dialing
    this.limits = limits
    this.tuning = tuning
    this.#links = new LinkRegistry(parts.clock, tuning)
    this.store = parts.store
    this.budget = new MemoryBudget(memoryBudgetBytes)
    this.instance = { start: parts.store.nextInstanceStart(parts.clock.wallNow()), random: parts.randomBytes(8) }
    const { clock, logger } = parts
    this.#events = new EventStream({ node: parts.id, wallNow: () => clock.wallNow() })
    const log = logger && new NodeLog({ logger, events: this.#events, clock })
    this.#log = log
    const sinks: PeerEventSinks = {
      node: this,
      stream: this.#events,
      probeAnswered: log && ((...probe) => log.probeAnswered(...probe)),
      removed: (peer) => this.registry.unregister(peer),
      linkUp: ({ id }, link) => {
        const peer = this.registry.get(id)
        if (peer === undefined) return
        this.#components.members?.connected(peer)
        if (peer.links.length === 1) this.#hostMonitor?.peerIsBack(peer, link)
      },
      dialFailed: (error) => this.#components.members?.dialFailed(error),
    }
    this.#registration = new PeerRegistration({
      context: this,
      registry: this.registry,
      sinks,
      members: () => this.#components.members,
    })
    this.#components = createComponents({
      context: this,
      name: this.name,
      parts,
      registry: this.registry,
      events: this.#events,
      links: this.#links,
      listening: this.#listening,
      adopt: (peer) => this.#registration.adopt(peer),
      requested: (request) => this.emit('pairing:requested', request),
    })
    // Judged message by message, since each names the protocol that it is for.
    this.#handlers.setOwn(BROADCAST_PROTOCOL, (stream, peer) => this.#components.broadcaster.received(stream, peer))
  }

  /** Begins to listen and to dial. */
  async start(): Promise<void> {
    const records = this.store.peers()
    const known = records.flatMap(({ addresses }) => addresses)
    await this.#listening.start((arrival) => this.#components.inbound.arrived(arrival), known)
    for (const record of records) this.#registration.restore(record)
    for (const peer of this.registry.all()) peer.connection.start()
    this.#components.members?.start()
    this.#components.localPeers.start()
    this.#sweep()
    this.#hostMonitor = monitorHost({
      clock: this.clock,
      interfaces: this.#parts.interfaces,
      onStall: this.#parts.onStall,
      registry: this.registry,
      networkChanged: () => this.#networkChanged(),
      events: this.#events,
    })
  }

  #networkChanged(): void {
    this.#listening.moved()
    this.#components.localPeers.networkChanged()
    this.#components.members?.networkChanged()
  }

  /** Makes sure, now and then, that nobody who should be dialed has been forgotten. */
  #sweep(): void {
    this.#sweepTimer = this.clock.after(SWEEP_MS, () => {
      this.#components.sweep()
      this.#sweep()
    })
  }

  // For the application.

  get listening(): readonly string[] {
    return this.#listening.listening
  }

  get addresses(): readonly string[] {
    return this.#listening.addresses
  }

  get counts(): NodeCounts {
    const { dialAttempts, streamsOpened, probesAnswered, probesMissed } = this.counters
    const { size: peers, connectedCount: connectedPeers, openStreams } = this.registry
    const counts = { dialAttempts, streamsOpened, probesAnswered, probesMissed }
    return { ...this.#links.counts, openStreams, ...counts, peers, connectedPeers }
  }

  async ticket({ expiresInMs = TICKET_EXPIRY_MS }: { expiresInMs?: number } = {}): Promise<string> {
    this.#checkOpen()
    return this.#components.pairings.tickets.ticket(this.addresses, expiresInMs)
  }

  async pair(ticket: string, { signal }: { signal?: AbortSignal } = {}): Promise<Peer> {
    this.#checkOpen()
    return this.#components.pairings.tickets.pair(ticket, signal)
  }

  get discovery(): DiscoveryState {
    return this.#components.localPeers.state
  }

  nearby(): readonly NearbyNode[] {
    return this.#components.localPeers.nearby()
  }

  openPairing({ forMs }: { forMs?: number } = {}): void {
    this.#checkOpen()
    this.#components.pairings.window.open(forMs)
  }

  closePairing(): void {
    this.#components.pairings.window.close('asked')
  }

  get pairingOpenUntilMs(): number | undefined {
    return this.#components.pairings.window.openUntilMs
  }

  async pairNearby(
    id: string,
    { addresses = [], signal }: { addresses?: readonly string[]; signal?: AbortSignal } = {},
  ): Promise<PairingRequest> {
    this.#checkOpen()
    const peerId = parsePeerId(id)
    const where = addresses.length > 0 ? addresses : this.#components.localPeers.addressesOf(peerId)
    for (const address of where) this.transportOf(address)
    return this.#components.pairings.codes.ask(peerId, where, signal)
  }

  pairingRequests(): readonly PairingRequest[] {
    return this.#components.pairings.codes.requests()
  }

  peer(id: string): Peer {
    const peer = this.registry.get(parsePeerId(id))
    if (peer === undefined) throw new UnknownPeerError(id)
    return peer
  }

  peers(): Peer[] {
    return this.registry.all()
  }

  connectedPeers(): Peer[] {
    return this.registry.connected()
  }

  isConnected(id: string): boolean {
    return this.registry.isConnected(parsePeerId(id))
  }

  shouldDial(id: string): boolean {
    return !this.#closing && this.registry.shouldDial(parsePeerId(id))
  }

  async connectAsGuest(
    id: string,
    addresses: readonly string[],
    { signal }: { signal?: AbortSignal } = {},
  ): Promise<Peer> {
    this.#checkOpen()
    for (const address of addresses) this.transportOf(address)
    return this.#components.guests.connectAsGuest(parsePeerId(id), addresses, signal)
  }

  async probe(address: string, options: ProbeOptions): Promise<ProbeResult> {
    return probeAddress(this.transportOf(address), address, this.clock, options)
  }

  async probeSmall(address: string, { signal }: { signal: AbortSignal }): Promise<string> {
    const answer = this.transportOf(address).answersSmall?.(address, signal)
    if (answer === undefined) throw new InvalidArgumentError(`The transport of "${address}" has no packets`)
    return answer
  }

  events(options: { signal?: AbortSignal } = {}): AsyncIterableIterator<NodeEvent> {
    return this.#events.subscribe(options)
  }

  broadcast(protocol: string, bytes: Uint8Array, options: BroadcastOptions = {}): BroadcastResult {
    this.#checkOpen()
    return this.#components.broadcaster.broadcast(protocol, bytes, options)
  }

  async sendTo(id: string, protocol: string, bytes: Uint8Array, options: SendOptions = {}): Promise<void> {
    this.#checkOpen()
    return this.#components.broadcaster.sendTo(this.peer(id), protocol, bytes, options)
  }

  onBroadcast(protocol: string, handler: BroadcastHandler): () => void {
    return this.#components.broadcaster.onBroadcast(protocol, handler)
  }

  handle(protocol: string, handler: StreamHandler): void {
    this.#handlers.set(protocol, handler)
  }

  unhandle(protocol: string): void {
    this.#handlers.delete(protocol)
  }

  reconfigure(tuning: Partial<NodeTuning>): void {
    changeTuning(this.tuning, tuning)
    for (const peer of this.registry.all()) peer.tuned()
  }

  close({ flushTimeoutMs = FLUSH_TIMEOUT_MS }: { flushTimeoutMs?: number } = {}): Promise<void> {
    this.#closed ??= this.#close(flushTimeoutMs)
    return this.#closed
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  async #close(flushTimeoutMs: number): Promise<void> {
    this.#closing = true
    this.#sweepTimer?.cancel()
    const peers = this.registry.all()
    await Promise.all([this.#listening.close(), this.#components.localPeers.stop()])
    await atMost(this.clock, flushTimeoutMs, Promise.all(peers.map((peer) => peer.flushed())))
    this.#hostMonitor?.stop()
    this.#components.pairings.close()
    this.#components.members?.stop()
    for (const peer of peers) peer.stop(new NodeClosedError())
    await atMost(this.clock, GOODBYE_TIMEOUT_MS, this.#links.allGone())
    this.#links.destroyAll()
    this.#log?.close()
    this.#events.end()
  }

  // For the parts.

  get closing(): boolean {
    return this.#closing
  }

  get networks(): readonly OwnNetwork[] {
    return this.#hostMonitor?.networks ?? []
  }

  get isReceiving(): boolean {
    return this.#listening.isReceiving
  }

  get isDialable(): boolean {
    return this.addresses.length > 0
  }

  isOwnAddress(address: string): boolean {
    return this.#listening.isOwn(address)
  }

  ownAddressFound(address: string): void {
    this.#listening.foundOwn(address)
  }

  seenAs(address: string, peer: PeerId, from: string): void {
    const relation = this.registry.get(peer)?.relation
    // Guests and strangers are not asked.
    if (relation === 'paired' || relation === 'member') this.#listening.seenAs(address, peer, from)
  }

  greeting(more: Partial<Greeting>): Greeting {
    return this.#components.helloBuilder.greeting(more)
  }

  credentials(channel: Channel, relation: KnownRelation, theirs: Greeting | undefined): Partial<Greeting> {
    return this.#components.helloBuilder.credentials(channel, relation, theirs)
  }

  checkAnswer(channel: Channel, greeting: Greeting, relation: KnownRelation): HoldfastError | undefined {
    return this.#components.helloBuilder.checkAnswer(channel, greeting, relation)
  }

  transportOf(address: string): Transport {
    return this.#listening.transportOf(address)
  }

  handlerOf(protocol: string): StreamHandler | undefined {
    return this.#closing ? undefined : this.#handlers.get(protocol)
  }

  link(channel: Channel, handshake: Handshake): Link {
    return this.#links.add(channel, handshake)
  }

  #checkOpen(): void {
    if (this.#closing) throw new NodeClosedError()
  }
}
