import {
  type HoldfastError,
  PeerShutDownError,
  ProtocolError,
  RefusedByPeerError,
  SessionLostError,
} from '../../core/errors.ts'
import type { Allocate } from '../../core/frame/bytes.ts'
import type { CloseCode, RefusalCode } from '../../core/frame/constants.ts'
import { encodeAttach } from '../../core/frame/encode.ts'
import type { Attach, CloseFrame } from '../../core/frame/frames.ts'
import type { LossReason } from '../../core/peer/reasons.ts'
import type { Association } from '../../core/session/association.ts'
import type { SessionLink } from '../../core/session/link.ts'
import { Session, type SessionHost } from '../../core/session/session.ts'
import type { SessionStream } from '../../core/session/stream.ts'
import type { NodeContext } from '../context.ts'
import { Condition } from '../timing/condition.ts'
import { Deadline, type DeadlineOwner } from '../timing/deadlines.ts'
import { atEndOfTurn } from '../timing/end-of-turn.ts'
import { type Link, reasonOfClose } from './link.ts'

/** What a driver needs, and whom it tells. */
export interface SessionDriverOptions {
  readonly context: Pick<NodeContext, 'limits' | 'budget' | 'clock' | 'deadlines' | 'random'>
  readonly association: Association
  readonly owner: SessionOwner
}

/** The peer that a session belongs to. */
export interface SessionOwner {
  streamOpened(stream: SessionStream): void
  linkLost(link: Link, reason: LossReason): void
  /** The peer closed a link or the session for a reason that dialing again cannot cure. */
  closedForGood(code: RefusalCode): void
  linkSuspect(link: Link): void
  linkRecovered(link: Link): void
  linkProbed(link: Link, answered: boolean): void
  sessionEnded(driver: SessionDriver, error: HoldfastError): void
}

/** Frames are written into these; small ones share a page. Never zeroed, since every byte of a frame is written. */
const allocate: Allocate = (size) => Buffer.allocUnsafe(size)

/** Drives one session: hands it what links bring, writes out what it has for them, and wakes it when its time has come. */
export class SessionDriver implements SessionHost, DeadlineOwner {
  readonly session: Session
  readonly #options: SessionDriverOptions
  /** Replaced when they change. */
  #links: readonly Link[] = []
  #flushScheduled = false
  /** A link was lost, and the peer was not told on another one yet. */
  #restateDue = false
  readonly #deadline: Deadline
  readonly #waiting = new Condition()
  readonly #idle = new Condition()

  constructor(options: SessionDriverOptions) {
    this.#options = options
    const { association, context } = options
    const { isLower } = association
    const { limits, budget, random, clock, deadlines } = context
    this.#deadline = new Deadline(deadlines, this)
    this.session = new Session({ isLower, limits, budget, random, allocate, host: this }, clock.now())
  }

  get links(): readonly Link[] {
    return this.#links
  }

  get nowMs(): number {
    return this.#options.context.clock.now()
  }

  addLink(link: Link, sessionLink: SessionLink): void {
    this.#links = this.#links.concat(link)
    link.attached(this, sessionLink)
  }

  /** Resolves when the peer allows another stream, or the session has ended. */
  streamAllowed(): Promise<void> {
    return this.#waiting.wait()
  }

  /** Resolves when everything is acknowledged, or the session has ended. */
  flushed(): Promise<void> {
    if (this.session.isIdle || this.session.endedWith !== undefined) return Promise.resolve()
    return this.#idle.wait()
  }

  // What links tell.

  linkReceived(link: Link, bytes: Uint8Array, nowMs: number): void {
    const { sessionLink } = link
    if (sessionLink === undefined) return
    try {
      this.session.heard(sessionLink, nowMs)
      link.decode(bytes)
    } catch (error) {
      if (error instanceof ProtocolError) this.linkBroke(error)
      else this.#listenerFailed(link, error)
    }
    if (this.session.hasWork(nowMs) || !this.#idle.isEmpty) this.wake()
    else this.#deadline.set(this.session.nextDeadlineMs)
  }

  linkDrained(link: Link): void {
    if (link.sessionLink === undefined) return
    link.sessionLink.room = true
    this.#flush()
  }

  linkClosed(link: Link, error: Error | undefined): void {
    this.#lose(link, error === undefined ? 'closed-by-peer' : reasonOfError(error))
    this.#flush()
  }

  /** The peer broke the protocol: the session is over for both. */
  linkBroke(error: ProtocolError): void {
    this.session.close('violation', `${error.rule}: ${error.message}`, 'protocol-error', error, this.nowMs)
  }

  /**
   * The application's own code failed in the middle of the link's bytes. That is for the process to know; the link ends, because the
   * rest of its bytes was not decoded, and the session goes on on another.
   */
  #listenerFailed(link: Link, error: unknown): void {
    this.#lose(link, 'closed-locally')
    process.nextTick(() => {
      throw error
    })
  }

  /** The first flush after the handshake. */
  linkAttached(): void {
    this.#flush()
  }

