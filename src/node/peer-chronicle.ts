import type { EventEmitter } from 'node:events'
import type { AddressOutcome } from '../core/dial/address-book.ts'
import type { Greeting } from '../core/frame/frames.ts'
import { isPoor } from '../core/health/band.ts'
import type { BandChange } from '../core/health/link-health.ts'
import type { LossReason } from '../core/peer/reasons.ts'
import type { Session } from '../core/session/session.ts'
import type { LinkInfo, PeerEvents } from './api.ts'
import type { NodeContext } from './context.ts'
import { PeerExperience } from './peer-experience.ts'
import type { PeerFile } from './peer-file.ts'

/** What happens between this node and a peer, noted in one place: on disk, in what this run has seen of it, and for whoever listens to the peer. */
export class PeerChronicle {
  readonly experience = new PeerExperience()
  readonly #context: NodeContext
  readonly #file: PeerFile
  readonly #listeners: EventEmitter<PeerEvents>

  constructor(context: NodeContext, file: PeerFile, listeners: EventEmitter<PeerEvents>) {
    this.#context = context
    this.#file = file
    this.#listeners = listeners
  }

  dialStarted(): void {
    this.#context.tally.dialAttempts++
    this.experience.dialStarted()
  }

  /** What came of dialing an address. */
  tried(address: string, outcome: AddressOutcome): void {
    if (outcome === 'reached') this.experience.dialEnded('reached', this.#wallMs)
    this.#file.tried(address, outcome, this.#wallMs)
  }

  dialFailed(attempt: number, error: Error, nextAttempt: number | undefined): void {
    this.experience.dialEnded('failed', this.#wallMs)
    this.#listeners.emit('dial:failed', attempt, error, nextAttempt)
  }

  /** The peer said this of itself on a link that is attached now. */
  learned(greeting: Greeting): void {
    const before = this.#file.name
    this.experience.greeted(greeting)
    this.#file.learned(greeting, this.#wallMs)
    if (greeting.observed !== undefined) this.#context.seenAs(greeting.observed, this.#file.id)
    if (this.#file.name !== before) this.#listeners.emit('renamed', this.#file.name, before)
  }

  sessionBegan(): void {
    this.#listeners.emit('session')
  }

  linkUp(link: LinkInfo): void {
    this.#listeners.emit('link:up', link)
  }

  /** Frames go on another link than before. */
  activeChanged(from: LinkInfo, to: LinkInfo): void {
    this.#listeners.emit('link:active', from, to)
  }

  /** A ping on the link was answered, or was not; `change`: that has brought the link into another band of health. */
  linkProbed(link: LinkInfo, answered: boolean, change: BandChange | undefined, session: Session | undefined): void {
    this.experience.probed(answered, session, this.#wallMs)
    // That a new link does well is no news.
    if (change === undefined || (change.before === undefined && !isPoor(change.band))) return
    if (link.direction === 'outbound') this.#file.book.measured(link.address, change.score)
    this.#listeners.emit('health:band', link, change.band, change.before, change.score)
  }

  /** `isLast`: none remains. */
  linkLost(link: LinkInfo, reason: LossReason, isLast: boolean): void {
    this.experience.linkLost(link)
    if (isLast) this.#file.lost(this.#wallMs)
    if (isLast) this.experience.lost(this.#wallMs)
    this.#listeners.emit('link:lost', link, reason)
    if (isLast) this.#listeners.emit('disconnected', reason)
  }

  get #wallMs(): number {
    return this.#context.clock.wallNow()
  }
}
