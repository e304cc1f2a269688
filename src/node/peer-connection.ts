import type { Clock } from '../clock.ts'
import { type HoldfastError, NodeClosedError } from '../core/errors.ts'
import type { CloseCode, RefusalCode } from '../core/frame/constants.ts'
import { encodeAttach, encodeGreeting } from '../core/frame/encode.ts'
import type { Attach, Greeting } from '../core/frame/frames.ts'
import { PeerMachine, type PeerState, type Trouble } from '../core/peer/peer-machine.ts'
import type { LossReason } from '../core/peer/reasons.ts'
import { Association, type AttachOutcome } from '../core/session/association.ts'
import type { SessionStream } from '../core/session/stream.ts'
import { comparePeerIds, type PeerId } from '../identity/peer-id.ts'
import type { Channel } from '../transport/transport.ts'
import type { LinkInfo } from './api.ts'
import { allocateHandshake, type NodeContext, rankOf } from './context.ts'
import { Dialer, type DialerHost } from './dialer.ts'
import { RefusedError } from './errors.ts'
import type { Link } from './link.ts'
import { linkInfo } from './link-info.ts'
import { dialAddress } from './outbound.ts'
import { race } from './race.ts'
import { finalRefusal, inOne, refusal, wrongAnswer } from './refusals.ts'
import { SessionDriver, type SessionOwner } from './session-driver.ts'

/** A link that delivered this much was no failed attempt, however soon it broke. */
const OF_USE_BYTES = 64 * 1024
/** How long the side that did not dial last waits for the other one to come. */
const DIAL_GRACE_MS = 2_000

/** The peer whose links these are: it knows what is wanted, and is told what happens. */
export interface ConnectionHost {
  readonly id: PeerId
  /** A link should be held at the moment. */
  readonly wantsLink: boolean
  /** Where it can be dialed, best first. */
  readonly addresses: readonly string[]
  /** The start of the newest instance that is known from before; 0 if none. */
  readonly knownStart: number
  /** What is said to this peer beside what everybody is told. */
  greeting(channel: Channel): Partial<Greeting>
  /** The peer answered: the error if that will not do. */
  checkAnswer(channel: Channel, greeting: Greeting): HoldfastError | undefined
  stateChanged(state: PeerState, before: PeerState): void
  /** This address led to it. */
  reached(address: string): void
  /** It said this of itself on a link that is attached now. */
  learned(greeting: Greeting): void
  linkUp(link: LinkInfo): void
  /** `isLast`: none remains. */
  linkLost(link: LinkInfo, reason: LossReason, isLast: boolean): void
  dialFailed(attempt: number, error: unknown, nextAttempt: number | undefined): void
  sessionBegan(): void
  streamOpened(stream: SessionStream): void
}

/** All that connects this node with one peer: the links and the dialing for them, the sessions one after the other, and the state that comes of it. */
export class PeerConnection implements SessionOwner, DialerHost {
  readonly #context: NodeContext
  readonly #host: ConnectionHost
  readonly #isLower: boolean
  readonly #association: Association
  readonly #machine: PeerMachine
  readonly #dialer: Dialer
  #driver: SessionDriver | undefined
  #dialedLast: boolean
  /** When a link that was dialed from here was lost last, on the clock. */
  #outboundLostMs = -Infinity
  #stopped = false

