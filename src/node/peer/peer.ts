import { EventEmitter } from 'node:events'
import type { Clock } from '../../clock.ts'
import type { KnownAddress, RankedAddress } from '../../core/dial/address-book.ts'
import { type HoldfastError, NodeClosedError, RefusedByPeerError } from '../../core/errors.ts'
import type { Attach, Greeting } from '../../core/frame/frames.ts'
import { type KeepAlive, resolveKeepAlive } from '../../core/health/keep-alive.ts'
import type { PeerHealth } from '../../core/health/peer-health.ts'
import type { PeerState } from '../../core/peer/peer-machine.ts'
import type { SessionStream } from '../../core/session/stream.ts'
import type { PeerId } from '../../identity/peer-id.ts'
import type { PairingKeys } from '../../identity/proof.ts'
import type { Channel } from '../../transport/transport.ts'
import type {
  HoldfastStream,
  LinkInfo,
  OpenStreamOptions,
  Peer,
  PeerCounts,
  PeerEventMap,
  PeerSaid,
  PeerSettings,
  Relation,
} from '../api.ts'
import { BROADCAST_PROTOCOL } from '../broadcast/broadcast-message.ts'
import type { KnownRelation, NodeContext } from '../context.ts'
import { PeerBlockedError, PeerPausedError, RefusedError, UnknownPeerError } from '../errors.ts'
import { PeerEvents } from '../events/peer-events.ts'
import type { Link } from '../link/link.ts'
import type { SessionDriver } from '../link/session-driver.ts'
import { inRange } from '../resolve-options.ts'
import { Condition } from '../timing/condition.ts'
import { withSignal } from '../timing/with-signal.ts'
import { Demand, defaultProtocols, idleTimeoutOf, isHeld } from './connect-policy.ts'
import { IdleTimer } from './idle-timer.ts'
import { PeerConnection } from './peer-connection.ts'
import { type PeerPath, pathOf } from './peer-path.ts'
import type { PeerRecordStore } from './peer-record-store.ts'
import { PeerStreams } from './peer-streams.ts'

const BLOCKED_HERE = 'it was blocked here; unblock it to reach it again'

/** A remote identity: what is known of it and wanted for it, its streams, and the connection that serves both. */
export class RemotePeer extends EventEmitter<PeerEventMap> implements Peer {
  readonly file: PeerRecordStore
  /** For pairings; applications use `openStream`. */
  readonly streams: PeerStreams
  /** For the node: what happens to the peer. */
  readonly reports: PeerEvents
  /** For the node; applications listen to events and read `state`. */
  readonly connection: PeerConnection
  readonly #context: NodeContext
  readonly #idle: IdleTimer
  readonly #waiting = new Condition()
  readonly #demand = new Demand()

  constructor(context: NodeContext, file: PeerRecordStore) {
    super()
    this.#context = context
    this.file = file
    this.streams = new PeerStreams(this, context.id)
    this.#idle = new IdleTimer(context.clock, () => this.#unused())
    this.#idle.setTimeout(this.#idleTimeoutMs)
    this.reports = new PeerEvents(context, this)
    this.connection = new PeerConnection(context, this, this.reports)
    if (file.isBlocked) this.connection.blocked('blocked-here', BLOCKED_HERE)
    else if (file.isPaused) this.connection.paused()
  }

  // For the application.

  get id(): PeerId {
    return this.file.id
  }

  get name(): string {
    return this.file.name
  }

  get relation(): Relation {
    return this.file.relation === 'stranger' ? 'guest' : this.file.relation
  }

  get state(): PeerState {
    return this.connection.state
  }

  get settings(): PeerSettings {
    return this.file.settings
  }

  get links(): readonly LinkInfo[] {
    return this.connection.links
  }

  get path(): PeerPath {
    return pathOf((this.driver?.links ?? []).map(({ channel }) => channel))
  }

