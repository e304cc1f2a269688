import { type DialCandidate, takeInTurn } from '../../core/dial/candidates.ts'
import type { DialHint } from '../../core/dial/hints.ts'
import { type HoldfastError, NodeClosedError } from '../../core/errors.ts'
import { type CloseCode, features, type RefusalCode } from '../../core/frame/constants.ts'
import { encodeAttach, encodeGreeting } from '../../core/frame/encode.ts'
import type { Attach, Greeting, Instance } from '../../core/frame/frames.ts'
import { isPoor } from '../../core/health/band.ts'
import { PeerMachine, type PeerState } from '../../core/peer/peer-machine.ts'
import type { LossReason } from '../../core/peer/reasons.ts'
import { Association, type AttachOutcome } from '../../core/session/association.ts'
import type { SessionStream } from '../../core/session/stream.ts'
import { comparePeerIds } from '../../identity/peer-id.ts'
import type { Channel } from '../../transport/transport.ts'
import type { LinkInfo } from '../api.ts'
import { allocateHandshake, type NodeContext, rankOf } from '../context.ts'
import { addressOutcome } from '../dial/dial-outcome.ts'
import { DialRolePolicy } from '../dial/dial-role-policy.ts'
import { type AttemptOptions, Dialer, type DialerHost } from '../dial/dialer.ts'
import { Knocker } from '../dial/knock.ts'
import { type DialExtras, dialAddress } from '../dial/outbound.ts'
import { type RaceOutcome, race } from '../dial/race.ts'
import { RefusedError } from '../errors.ts'
import type { PeerEvents } from '../events/peer-events.ts'
import { troubleOf } from '../events/trouble.ts'
import { applyKeepAlive } from '../link/keep-alive.ts'
import type { Link } from '../link/link.ts'
import { anotherWouldHelp, candidatesBeside } from '../link/link-addresses.ts'
import { linkInfo } from '../link/link-info.ts'
import { finalRefusal, inOne, mayPass, refusal, wrongAnswer } from '../link/refusals.ts'
import { SessionDriver, type SessionOwner } from '../link/session-driver.ts'
import { wallTime } from '../timing/wall-time.ts'
import type { RemotePeer } from './peer.ts'
import { PathWatch } from './peer-path.ts'

/** A link that delivered this much was no failed attempt, however soon it broke. */
const OF_USE_BYTES = 64 * 1024

/** All that connects this node with one peer: the links and the dialing for them, the sessions one after the other, and the state that comes of it. */
export class PeerConnection implements SessionOwner, DialerHost {
  readonly #context: NodeContext
  readonly #peer: RemotePeer
  readonly #events: PeerEvents
  readonly #association: Association
  readonly #machine: PeerMachine
  readonly #dialer: Dialer
  readonly #knocker: Knocker
  readonly #turns: DialRolePolicy
  readonly #path: PathWatch
  #driver: SessionDriver | undefined
  #stopped = false
  /** Of the addresses beside the best one, so many were dialed: the next attempt begins with the ones after them. */
  #othersDialed = 0