  constructor(context: NodeContext, host: ConnectionHost) {
    this.#context = context
    this.#host = host
    this.#isLower = comparePeerIds(context.id, host.id) < 0
    this.#dialedLast = this.#isLower
    this.#machine = new PeerMachine((state, before) => host.stateChanged(state, before))
    this.#dialer = new Dialer(context.clock, context.random, this)
    this.#association = new Association({
      ownInstance: context.instance,
      isLower: this.#isLower,
      knownStart: host.knownStart,
      // Not by the wall's clock, which people set back: whoever was forgotten meanwhile would be refused until it has caught up.
      firstGeneration: Math.floor(context.clock.now()),
      firstDial: Math.floor(context.random() * 2 ** 24),
      earlier: context.forgotten.get(host.id),
      createSession: () => this.#createDriver().session,
    })
  }

  get state(): PeerState {
    return this.#machine.state
  }

  get isConnected(): boolean {
    return this.#machine.isConnected
  }

  get links(): readonly LinkInfo[] {
    return this.#driver?.links.map((link) => linkInfo(link, this.#driver?.session.active)) ?? []
  }

  get driver(): SessionDriver | undefined {
    return this.#driver
  }

  get stopped(): boolean {
    return this.#stopped
  }

  // What is wanted.

  /** Begins to hold the peer: dials it until it is connected, and whenever it is lost. */
  start(): void {
    this.#dialer.lost(this.#graceMs)
  }

  /** Plans an attempt if one is wanted and none is planned. */
  dialIfIdle(): void {
    this.#dialer.soon()
  }

  /** Somebody waits for the peer. */
  hurry(): void {
    this.#dialer.hurry()
  }

  /** Dials now, whatever the schedule says. */
  dialNow(): void {
    this.#dialer.now()
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

  released(): void {
    this.#machine.released()
    this.#dialer.now()
  }

  /** Ends everything: the session says goodbye, nothing is dialed any more. */
  stop(code: CloseCode, text: string, reason: LossReason, error: HoldfastError): void {
    this.#stopped = true
    this.#dialer.stop()
    this.#driver?.close(code, text, reason, error)
    this.#context.forgotten.add(this.#host.id, this.#association.ending)
  }

  // Links that come in, and those that are dialed.

  /** A link came in and greeted. Answers the error if it was refused; a link that is taken is attached when this returns. */
  arrived(link: Link, greeting: Greeting, attach: Attach): RefusedError | undefined {
    if (this.#stopped) return new RefusedError('shutting-down', '')
    const { channel } = link
    const nowMs = this.#context.clock.now()
    const outcome = this.#association.arrived(greeting.instance, attach, rankOf(channel), nowMs)
    if ('refused' in outcome) return refusal(outcome.refused)
    const answer = { ...this.#host.greeting(channel), observed: channel.remoteAddress }
    link.write(
      encodeGreeting(allocateHandshake, 'answer', this.#context.greeting(answer)),
      encodeAttach(allocateHandshake, this.#association.reply(attach.link)),
    )
    this.#attached(link, greeting, outcome)
    return undefined
  }

  /** Makes one attempt at `addresses` on behalf of a pairing or a visit; resolves with the link that was attached. */
  async dialOnce(addresses: readonly string[], signal: AbortSignal, ticket?: Uint8Array): Promise<Link> {
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

  /** Greets on a channel that was dialed before it was known whose it is. */
  async greet(channel: Channel, address: string, signal: AbortSignal): Promise<void> {
    await this.#dial(address, signal, undefined, undefined, channel)
  }

  // For the dialer.

  get wantsDial(): boolean {
    if (this.#stopped || this.#machine.isAtRest || !this.#host.wantsLink || this.#host.addresses.length === 0)
      return false
    const links = this.#driver?.session.links ?? []
    return links.filter((link) => !link.liveness.suspect).length < this.#context.limits.linksWanted
  }

  attempt(signal: AbortSignal): Promise<void> {
    const inUse = this.links.map((link) => link.address)
    const addresses = this.#host.addresses.toSorted((a, b) => Number(inUse.includes(a)) - Number(inUse.includes(b)))
    return race(addresses, (address, abort) => this.#dial(address, abort), signal, this.#context.clock)
  }

  started(attempt: number): void {
    this.#machine.dialStarted(attempt, this.#context.clock.wallNow())
  }

  failed(error: unknown, attempt: number): void {
    const wallMs = this.#context.clock.wallNow()
    const final = finalRefusal(error)
    if (final === undefined) this.#machine.dialFailed(this.#nextAttempt, wallMs)
    else this.#machine.blocked(final.refusal, final.message, wallMs)
    this.#host.dialFailed(attempt, inOne(error), this.#nextAttempt)
  }

  /** When the next attempt is due on the wall's clock; undefined while none is wanted. */
  get #nextAttempt(): number | undefined {
    return this.wantsDial ? this.#toWall(this.#dialer.nextMs) : undefined
  }

  #dial(
    address: string,
    signal: AbortSignal,
    ticket?: Uint8Array,
    attached?: (link: Link) => void,
    channel?: Channel,
  ): Promise<void> {
    const { clock } = this.#context
    return dialAddress(
      this.#context,
      {
        peer: this.#host.id,
        address,
        channel,
        association: this.#association,
        hello: (dialed) => ({ ...this.#host.greeting(dialed), ticket }),
        answered: (link, greeting, attach, dialed) => {
          if (this.#stopped) return new NodeClosedError()
          const wrong = this.#host.checkAnswer(link.channel, greeting)
          if (wrong !== undefined) return wrong
          const rank = rankOf(link.channel)
          const outcome = this.#association.answered(dialed.link, greeting.instance, attach, rank, clock.now())
          if ('refused' in outcome) return wrongAnswer(outcome.refused)
          this.#host.reached(address)
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
    this.#host.learned(greeting)
    this.#judge()
    this.#dialer.connected()
    this.#host.linkUp(linkInfo(link, driver.session.active))
  }

  // For the driver.

  streamOpened(stream: SessionStream): void {
    this.#host.streamOpened(stream)
  }

  closedForGood(code: RefusalCode): void {
    this.#machine.blocked(code, refusal(code).message, this.#context.clock.wallNow())
  }

  linkLost(link: Link, reason: LossReason): void {
    const nowMs = this.#context.clock.now()
    if (link.channel.direction === 'outbound') this.#outboundLostMs = nowMs
    const remaining = this.#driver?.session.links ?? []
    if (remaining.length > 0) {
      this.#host.linkLost(linkInfo(link, undefined), reason, false)
      this.#judge()
      this.#dialer.soon()
      return
    }
    // Links that are lost together, or were dialed together, may seem to be the last ones in different orders at the two sides. Where each had
    // dialed one, both dial again at once: better than that both wait for the other.
    this.#dialedLast = nowMs - this.#outboundLostMs < DIAL_GRACE_MS
    this.#dialer.lost(this.#graceMs, (link.sessionLink?.deliveredBytes ?? 0) >= OF_USE_BYTES)
    this.#machine.linksLost(reason, this.#nextAttempt, this.#context.clock.wallNow())
    this.#host.linkLost(linkInfo(link, undefined), reason, true)
  }

  linkSuspect(): void {
    this.#judge()
    if (this.#trouble === 'no-answer') this.#dialer.now()
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

  /** What the best link of those that are up suffers from. */
  get #trouble(): Trouble | undefined {
    const links = this.#driver?.session.links ?? []
    return links.every((link) => link.liveness.suspect) ? 'no-answer' : undefined
  }

  #judge(): void {
    this.#machine.linked(this.#trouble, this.#context.clock.wallNow())
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
    this.#host.sessionBegan()
    return driver
  }

  get #graceMs(): number {
    return this.#dialedLast || !this.#context.isDialable ? 0 : DIAL_GRACE_MS
  }

  #toWall(clockMs: number): number {
    const clock: Clock = this.#context.clock
    return Math.round(clock.wallNow() + Math.max(0, clockMs - clock.now()))
  }
}
