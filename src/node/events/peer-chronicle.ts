import type { EventEmitter } from 'node:events'
import type { AddressOutcome } from '../../core/dial/address-book.ts'
import type { Greeting } from '../../core/frame/frames.ts'
import type { Band } from '../../core/health/band.ts'
import type { BandChange } from '../../core/health/link-health.ts'
import type { PeerState } from '../../core/peer/peer-machine.ts'
import type { LossReason } from '../../core/peer/reasons.ts'
import type { Session } from '../../core/session/session.ts'
import type { LinkInfo, PeerEvents, PeerSettings } from '../api.ts'
import type { NodeContext } from '../context.ts'
import type { Link } from '../link/link.ts'
import { linkInfo } from '../link/link-info.ts'
import type { PeerPath } from '../peer/peer-path.ts'
import type { PeerRecordStore } from '../peer/peer-record-store.ts'
import { PeerStatistics } from '../peer/peer-statistics.ts'

/** Hears of all that happens to a peer. One object, since a listener for each event would be a good part of what a peer at rest takes. */
export interface PeerFollower {
  state(state: PeerState, before: PeerState): void
  session(): void
  linkUp(link: LinkInfo): void
  linkActive(from: LinkInfo, to: LinkInfo): void
  pathChanged(path: PeerPath, before: PeerPath): void
  linkLost(link: LinkInfo, reason: LossReason): void
  disconnected(reason: LossReason): void
  dialFailed(attempt: number, error: Error, nextAttempt: number | undefined): void
  /** `link` is a function, since most of the time nobody wants to know. */
  probeAnswered(link: () => LinkInfo, roundTripMs: number): void
  healthBand(link: LinkInfo, band: Band, before: Band | undefined, score: number): void
  renamed(before: string): void
  configured(settings: PeerSettings): void
  removed(): void
}

/**
 * What happens between this node and a peer, noted in one place: on disk, in what this run has seen of it, and for those who want to hear of it, the node before
 * the listeners of the peer.
 */
export class PeerChronicle {
  /** The node, once it is a peer of that. */
  follower: PeerFollower | undefined
  readonly statistics = new PeerStatistics()
  readonly #context: NodeContext
  readonly #file: PeerRecordStore
  readonly #listeners: EventEmitter<PeerEvents>

  constructor(context: NodeContext, file: PeerRecordStore, listeners: EventEmitter<PeerEvents>) {
    this.#context = context
    this.#file = file
    this.#listeners = listeners
  }

  dialStarted(): void {
    this.#context.counters.dialAttempts++
    this.statistics.dialStarted()
  }

  /** What came of dialing an address. */
  tried(address: string, outcome: AddressOutcome): void {
    if (outcome === 'reached') this.statistics.dialEnded('reached', this.#wallMs)
    this.#file.tried(address, outcome, this.#wallMs)
  }

  dialFailed(attempt: number, error: Error, nextAttempt: number | undefined): void {
    this.statistics.dialEnded('failed', this.#wallMs)
    this.follower?.dialFailed(attempt, error, nextAttempt)
    this.#listeners.emit('dial:failed', attempt, error, nextAttempt)
  }

  /** The peer, which is at the address `from`, said this of itself on a link that is attached now. */
  learned(greeting: Greeting, from: string): void {
    const before = this.#file.name
    this.statistics.greeted(greeting)
    this.#file.learned(greeting, this.#wallMs)
    if (greeting.observed !== undefined) this.#context.seenAs(greeting.observed, this.#file.id, from)
    this.named(before)
  }

  /** It had the name `before`, and may have another one now. */
  named(before: string): void {
    if (this.#file.name === before) return
    this.follower?.renamed(before)
    this.#listeners.emit('renamed', this.#file.name, before)
  }

  configured(settings: PeerSettings): void {
    this.follower?.configured(settings)
    this.#listeners.emit('settings', settings)
  }

  stateChanged(state: PeerState, before: PeerState): void {
    this.follower?.state(state, before)
    this.#listeners.emit('state', state, before)
  }

  /** It is no peer of this node any more. */
  removed(): void {
    this.follower?.removed()
    this.#listeners.emit('removed')
  }

  sessionBegan(): void {
    this.follower?.session()
    this.#listeners.emit('session')
  }

  linkUp(link: LinkInfo): void {
    this.follower?.linkUp(link)
    this.#listeners.emit('link:up', link)
  }

  /** Frames go on another link than before. */
  activeChanged(from: LinkInfo, to: LinkInfo): void {
    this.follower?.linkActive(from, to)
    this.#listeners.emit('link:active', from, to)
  }

  /** It is reached by other kinds of link than before. */
  pathChanged(path: PeerPath, before: PeerPath): void {
    this.follower?.pathChanged(path, before)
    this.#listeners.emit('path', path, before)
  }

  /** A ping on one of the links of `session` was answered, or was not. */
  linkProbed(link: Link, answered: boolean, session: Session | undefined): void {
    this.statistics.probed(answered, session, this.#wallMs)
    if (answered) this.#context.counters.probesAnswered++
    else this.#context.counters.probesMissed++
    const roundTripMs = link.sessionLink?.health.lastSampleMs
    if (answered && roundTripMs !== undefined)
      this.follower?.probeAnswered(() => linkInfo(link, session?.active), roundTripMs)
  }

  bandChanged(link: LinkInfo, { band, before, score }: BandChange): void {
    if (link.direction === 'outbound') this.#file.book.measured(link.address, score)
    this.follower?.healthBand(link, band, before, score)
    this.#listeners.emit('health:band', link, band, before, score)
  }

  /** `isLast`: none remains. */
  linkLost(link: LinkInfo, reason: LossReason, isLast: boolean): void {
    this.statistics.linkLost(link)
    if (isLast) this.#file.seen(this.statistics.lastSeenMs ?? link.lastSeenMs)
    if (isLast) this.statistics.lost(this.#wallMs)
    this.follower?.linkLost(link, reason)
    this.#listeners.emit('link:lost', link, reason)
    if (!isLast) return
    this.follower?.disconnected(reason)
    this.#listeners.emit('disconnected', reason)
  }

  get #wallMs(): number {
    return this.#context.clock.wallNow()
  }
}