  restated({ id }: SessionLink, attach: Attach): void {
    this.#options.association.restated(id, attach, this.nowMs)
  }

  closeReceived(link: Link, frame: CloseFrame): void {
    const reason = reasonOfClose(frame)
    if (frame.scope === 'link') {
      this.#lose(link, reason)
      if (frame.code === 'identity-in-use') this.#options.owner.closedForGood(frame.code)
      return
    }
    this.session.end(reason, errorOfClose(frame), this.nowMs)
    if (frame.code === 'unpaired') this.#options.owner.closedForGood('not-paired')
    if (frame.code === 'blocked') this.#options.owner.closedForGood('blocked')
  }

  /** Says on all links why they are not needed any more, and lets go of them; the session goes on when there is another. */
  release(code: CloseCode, reason: LossReason): void {
    this.session.release(code, reason, this.nowMs)
  }

  /** This node did not run for a while. */
  probe(): void {
    this.session.probe(this.nowMs)
  }

  /** Ends the session with a word why. */
  close(code: CloseCode, text: string, reason: LossReason, error: HoldfastError): void {
    this.session.close(code, text, reason, error, this.nowMs)
  }

  #lose(link: Link, reason: LossReason): void {
    if (link.sessionLink !== undefined) this.session.loseLink(link.sessionLink, reason, this.nowMs)
  }

  // What the session tells.

  streamOpened(stream: SessionStream): void {
    this.#options.owner.streamOpened(stream)
  }

  streamsAvailable(): void {
    this.#waiting.release()
  }

  linkLost(sessionLink: SessionLink, reason: LossReason, graceful: boolean): void {
    const link = this.#of(sessionLink)
    if (link === undefined) return
    this.#links = this.#links.filter((other) => other !== link)
    if (graceful) link.write(...sessionLink.takeOutbox())
    link.close(graceful)
    this.#options.owner.linkLost(link, reason)
    this.#restateDue = true
  }

  linkProbed(sessionLink: SessionLink, answered: boolean): void {
    const link = this.#of(sessionLink)
    if (link !== undefined) this.#options.owner.linkProbed(link, answered)
  }

  linkSuspect(sessionLink: SessionLink): void {
    const link = this.#of(sessionLink)
    if (link !== undefined) this.#options.owner.linkSuspect(link)
  }

  linkRecovered(sessionLink: SessionLink): void {
    const link = this.#of(sessionLink)
    if (link !== undefined) this.#options.owner.linkRecovered(link)
  }

  ended(error: HoldfastError): void {
    this.#deadline.set(Infinity)
    this.#options.owner.sessionEnded(this, error)
    this.streamsAvailable()
    this.#idle.release()
  }

  /**
   * Flushes when this turn of the event loop has settled, with all callbacks and promises that it leads to: an OPEN, the data behind it and
   * the end leave in one write, and so does what an application answers, with the acknowledgement.
   */
  wake(): void {
    if (this.#flushScheduled) return
    this.#flushScheduled = true
    atEndOfTurn(this.#flushNow)
  }

  readonly #flushNow = (): void => {
    this.#flushScheduled = false
    this.#flush()
  }

  /** Tells the peer on a link that remains which ones are still held; once it takes that, so that statements never heap up. */
  #restate(): void {
    const { active } = this.session
    if (!this.#restateDue || active?.room !== true) return
    this.#restateDue = false
    active.put(encodeAttach(allocate, this.#options.association.restatement(active)))
  }

  #flush(): void {
    const nowMs = this.nowMs
    this.#restate()
    for (const link of this.#links) this.#flushLink(link, nowMs)
    if (!this.#idle.isEmpty && this.session.isIdle) this.#idle.release()
    this.#deadline.set(this.session.nextDeadlineMs)
  }

  #of(sessionLink: SessionLink): Link | undefined {
    return this.#links.find((link) => link.sessionLink === sessionLink)
  }

  #flushLink(link: Link, nowMs: number): void {
    const { sessionLink } = link
    while (sessionLink?.room === true && !sessionLink.gone) {
      this.session.pump(sessionLink, nowMs)
      if (sessionLink.outboxBytes === 0) return
      sessionLink.room = link.write(...sessionLink.takeOutbox())
    }
  }

  deadlineCame(): void {
    const { nowMs } = this
    if (this.session.nextDeadlineMs <= nowMs) this.session.advance(nowMs)
    this.#flush()
  }
}

/** The kernel's own keep-alive, or its retransmission, gave up: nobody answered, and nobody reset anything. */
const unansweredCodes: ReadonlySet<unknown> = new Set(['ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH'])

function reasonOfError(error: Error): LossReason {
  return 'code' in error && unansweredCodes.has(error.code) ? 'no-answer' : 'connection-reset'
}

function errorOfClose(frame: CloseFrame): HoldfastError {
  switch (frame.code) {
    case 'shutting-down':
      return new PeerShutDownError()
    case 'session-lost':
      return new SessionLostError('the other side gave it up')
    default:
      return new RefusedByPeerError(frame.text === '' ? (frame.code ?? 'no reason given') : frame.text)
  }
}
