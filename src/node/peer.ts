import { EventEmitter } from 'node:events'
import type { Clock } from '../clock.ts'
import { type HoldfastError, NodeClosedError } from '../core/errors.ts'
import { encodeAttach, encodeGreeting } from '../core/frame/encode.ts'
import type { Attach, Greeting } from '../core/frame/frames.ts'
import { type LossReason, PeerMachine, type PeerState } from '../core/peer/peer-machine.ts'
import { Association, type AttachOutcome } from '../core/session/association.ts'
import type { SessionStream } from '../core/session/stream.ts'
import { comparePeerIds, type PeerId } from '../identity/peer-id.ts'
import type { HoldfastStream, LinkInfo, OpenStreamOptions, Peer, PeerEvents } from './api.ts'
import { allocateHandshake, type NodeContext, rankOf } from './context.ts'
import { Dialer, type DialerHost } from './dialer.ts'
import { IdentityInUseError, PeerBlockedError, RefusedError, UnreachableError } from './errors.ts'
import type { Link } from './link.ts'
import { dialAddress } from './outbound.ts'
import type { PeerFile } from './peer-file.ts'
import { PeerStreams, type StreamsHost } from './peer-streams.ts'
import { race } from './race.ts'
import { SessionDriver, type SessionOwner } from './session-driver.ts'
import { Waiters } from './waiters.ts'
import { withSignal } from './with-signal.ts'

const IDENTITY_IN_USE =
  'another machine runs this identity, or an older copy of it; give each machine an identity of its own'
/** A link that delivered this much was no failed attempt, however soon it broke. */
const OF_USE_BYTES = 64 * 1024
/** How long the side that did not dial last waits for the other one to come. */
const DIAL_GRACE_MS = 2_000
/** Refusals that dialing again cannot cure. */
const FINAL_REFUSALS: ReadonlySet<string> = new Set(['not-paired', 'version', 'identity-in-use', 'blocked'])

/** A remote identity and all that this node has to do with it: its sessions one after the other, its links, and the dialing. */
export class RemotePeer extends EventEmitter<PeerEvents> implements Peer, SessionOwner, StreamsHost, DialerHost {
  readonly file: PeerFile
  /** For pairings; applications use `openStream`. */
  readonly streams: PeerStreams
  readonly #context: NodeContext
  readonly #isLower: boolean
  readonly #association: Association
  readonly #machine: PeerMachine
  readonly #dialer: Dialer
  #driver: SessionDriver | undefined
  #dialedLast: boolean
  #stopped = false
  readonly #waiting = new Waiters()

