import type { EventEmitter } from 'node:events'
import type { AddressOutcome } from '../../core/dial/address-book.ts'
import type { Greeting } from '../../core/frame/frames.ts'
import type { BandChange } from '../../core/health/link-health.ts'
import type { PeerState } from '../../core/peer/peer-machine.ts'
import type { LossReason } from '../../core/peer/reasons.ts'
import type { Session } from '../../core/session/session.ts'
import type { LinkInfo, NodeEventMap, Peer, PeerSettings } from '../api.ts'
import type { NodeContext } from '../context.ts'
import type { Link } from '../link/link.ts'
import { linkInfo } from '../link/link-info.ts'
import type { PeerPath } from '../peer/peer-path.ts'
import type { PeerRecordStore } from '../peer/peer-record-store.ts'
import { PeerStatistics } from '../peer/peer-statistics.ts'
import type { EventStream } from './event-stream.ts'
import type { EventPeer, NewNodeEvent, NodeEventType, NodeEventTypes } from './events.ts'

/** Where the events of all peers of a node go. */
export interface PeerEventSinks {
  /** The readers of `events()`, the log and the API. */
  readonly stream: EventStream
  /** The listeners of the node. */
  readonly node: EventEmitter<NodeEventMap>
  /** A probe was answered; undefined if nobody asks for that. `link` is a function, since most of the time nobody wants to know. */
  readonly probeAnswered: ((peer: EventPeer, link: () => LinkInfo, roundTripMs: number) => void) | undefined
  /** For the node itself, before all others: the peer is none any more, has another link, or was not reached. */
  removed(peer: Peer): void
  linkUp(peer: Peer, link: LinkInfo): void
  dialFailed(error: Error): void
}

/** What is known of a peer beside its public face. */
interface ReportedPeer extends Peer {
  readonly file: PeerRecordStore
  readonly dialable: readonly string[]
  readonly hasSession: boolean
}

/** The fields of an event of a peer, but for the peer itself. */
type Fields<Type extends NodeEventType> = Omit<NodeEventTypes[Type], 'peer'>

/**
 * Everything that happens between this node and a peer is reported here, once. It goes, in this order, into the peer's record and statistics, to the node, as a typed event into
 * the stream of events, and to the listeners of the node and of the peer.
 */
export class PeerEvents {
  readonly statistics = new PeerStatistics()
  readonly #context: NodeContext
  readonly #peer: ReportedPeer
  /** Undefined until it is a peer of the node. */
  #sinks: PeerEventSinks | undefined
  /** Since when the peer is connected, or away; undefined before the first link. */
  #sinceMs: number | undefined
  #isConnected = false

  constructor(context: NodeContext, peer: ReportedPeer) {
    this.#context = context
    this.#peer = peer
  }

  /** It is a peer of the node from now on. */
  report(sinks: PeerEventSinks): void {
    this.#sinks = sinks
  }

  /** It was no peer until now: reports what has happened so far. */
  introduce(sinks: PeerEventSinks): void {
    this.report(sinks)
    const peer = this.#peer
    const { hasSession, links } = peer
    this.#emit('peer:paired', {})
    if (hasSession) this.#emit('session:new', {})
    for (const link of links) this.#linkUp(link)
    if (links.length > 0) this.#emit('peer:path', { path: peer.path, before: 'none' })
    sinks.node.emit('paired', peer)
    if (hasSession) sinks.node.emit('session', peer)
    if (links.length > 0) sinks.node.emit('peer:connected', peer)
    for (const link of links) sinks.node.emit('link:up', peer, link)
  }

  dialStarted(): void {
    this.#context.counters.dialAttempts++
    this.statistics.dialStarted()
  }