  get health(): PeerHealth {
    return this.reports.statistics.health(this.driver?.links ?? [], this.#context.clock.wallNow())
  }

  get counts(): PeerCounts {
    return this.reports.statistics.counts(this.links, this.streams.openCount)
  }

  get said(): PeerSaid | undefined {
    return this.reports.statistics.said
  }

  get lastSeenMs(): number | undefined {
    const { lastSeenMs } = this.reports.statistics
    const moments = (this.driver?.links ?? []).map(({ heardAtMs }) => heardAtMs)
    if (lastSeenMs !== undefined) moments.push(lastSeenMs)
    // Not in the future, where the clock was set back.
    return moments.length === 0 ? this.file.lastSeenMs : Math.min(Math.max(...moments), this.#context.clock.wallNow())
  }

  get addresses(): readonly KnownAddress[] {
    return this.file.book.known(this.#context.clock.wallNow(), this.#context.networks)
  }

  keys(label: string): PairingKeys {
    return this.file.keysFor(label)
  }

  openStream(protocol: string, options: OpenStreamOptions = {}): Promise<HoldfastStream> {
    return this.#demand.during(async () => {
      // A session from before the refusal goes on only if the peer takes it.
      if (this.#isRefused) await this.#reached(options.signal)
      return this.streams.open(protocol, options)
    })
  }

  connected({ signal }: { signal?: AbortSignal } = {}): Promise<void> {
    return this.#demand.during(() => this.#reached(signal))
  }

  reconnect(): void {
    const isRefused = this.#isRefused
    if (!isRefused) this.checkUsable()
    this.#demand.isSought = true
    if (isRefused) this.connection.released()
    else if (!this.connection.isConnected) this.connection.hint('asked')
  }

  pause(): void {
    if (this.file.isPaused) return
    this.file.configure({ paused: true })
    this.connection.release('paused', 'paused')
    if (!this.file.isBlocked) this.connection.paused()
  }

  resume(): void {
    if (!this.file.isPaused) return
    this.file.configure({ paused: false })
    if (!this.file.isBlocked) this.connection.released()
  }

  block(): void {
    if (this.file.isBlocked) return
    this.file.configure({ blocked: true })
    this.connection.endSession('blocked', '', 'blocked', new PeerBlockedError(`The peer ${this.name} was blocked here`))
    this.connection.blocked('blocked-here', BLOCKED_HERE)
  }

  unblock(): void {
    if (!this.file.isBlocked) return
    this.file.configure({ blocked: false })
    // It was told that it is blocked, and hears of the end of that by a link.
    this.#demand.isSought = true
    this.connection.released()
    if (this.file.isPaused) this.connection.paused()
  }

  rename(name: string): void {
    const before = this.name
    this.file.rename(name)
    this.reports.named(before)
  }

  configure(settings: Partial<PeerSettings>): void {
    const { keepAlive } = settings
    if (keepAlive !== undefined) inRange(() => resolveKeepAlive(keepAlive))
    const defaults: Partial<PeerSettings> = {
      ...('connectPolicy' in settings && { connectPolicy: settings.connectPolicy ?? 'always' }),
      ...('protocols' in settings && {
        protocols: settings.protocols ?? defaultProtocols(this.file.relation, this.#context.tuning),
      }),
    }
    this.file.configure({ ...settings, ...defaults })
    this.tuned()
    this.reports.configured(this.settings)
  }

  unpair(): void {
    this.file.remove()
    const error = new RefusedByPeerError('the pairing was ended here')
    this.#stop(() => this.connection.stop('unpaired', '', 'unpaired', error))
    this.reports.removed()
  }

  // For the node.

  /** Another peer has taken its place; what waits for it ends with the error, and the other side is told why. */
  replaced(error: HoldfastError, text: string): void {
    this.file.replaced()
    this.stop(error, text)
    this.reports.removed()
  }

  /** Options of the node, or settings of this peer, are others now. */
  tuned(): void {
    this.#idle.setTimeout(this.#idleTimeoutMs)
    this.connection.keepAliveChanged()
    this.connection.dialIfIdle()
  }

  /** A link came in and greeted. Answers the error if it was refused; a link that is taken is attached when this returns. */
  arrived(link: Link, greeting: Greeting, attach: Attach): RefusedError | undefined {
    if (this.file.isBlocked) return new RefusedError('blocked', 'this node is blocked there')
    if (this.file.isPaused)
      return new RefusedError('paused', 'the connection was paused there, until somebody resumes it')
    return this.connection.arrived(link, greeting, attach)
  }

  /** Waits until everything written is acknowledged. */
  flushed(): Promise<void> {
    return this.driver?.flushed() ?? Promise.resolve()
  }

  /** Ends everything with this peer: sessions say goodbye, nothing is dialed any more. */
  stop(error: HoldfastError, text = ''): void {
    this.#stop(() => this.connection.stop('shutting-down', text, 'closed-locally', error))
  }

  #stop(end: () => void): void {
    this.#idle.stop()
    end()
    this.#waiting.release()
  }

  // For the streams.

  get clock(): Clock {
    return this.#context.clock
  }

  /** This node takes nothing new. */
  get closing(): boolean {
    return this.#context.closing
  }

  /** A pairing goes on with it; nothing but its streams may be opened. */
  get isStranger(): boolean {
    return this.file.relation === 'stranger'
  }

  get hasSession(): boolean {
    return this.driver !== undefined
  }

  /** The session that goes on, if there is one. */
  get driver(): SessionDriver | undefined {
    return this.connection.driver
  }

  /** Throws where no stream can ever be opened again. */
  checkUsable(): void {
    if (this.closing) throw new NodeClosedError()
    if (this.connection.stopped) throw new UnknownPeerError(this.id)
    const { state } = this
    if (state.kind === 'blocked')
      throw new PeerBlockedError(`The peer ${this.name} cannot be reached: ${state.message}`)
    if (state.kind === 'paused') throw new PeerPausedError(this.name)
  }

  /** Somebody waits: the peer should be dialed now. */
  hurry(): void {
    this.connection.hurry()
  }

  /** Resolves when the state changes; whoever waits for something then looks again. */
  changed(signal: AbortSignal | undefined): Promise<void> {
    return withSignal(this.#waiting.wait(), signal)
  }

  /** Whether the peer may open streams for the protocol. */
  mayUse(protocol: string): boolean {
    const { protocols } = this.settings
    return protocols === 'all' || protocol === BROADCAST_PROTOCOL || protocols.includes(protocol)
  }

  /** Calls the application's handler of the protocol with the stream; undefined if there is none. */
  handlerOf(protocol: string): ((stream: HoldfastStream) => unknown) | undefined {
    const handler = this.#context.handlerOf(protocol)
    return handler && ((stream) => handler(stream, this))
  }

  /** A stream was opened, by either side, or is over. */
  streamsChanged(change: 'opened' | 'over'): void {
    if (change === 'opened') this.#context.counters.streamsOpened++
    const isUsed = this.streams.openCount > 0
    this.#idle.used(isUsed)
    if (isUsed && !this.connection.isConnected) this.hurry()
  }

  // For the connection.

  /** A link should be held at the moment. */
  get wantsLink(): boolean {
    const { relation, isPaused, isBlocked } = this.file
    if (isPaused || isBlocked || relation === 'stranger' || relation === 'guest') return false
    if (isHeld(this.settings, this.#context.tuning) || this.#demand.isSought) return true
    return this.isWaitedFor || this.streams.openCount > 0
  }

  /** Why no link may be attached now, whoever dialed it: the peer is blocked or paused here. */
  get unwanted(): HoldfastError | undefined {
    if (this.file.isBlocked) return new PeerBlockedError(`The peer ${this.name} cannot be reached: ${BLOCKED_HERE}`)
    return this.file.isPaused ? new PeerPausedError(this.name) : undefined
  }

  /** Where it can be dialed; not where this node itself would answer. */
  get dialable(): readonly string[] {
    return this.file.book.addresses.filter((address) => !this.#context.isOwnAddress(address))
  }

  /** Somebody waits for the peer. */
  get isWaitedFor(): boolean {
    return this.#demand.isWaitedFor
  }

  /** The first address that it announced, if it is known. */
  get announced(): string | undefined {
    return this.reports.statistics.announced ?? this.file.orderingAddress
  }

  /** The start of the newest instance that is known from before; 0 if none. */
  get knownStart(): number {
    return this.file.instanceStart
  }

  /** How its links are watched; undefined: as those of all peers. */
  get keepAlive(): KeepAlive | undefined {
    return this.settings.keepAlive
  }

  /** What it is to this node. */
  get known(): KnownRelation {
    return this.file.relation
  }

  /** What is said to this peer beside what everybody is told. */
  greeting(channel: Channel, theirs?: Greeting): Partial<Greeting> {
    return this.#context.credentials(channel, this.known, theirs)
  }

  /** The peer answered: the error if that will not do. */
  checkAnswer(channel: Channel, greeting: Greeting): HoldfastError | undefined {
    return this.#context.checkAnswer(channel, greeting, this.file.relation)
  }

  stateChanged(state: PeerState, before: PeerState): void {
    const { isConnected, isAtRest } = this.connection
    if (isConnected || isAtRest) this.#demand.isSought = false
    this.#idle.connected(isConnected)
    this.reports.stateChanged(state, before)
    this.#waiting.release()
  }

  /** All addresses, in the order in which to dial them. */
  rankedAddresses(): readonly RankedAddress[] {
    const ranked = this.file.book.ranked(this.#context.clock.wallNow(), this.#context.networks)
    return ranked.filter(({ address }) => !this.#context.isOwnAddress(address))
  }

  /** The one who answers at this address may mean harm. */
  isDoubtful(address: string): boolean {
    return this.file.book.isDoubtful(address)
  }

  streamOpened(stream: SessionStream): void {
    this.streams.opened(stream)
  }

  /** It has refused this node, for good as it said; but whoever asks for it may find that it has changed its mind. */
  get #isRefused(): boolean {
    return this.state.kind === 'blocked' && !this.file.isBlocked
  }

  /** Resolves when it is connected; rejects when that cannot come to pass. */
  async #reached(signal: AbortSignal | undefined): Promise<void> {
    if (this.#isRefused) this.connection.released()
    else if (!this.connection.isConnected) this.hurry()
    while (!this.connection.isConnected) {
      signal?.throwIfAborted()
      this.checkUsable()
      await this.changed(signal)
    }
  }

  get #idleTimeoutMs(): number | undefined {
    return idleTimeoutOf(this.file.relation, this.settings, this.#context.tuning)
  }

  /** Nothing was open for the idle timeout. What waits to be acknowledged is no open stream, but is not given up for it. */
  #unused(): void {
    this.connection.release('not-wanted', 'idle')
  }
}