  constructor(context: NodeContext, file: PeerFile) {
    super()
    this.#context = context
    this.file = file
    this.streams = new PeerStreams(this)
    this.#isLower = comparePeerIds(context.id, file.id) < 0
    this.#dialedLast = this.#isLower
    this.#machine = new PeerMachine((state) => {
      this.emit('state', state)
      this.#waiting.release()
    })
    this.#dialer = new Dialer({ clock: context.clock, random: context.random, turns: context.dialTurns }, this)
    this.#association = new Association({
      ownInstance: context.instance,
      isLower: this.#isLower,
      knownStart: file.instanceStart,
      firstGeneration: Math.floor(context.clock.wallNow()),
      firstDial: Math.floor(context.random() * 2 ** 24),
      createSession: () => this.#createDriver().session,
    })
  }

  // For the application.

  get id(): PeerId {
    return this.file.id
  }

  get name(): string {
    return this.file.name
  }

  get state(): PeerState {
    return this.#machine.state
  }

  get links(): readonly LinkInfo[] {
    return this.#driver?.links.map(linkInfo) ?? []
  }

  openStream(protocol: string, options: OpenStreamOptions = {}): Promise<HoldfastStream> {
    return this.streams.open(protocol, options)
  }

  async connected({ signal }: { signal?: AbortSignal } = {}): Promise<void> {
    if (!this.#machine.isConnected) this.hurry()
    while (!this.#machine.isConnected) {
      signal?.throwIfAborted()
      this.checkUsable()
      await this.changed(signal)
    }
  }

  // For the node.

  /** Begins to hold this peer: dials it until it is connected, and whenever it is lost. */
  start(): void {
    this.#dialer.lost(this.#graceMs)
  }

  /** Plans an attempt if one is wanted and none is planned. */
  dialIfIdle(): void {
    this.#dialer.soon()
  }

  /** A link came in and greeted. Answers the error if it was refused; a link that is taken is attached when this returns. */
  arrived(link: Link, greeting: Greeting, attach: Attach): RefusedError | undefined {
    if (this.#stopped) return new RefusedError('shutting-down', '')
    const outcome = this.#association.arrived(
      greeting.instance,
      attach,
      rankOf(link.channel),
      this.#context.clock.now(),
    )
    if ('refused' in outcome) return refusal(outcome.refused)
    link.write(
      encodeGreeting(
        allocateHandshake,
        'answer',
        this.#context.greeting({ ticket: undefined, observed: link.channel.remoteAddress }),
      ),
      encodeAttach(allocateHandshake, this.#association.reply(attach.link)),
    )
    this.#dialedLast = false
    this.#attached(link, greeting, outcome)
    return undefined
  }

  /** Makes one attempt at `addresses` on behalf of a pairing; resolves with the link that was attached. */
  async dialForPairing(addresses: readonly string[], ticket: Uint8Array, signal: AbortSignal): Promise<Link> {
    let attached: Link | undefined
    const dial = (address: string, abort: AbortSignal): Promise<void> =>
      this.#dial(address, abort, ticket, (link) => {
        attached = link
      })
    try {
      await race(addresses, dial, signal, this.#context.clock)
    } catch (error) {
      throw inOne(error)
    }
    if (attached === undefined) throw new NodeClosedError()
    return attached
  }

  /** Waits until everything written is acknowledged. */
  flushed(): Promise<void> {
    return this.#driver?.flushed() ?? Promise.resolve()
  }

  /** Ends everything with this peer: sessions say goodbye, nothing is dialed any more. */
  stop(error: HoldfastError, text = ''): void {
    this.#stopped = true
    this.#dialer.stop()
    this.#driver?.session.close('shutting-down', text, error, this.#context.clock.now())
    this.#waiting.release()
  }

  // For the streams.

  get clock(): Clock {
    return this.#context.clock
  }

  get closing(): boolean {
    return this.#context.closing
  }

  get isPaired(): boolean {
    return this.file.isPaired
  }

  get driver(): SessionDriver | undefined {
    return this.#driver
  }

  checkUsable(): void {
    if (this.#stopped || this.closing) throw new NodeClosedError()
    const { state } = this
    if (state.kind === 'blocked')
      throw new PeerBlockedError(`The peer ${this.name} cannot be reached: ${state.message}`)
  }

  hurry(): void {
    this.#dialer.hurry()
  }

  /** Resolves when the state changes; whoever waits for something then looks again. */
  changed(signal: AbortSignal | undefined): Promise<void> {
    return withSignal(this.#waiting.wait(), signal)
  }

  handlerOf(protocol: string): ((stream: HoldfastStream) => unknown) | undefined {
    const handler = this.#context.handlerOf(protocol)
    return handler && ((stream) => handler(stream, this))
  }

  // For the dialer.

  get wantsDial(): boolean {
    if (this.#stopped || !this.file.isPaired || this.file.addresses.length === 0) return false
    if (this.#machine.state.kind === 'blocked') return false
    const links = this.#driver?.session.links ?? []
    return links.filter((link) => !link.liveness.suspect).length < this.#context.limits.linksWanted
  }

  get isWaitedFor(): boolean {
    return !this.#waiting.isEmpty
  }

  attempt(signal: AbortSignal): Promise<void> {
    const inUse = this.links.map((link) => link.address)
    const addresses = this.file.addresses.toSorted((a, b) => Number(inUse.includes(a)) - Number(inUse.includes(b)))
    return race(addresses, (address, abort) => this.#dial(address, abort), signal, this.#context.clock)
  }

  started(attempt: number): void {
    this.#machine.dialStarted(attempt, this.#context.clock.wallNow())
  }

  failed(error: unknown, nextMs: number): void {
    const wallMs = this.#context.clock.wallNow()
    const final = finalRefusal(error)
    if (final === undefined) this.#machine.dialFailed(this.wantsDial ? this.#toWall(nextMs) : undefined, wallMs)
    else this.#machine.refusedForGood(final.refusal, final.message, wallMs)
  }

  #dial(address: string, signal: AbortSignal, ticket?: Uint8Array, attached?: (link: Link) => void): Promise<void> {
    return dialAddress(
      this.#context,
      {
        peer: this.id,
        address,
        ticket,
        association: this.#association,
        answered: (link, greeting, attach, dialed) => {
          if (this.#stopped) return new NodeClosedError()
          const rank = rankOf(link.channel)
          const outcome = this.#association.answered(
            dialed.link,
            greeting.instance,
            attach,
            rank,
            this.#context.clock.now(),
          )
          if ('refused' in outcome) return wrongAnswer(outcome.refused)
          this.#dialedLast = true
          this.file.reached(address)
          this.#attached(link, greeting, outcome)
          attached?.(link)
          return undefined
        },
      },
      signal,
    )
  }

  #attached(link: Link, greeting: Greeting, outcome: Exclude<AttachOutcome, { refused: unknown }>): void {
    const driver = this.#driver
    if (driver === undefined) throw new Error('A link was attached without a session')
    driver.addLink(link, outcome.link)
    this.file.learned(greeting, this.#context.clock.wallNow())
    this.#machine.linkHealthy(this.#context.clock.wallNow())
    this.#dialer.connected()
    this.emit('link:up', linkInfo(link))
  }

  // For the driver.

  streamOpened(stream: SessionStream): void {
    this.streams.opened(stream)
  }

  closedForGood(code: string): void {
    this.#machine.refusedForGood(code, IDENTITY_IN_USE, this.#context.clock.wallNow())
  }

  linkLost(link: Link, reason: LossReason): void {
    this.emit('link:lost', linkInfo(link), reason)
    const remaining = this.#driver?.session.links ?? []
    if (remaining.length > 0) {
      const wallMs = this.#context.clock.wallNow()
      if (remaining.some((other) => !other.liveness.suspect)) this.#machine.linkHealthy(wallMs)
      else this.#machine.linkSuspect(wallMs)
      this.#dialer.soon()
      return
    }
    this.file.lost(this.#context.clock.wallNow())
    this.#dialer.lost(this.#graceMs, (link.sessionLink?.deliveredBytes ?? 0) >= OF_USE_BYTES)
    this.#machine.linksLost(
      reason,
      this.wantsDial ? this.#toWall(this.#dialer.nextMs) : undefined,
      this.#context.clock.wallNow(),
    )
    this.emit('disconnected', reason)
  }

  linkSuspect(): void {
    const links = this.#driver?.session.links ?? []
    if (!links.every((link) => link.liveness.suspect)) return
    this.#machine.linkSuspect(this.#context.clock.wallNow())
    this.#dialer.now()
  }

  linkRecovered(): void {
    this.#machine.linkHealthy(this.#context.clock.wallNow())
    this.#dialer.connected()
  }

  sessionEnded(driver: SessionDriver): void {
    if (this.#driver !== driver) return
    this.#driver = undefined
    this.#association.sessionEnded()
  }

  #createDriver(): SessionDriver {
    const { limits, budget, clock, random } = this.#context
    const driver = new SessionDriver({
      isLower: this.#isLower,
      limits,
      budget,
      clock,
      random,
      association: this.#association,
      owner: this,
    })
    this.#driver = driver
    this.emit('session')
    return driver
  }

  get #graceMs(): number {
    return this.#dialedLast || !this.#context.isDialable ? 0 : DIAL_GRACE_MS
  }

  #toWall(clockMs: number): number {
    return Math.round(this.#context.clock.wallNow() + Math.max(0, clockMs - this.#context.clock.now()))
  }
}

/** What can be told of a link. */
function linkInfo(link: Link): LinkInfo {
  const { channel, sessionLink } = link
  return {
    address: channel.remoteAddress,
    direction: channel.direction,
    state: sessionLink?.liveness.suspect === true ? 'suspect' : 'healthy',
    roundTripMs: sessionLink?.roundTrip.smoothedMs,
  }
}

function refusal(code: RefusedError['refusal']): RefusedError {
  const text = {
    'identity-in-use': IDENTITY_IN_USE,
    'stale-attach': 'a newer connection has taken its place',
  }
  return new RefusedError(code, code in text ? text[code as keyof typeof text] : '')
}

/** One error for people, of those that several addresses gave. */
function inOne(error: unknown): unknown {
  if (!(error instanceof AggregateError)) return error
  const errors: unknown[] = error.errors
  const messages = errors.map((one) => (one instanceof Error ? one.message : String(one)))
  return (
    finalRefusal(error) ??
    new UnreachableError(`No address led to the other node (${messages.join('; ')})`, { cause: error })
  )
}

/** Why the link that an answer came on cannot be used. */
function wrongAnswer(code: RefusedError['refusal']): HoldfastError {
  if (code !== 'identity-in-use') return refusal(code)
  return new IdentityInUseError('Another machine answered with the identity of this peer, or an older copy of it did')
}

/** The refusal in `error` that dialing again cannot cure, if no address gave another reason. */
function finalRefusal(error: unknown): RefusedError | undefined {
  const errors: unknown[] = error instanceof AggregateError ? error.errors : [error]
  const final = errors.filter((one) => one instanceof RefusedError && FINAL_REFUSALS.has(one.refusal))
  return final.length === errors.length ? (final[0] as RefusedError) : undefined
}