  /** What came of dialing an address. */
  tried(address: string, outcome: AddressOutcome): void {
    if (outcome === 'reached') this.statistics.dialEnded('reached', this.#wallMs)
    this.#peer.file.tried(address, outcome, this.#wallMs)
  }

  dialFailed(attempt: number, error: Error, nextAttempt: number | undefined): void {
    this.statistics.dialEnded('failed', this.#wallMs)
    this.#sinks?.dialFailed(error)
    this.#emit('dial:failed', { attempt, ...wordsOf(error), addresses: this.#peer.dialable, nextAttempt })
    this.#peer.emit('dial:failed', attempt, error, nextAttempt)
  }

  /** The peer, which is at the address `from`, said this of itself on a link that is attached now. */
  learned(greeting: Greeting, from: string): void {
    const { file } = this.#peer
    const before = file.name
    this.statistics.greeted(greeting)
    file.learned(greeting, this.#wallMs)
    if (greeting.observed !== undefined) this.#context.seenAs(greeting.observed, file.id, from)
    this.named(before)
  }

  /** It had the name `before`, and may have another one now. */
  named(before: string): void {
    const { name } = this.#peer
    if (name === before) return
    this.#emit('peer:renamed', { before })
    this.#peer.emit('renamed', name, before)
  }

  configured(settings: PeerSettings): void {
    this.#emit('peer:settings', { settings })
    this.#peer.emit('settings', settings)
  }

  stateChanged(state: PeerState, before: PeerState): void {
    this.#emit('peer:state', { state, before })
    if (isUp(state) && !isUp(before)) this.#sinks?.node.emit('peer:connected', this.#peer)
    this.#peer.emit('state', state, before)
  }

  /** It is no peer of this node any more. */
  removed(): void {
    this.#sinks?.removed(this.#peer)
    this.#emit('peer:unpaired', {})
    this.#sinks?.node.emit('unpaired', this.#peer)
    this.#peer.emit('removed')
  }

  sessionBegan(): void {
    this.#emit('session:new', {})
    this.#sinks?.node.emit('session', this.#peer)
    this.#peer.emit('session')
  }

  linkUp(link: LinkInfo): void {
    this.#sinks?.linkUp(this.#peer, link)
    if (this.#sinks !== undefined) this.#linkUp(link)
    this.#sinks?.node.emit('link:up', this.#peer, link)
    this.#peer.emit('link:up', link)
  }

  /** Frames go on another link than before. */
  activeChanged(from: LinkInfo, to: LinkInfo): void {
    this.#emit('link:active', { from, to })
    this.#peer.emit('link:active', from, to)
  }

  /** It is reached by other kinds of link than before. */
  pathChanged(path: PeerPath, before: PeerPath): void {
    this.#emit('peer:path', { path, before })
    this.#peer.emit('path', path, before)
  }

  /** A ping on one of the links of `session` was answered, or was not. */
  linkProbed(link: Link, answered: boolean, session: Session | undefined): void {
    this.statistics.probed(answered, session, this.#wallMs)
    if (answered) this.#context.counters.probesAnswered++
    else this.#context.counters.probesMissed++
    const roundTripMs = link.sessionLink?.health.lastSampleMs
    if (answered && roundTripMs !== undefined)
      this.#sinks?.probeAnswered?.(this.#peer, () => linkInfo(link, session?.active), roundTripMs)
  }

  bandChanged(link: LinkInfo, { band, before, score }: BandChange): void {
    if (link.direction === 'outbound') this.#peer.file.book.measured(link.address, score)
    this.#emit('health:band', { link, band, before, score })
    this.#peer.emit('health:band', link, band, before, score)
  }

  /** `isLast`: none remains, and the state says so already. */
  linkLost(link: LinkInfo, reason: LossReason, isLast: boolean): void {
    this.statistics.linkLost(link)
    if (isLast) this.#peer.file.seen(this.statistics.lastSeenMs ?? link.lastSeenMs)
    if (isLast) this.statistics.lost(this.#wallMs)
    const heldMs = this.#wallMs - link.sinceMs
    this.#emit('link:lost', { link, reason, heldMs, remaining: this.#peer.links.length })
    this.#sinks?.node.emit('link:lost', this.#peer, link, reason)
    this.#peer.emit('link:lost', link, reason)
    if (!isLast) return
    this.#disconnected(reason)
    this.#sinks?.node.emit('peer:disconnected', this.#peer, reason)
    this.#peer.emit('disconnected', reason)
  }

  /** With the first link the peer is connected. */
  #linkUp(link: LinkInfo): void {
    this.#emit('link:up', { link })
    if (this.#isConnected) return
    const awayMs = this.#passed()
    this.#isConnected = true
    this.#emit('peer:connected', { link, awayMs })
  }

  #disconnected(reason: LossReason): void {
    if (!this.#isConnected) return
    const heldMs = this.#passed() ?? 0
    this.#isConnected = false
    const { state } = this.#peer
    const nextAttempt = state.kind === 'disconnected' ? state.nextAttempt : undefined
    this.#emit('peer:disconnected', { reason, heldMs, nextAttempt })
  }

  /** How long the peer has been as it is, up to now. */
  #passed(): number | undefined {
    const nowMs = this.#wallMs
    const passedMs = this.#sinceMs === undefined ? undefined : Math.max(0, nowMs - this.#sinceMs)
    this.#sinceMs = nowMs
    return passedMs
  }

  #emit<Type extends NodeEventType>(type: Type, fields: Fields<Type>): void {
    const { id, name } = this.#peer
    this.#sinks?.stream.emit({ type, peer: { id, name }, ...fields } as unknown as NewNodeEvent)
  }

  get #wallMs(): number {
    return this.#context.clock.wallNow()
  }
}

function isUp({ kind }: PeerState): boolean {
  return kind === 'connected' || kind === 'degraded'
}

/** What an error says; of several in one, each different one once. */
function wordsOf(error: unknown): { readonly code: string; readonly message: string } {
  if (error instanceof AggregateError && error.errors.length > 0) {
    const all = error.errors.map(wordsOf)
    return { code: all[0]!.code, message: [...new Set(all.map(({ message }) => message))].join('; ') }
  }
  if (!(error instanceof Error)) return { code: 'unknown', message: String(error) }
  const code = 'code' in error && typeof error.code === 'string' ? error.code : 'unknown'
  return { code, message: error.message }
}
