import type { EventEmitter } from 'node:events'
import type { Clock } from '../../clock.ts'
import type { Band } from '../../core/health/band.ts'
import type { PeerState } from '../../core/peer/peer-machine.ts'
import type { LossReason } from '../../core/peer/reasons.ts'
import type { LinkInfo, NodeEvents, PeerSettings } from '../api.ts'
import type { RemotePeer } from '../peer/peer.ts'
import type { PeerPath } from '../peer/peer-path.ts'
import { PeerReporter } from './event-reporter.ts'
import type { EventStream } from './event-stream.ts'
import type { EventPeer } from './events.ts'
import type { PeerFollower } from './peer-chronicle.ts'

/** Those who are told what happens to the peers of a node. */
export interface Audience {
  /** Its listeners. */
  readonly node: EventEmitter<NodeEvents>
  /** The readers of `events()`. */
  readonly events: EventStream
  readonly clock: Clock
  /** A probe was answered; undefined if nobody asks for that. */
  readonly probeAnswered: ((peer: EventPeer, link: () => LinkInfo, roundTripMs: number) => void) | undefined
  /** The node itself: it is no peer any more, has another link, or was not reached. Told first. */
  removed(peer: RemotePeer): void
  linkUp(peer: RemotePeer, link: LinkInfo): void
  dialFailed(error: Error): void
}

/** Tells the audience of a node what happens to one of its peers. */
export class PeerTeller implements PeerFollower {
  readonly #peer: RemotePeer
  readonly #audience: Audience
  readonly #reporter: PeerReporter

  constructor(peer: RemotePeer, audience: Audience) {
    this.#peer = peer
    this.#audience = audience
    this.#reporter = new PeerReporter(peer, audience.events, audience.clock)
  }

  /** It was no peer until now: tells what has happened so far. */
  introduce(): void {
    const { driver, links } = this.#peer
    this.#reporter.paired()
    if (driver !== undefined) this.#reporter.session()
    for (const link of links) this.#reporter.linkUp(link)
    if (links.length > 0) this.#reporter.path(this.#peer.path, 'none')
    this.#node.emit('paired', this.#peer)
    if (driver !== undefined) this.#node.emit('session', this.#peer)
    if (links.length > 0) this.#node.emit('peer:connected', this.#peer)
    for (const link of links) this.#node.emit('link:up', this.#peer, link)
  }

  state(state: PeerState, before: PeerState): void {
    this.#reporter.state(state, before)
    if (isUp(state) && !isUp(before)) this.#node.emit('peer:connected', this.#peer)
  }

  linkUp(link: LinkInfo): void {
    this.#audience.linkUp(this.#peer, link)
    this.#reporter.linkUp(link)
    this.#node.emit('link:up', this.#peer, link)
  }

  linkLost(link: LinkInfo, reason: LossReason): void {
    const heldMs = this.#audience.clock.wallNow() - link.sinceMs
    this.#reporter.linkLost(link, reason, heldMs, this.#peer.links.length)
    this.#node.emit('link:lost', this.#peer, link, reason)
  }

  disconnected(reason: LossReason): void {
    this.#reporter.disconnected(reason)
    this.#node.emit('peer:disconnected', this.#peer, reason)
  }

  session(): void {
    this.#reporter.session()
    this.#node.emit('session', this.#peer)
  }

  dialFailed(attempt: number, error: Error, nextAttempt: number | undefined): void {
    this.#audience.dialFailed(error)
    this.#reporter.dialFailed(attempt, error, this.#peer.dialable, nextAttempt)
  }

  probeAnswered(link: () => LinkInfo, roundTripMs: number): void {
    this.#audience.probeAnswered?.(this.#peer, link, roundTripMs)
  }

  healthBand(link: LinkInfo, band: Band, before: Band | undefined, score: number): void {
    this.#reporter.healthBand(link, band, before, score)
  }

  linkActive(from: LinkInfo, to: LinkInfo): void {
    this.#reporter.linkActive(from, to)
  }

  pathChanged(path: PeerPath, before: PeerPath): void {
    this.#reporter.path(path, before)
  }

  renamed(before: string): void {
    this.#reporter.renamed(before)
  }

  configured(settings: PeerSettings): void {
    this.#reporter.configured(settings)
  }

  removed(): void {
    this.#audience.removed(this.#peer)
    this.#reporter.unpaired()
    this.#node.emit('unpaired', this.#peer)
  }

  get #node(): EventEmitter<NodeEvents> {
    return this.#audience.node
  }
}

function isUp({ kind }: PeerState): boolean {
  return kind === 'connected' || kind === 'degraded'
}