  constructor(context: NodeContext, peer: RemotePeer, events: PeerEvents) {
    this.#context = context
    this.#peer = peer
    this.#events = events
    const isLower = comparePeerIds(context.id, peer.id) < 0
    this.#machine = new PeerMachine((state, before) => peer.stateChanged(state, before))
    const { clock, random, dialLimiter: turns, tuning } = context
    this.#dialer = new Dialer({ clock, random, turns, schedule: tuning.reconnect }, this)
    this.#knocker = new Knocker({ context, peer, began: () => events.dialStarted() })
    this.#turns = new DialRolePolicy(context, peer, isLower)
    this.#path = new PathWatch(events)
    this.#association = new Association({
      ownInstance: context.instance,
      isLower,
      knownStart: peer.knownStart,
      // Not by the wall's clock, which people set back: whoever was forgotten meanwhile would be refused until it has caught up.
      firstGeneration: Math.floor(context.clock.now()),
      firstDial: Math.floor(context.random() * 2 ** 24),
      earlier: context.formerSessions.get(peer.id),
      createSession: () => this.#createDriver().session,
    })
  }

  get state(): PeerState {
    return this.#machine.state
  }

  get isConnected(): boolean {
    return this.#machine.isConnected
  }

  get isAtRest(): boolean {
    return this.#machine.isAtRest
  }

  get links(): readonly LinkInfo[] {
    return this.#driver?.links.map((link) => linkInfo(link, this.#driver?.session.active)) ?? []
  }

  get driver(): SessionDriver | undefined {
    return this.#driver
  }

  /** Since when there is no link, on the clock; of use only while there is none. */
  get missedMs(): number {
    return this.#turns.missedMs
  }

  get stopped(): boolean {
    return this.#stopped
  }

  // What is wanted.

  /** Begins to hold the peer: dials it until it is connected, and whenever it is lost. */
  start(): void {
    this.#dialer.lost(this.#turns.graceMs ?? 0)
    this.#knock()
  }

  /** Plans an attempt if one is wanted. Asked of all peers again and again: most have what they want. */
  dialIfIdle(): void {
    if (this.#driver?.session.wantsLink !== false) this.#dialer.soon()
  }

  /** Somebody waits for the peer. */
  hurry(): void {
    this.#dialer.hurry()
  }

  /** Whether the peer is about to come may be answered otherwise now. */
  reconsider(): void {
    this.#dialer.reconsider()
  }

  /** Something says that the peer may be reached again. */
  hint(hint: DialHint, spreadMs = 0): void {
    this.#dialer.hint(hint, spreadMs)
    this.#knock()
  }

  /** Asks the peer to dial, where this side never does. */
  #knock(): void {
    const isTheirs = this.#turns.graceMs === undefined && this.#peer.wantsLink && !this.#machine.isAtRest
    if (isTheirs && !this.#stopped && this.links.length === 0) this.#knocker.knock()
  }

  /** Says on all links that they are not needed any more, and lets go of them; the session stays. */
  release(code: CloseCode, reason: LossReason): void {
    this.#driver?.release(code, reason)
  }

  /** Ends the session with its links; the next link begins another. */
  endSession(code: CloseCode, text: string, reason: LossReason, error: HoldfastError): void {
    this.#driver?.close(code, text, reason, error)
  }

  /** Links are gone and none is wanted, until `released`. */
  paused(): void {
    this.#dialer.pause()
    this.#machine.paused(this.#context.clock.wallNow())
  }

  /** Likewise, and the peer is refused. */
  blocked(code: string, message: string): void {
    this.#dialer.pause()
    this.#machine.blocked(code, message, this.#context.clock.wallNow())
  }

  /** What kept the peer at rest has ended, or may have. */
  released(): void {
    this.#machine.released()
    this.#dialer.hint('asked')
  }

  /** Ends everything: the session says goodbye, nothing is dialed any more. */
  stop(code: CloseCode, text: string, reason: LossReason, error: HoldfastError): void {
    this.#stopped = true
    this.#dialer.stop()
    this.#knocker.stop()
    this.#driver?.close(code, text, reason, error)
    this.#context.formerSessions.add(this.#peer.id, this.#association.ending)
  }

  /** The way in which links are watched has changed. */
  keepAliveChanged(): void {
    for (const link of this.#driver?.links ?? []) applyKeepAlive(link, this.#peer.keepAlive, this.#context)
  }

  /** This node did not run for a while: nothing is judged by that time. */
  probe(): void {
    this.#driver?.probe()
  }

  // Links that come in, and those that are dialed.

  /** Whether the peer's run began before one that is known, so that its links are refused. */
  isOutdated(instance: Instance): boolean {
    return this.#association.isOutdated(instance)
  }

  /** A link came in and greeted. Answers the error if it was refused; a link that is taken is attached when this returns. */
  arrived(link: Link, greeting: Greeting, attach: Attach): RefusedError | undefined {
    if (this.#stopped) return new RefusedError('shutting-down', '')
    const { channel } = link
    const outcome = this.#association.arrived(greeting.instance, attach, rankOf(channel), this.#context.clock.now())
    if ('refused' in outcome) return refusal(outcome.refused)
    if (outcome.link.gone) return refusal('busy') // Somebody who heard of the link that it replaces has let go of all.
    const answer = this.#context.greeting({
      ...this.#peer.greeting(channel, greeting),
      observed: channel.remoteAddress,
    })
    link.write(
      encodeGreeting(allocateHandshake, 'answer', answer),
      encodeAttach(allocateHandshake, this.#association.reply(attach.link)),
    )
    this.#attached(link, greeting, outcome)
    return undefined
  }

  /** Makes one attempt, for a pairing or as a guest; resolves with the link that was attached. */
  async dialOnce(addresses: readonly string[], signal: AbortSignal, pairing?: DialExtras['pairing']): Promise<Link> {
    let attached: Link | undefined
    const dial = (address: string, abort: AbortSignal): Promise<void> =>
      this.#dial({ address, localAddress: undefined }, abort, { pairing, attached: (link) => (attached = link) })
    try {
      await race(addresses, dial, signal, this.#context.clock, (address, ...came) => this.#tried(address, ...came))
    } catch (error) {
      throw inOne(error)
    }
    if (attached === undefined) throw new NodeClosedError()
    return attached
  }

  /** Greets on a channel that was dialed before it was known whose it is. */
  async greet(channel: Channel, address: string, signal: AbortSignal): Promise<void> {
    await this.#dial({ address, localAddress: undefined }, signal, { channel })
    this.#events.tried(address, 'reached')
  }

  // For the dialer.

  get wantsDial(): boolean {
    if (this.#stopped || this.#machine.isAtRest || !this.#peer.wantsLink || this.#peer.dialable.length === 0)
      return false
    if (this.#turns.graceMs === undefined) return false
    const { session, links = [] } = this.#driver ?? {}
    if (session === undefined || session.links.length === 0) return true
    return session.wantsLink && anotherWouldHelp(this.#peer.dialable, links, this.#context.limits.linksWanted)
  }

  get defersToInbound(): boolean {
    return this.#turns.defersToInbound
  }

  get isAbsent(): boolean {
    return (this.#driver?.links.length ?? 0) === 0
  }

  get isWaitedFor(): boolean {
    return this.#peer.isWaitedFor
  }

  attempt(signal: AbortSignal, { connectionsMax, began, connected }: AttemptOptions): Promise<void> {
    const { dialing, clock } = this.#context
    const all = candidatesBeside(this.#driver?.links ?? [], this.#peer.rankedAddresses(), dialing.dialFrom)
    const candidates = takeInTurn(all, connectionsMax, this.#othersDialed)
    this.#othersDialed += candidates.length - 1
    return race(
      candidates,
      (candidate, abort) => {
        began()
        return this.#dial(candidate, abort, { connected })
      },
      signal,
      clock,
      ({ address }, ...came) => this.#tried(address, ...came),
    )
  }

  /** Notes what came of dialing an address, also for a pairing or as a guest: it is the history by which addresses are ranked. */
  #tried(address: string, outcome: RaceOutcome, error: unknown): void {
    const said = addressOutcome(outcome, error)
    if (said !== undefined) this.#events.tried(address, said)
  }

  started(attempt: number): void {
    this.#machine.dialStarted(attempt, this.#context.clock.wallNow())
  }

  failed(error: unknown, attempt: number): void {
    const wallMs = this.#context.clock.wallNow()
    const final = finalRefusal(error)
    if (final === undefined || mayPass(final.refusal, this.#peer.known, this.#turns.peerMayCome))
      this.#machine.dialFailed(this.#nextAttempt, wallMs)
    else this.#machine.blocked(final.refusal, final.message, wallMs)
    this.#events.dialFailed(attempt, inOne(error), this.#nextAttempt)
  }

  /** On the wall's clock; undefined while none is wanted. */
  get #nextAttempt(): number | undefined {
    return this.wantsDial ? wallTime(this.#dialer.nextMs, this.#context.clock) : undefined
  }

  #dial(
    { address, localAddress }: DialCandidate,
    signal: AbortSignal,
    { pairing, attached, ...more }: DialExtras,
  ): Promise<void> {
    const { clock } = this.#context
    if (this.#peer.unwanted !== undefined) return Promise.reject(this.#peer.unwanted)
    if (more.channel === undefined) this.#events.dialStarted()
    return dialAddress(
      this.#context,
      {
        peer: this.#peer.id,
        address,
        localAddress,
        ...more,
        // A ticket comes from a person.
        isDoubtful: pairing?.ticket === undefined && this.#peer.isDoubtful(address),
        association: this.#association,
        hello: (dialed) => ({ ...this.#peer.greeting(dialed), ...pairing }),
        answered: (link, greeting, attach, dialed) => {
          if (this.#stopped) return new NodeClosedError()
          // Not every dial is the dialer's, which `paused` and `blocked` stop: a pairing or a network may have begun this one.
          const wrong = this.#peer.unwanted ?? this.#peer.checkAnswer(link.channel, greeting)
          if (wrong !== undefined) return wrong
          const rank = rankOf(link.channel)
          const outcome = this.#association.answered(dialed.link, greeting.instance, attach, rank, clock.now())
          if ('refused' in outcome) return wrongAnswer(outcome.refused)
          if (outcome.link.gone) return wrongAnswer('busy')
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
    outcome.link.sendsStatus = greeting.features.includes(features.status)
    applyKeepAlive(link, this.#peer.keepAlive, this.#context)
    this.#turns.linkAttached(greeting.instance.start)
    this.#events.learned(greeting, link.channel.remoteAddress)
    this.#judge()
    this.#dialer.connected()
    this.#events.linkUp(linkInfo(link, driver.session.active))
    this.#path.linksChanged(driver.links)
  }

  // For the driver.

  streamOpened(stream: SessionStream): void {
    this.#peer.streamOpened(stream)
  }

  /** The peer closed a link or the session for a reason that dialing again cannot cure. */
  closedForGood(code: RefusalCode): void {
    if (mayPass(code, this.#peer.known, this.#turns.peerMayCome)) return
    this.#machine.blocked(code, refusal(code).message, this.#context.clock.wallNow())
  }

  linkLost(link: Link, reason: LossReason): void {
    this.#turns.linkLost(link)
    const isLast = (this.#driver?.session.links.length ?? 0) === 0
    if (isLast) {
      this.#turns.linksLost()
      this.#dialer.lost(this.#turns.graceMs ?? 0, (link.sessionLink?.deliveredBytes ?? 0) >= OF_USE_BYTES)
      this.#machine.linksLost(reason, this.#nextAttempt, this.#context.clock.wallNow())
    }
    this.#events.linkLost(linkInfo(link, undefined), reason, isLast)
    if (!isLast) {
      this.#judge()
      this.#dialer.soon()
    }
    this.#path.linksChanged(this.#driver?.links ?? [])
  }

  linkSuspect(): void {
    this.#judge()
    if (troubleOf(this.#driver?.session.links ?? []) === 'no-answer') this.#dialer.now()
    else this.#dialer.soon()
  }

  linkRecovered(): void {
    this.#judge()
    this.#dialer.connected()
  }

  sessionEnded(driver: SessionDriver): void {
    if (this.#driver !== driver) return
    this.#driver = undefined
    this.#association.sessionEnded()
  }

  /** A ping was answered, or was not. */
  linkProbed(link: Link, answered: boolean): void {
    const { sessionLink } = link
    if (sessionLink === undefined || sessionLink.gone) return
    this.#events.linkProbed(link, answered, this.#driver?.session)
    const change = sessionLink.health.takeBandChange()
    // That a new link does well is no news.
    if (change !== undefined && (change.before !== undefined || isPoor(change.band)))
      this.#events.bandChanged(linkInfo(link, this.#driver?.session.active), change)
    this.#judge()
    if (change !== undefined || !answered) this.#dialer.soon()
  }

  #judge(): void {
    const { links = [], session } = this.#driver ?? {}
    // An application that was told of the loss of one may have let go of all.
    if (session === undefined || session.links.length === 0) return
    this.#machine.linked(troubleOf(session.links), this.#context.clock.wallNow())
    this.#path.activeMayDiffer(links, session.active)
  }

  #createDriver(): SessionDriver {
    const driver = new SessionDriver({ context: this.#context, association: this.#association, owner: this })
    this.#driver = driver
    this.#events.sessionBegan()
    return driver
  }
}
