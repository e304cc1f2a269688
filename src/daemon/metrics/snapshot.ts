import type { LinkInfo, Node, Peer, PeerCounts, PeerHealth, PeerPath } from '../../index.ts'
import type { DeliveryCounts } from '../../services/chat/delivery-counts.ts'
import type { EventLog } from '../event-log.ts'
import type { EventCounts } from './event-counts.ts'
import type { EventLoopLag, Lag } from './event-loop-lag.ts'

/** Peers that have metrics of their own; those that became peers first. Each has about fifteen series. */
export const PEERS_SHOWN_MAX = 250
/** Links that have metrics of their own, of those peers. Each has eight series. */
const LINKS_SHOWN_MAX = 500

/** What metrics are read from. */
export interface MetricsSource {
  readonly node: Node
  readonly startedAtMs: number
  readonly events: Pick<EventLog, 'newest' | 'listen'>
  readonly eventClients: { readonly count: number }
  /** Messages that wait for peers. */
  readonly chat: { readonly waiting: number; readonly delivery: DeliveryCounts }
}

/** What is shown of one peer. */
export interface PeerSnapshot {
  readonly labels: { readonly peer: string; readonly name: string }
  readonly isConnected: boolean
  /** It should be: it is held always, and nobody has paused or blocked it. */
  readonly isWanted: boolean
  readonly links: number
  readonly lastSeenMs: number | undefined
  readonly path: PeerPath
  readonly health: PeerHealth
  readonly counts: PeerCounts
}

/** What is shown of one link. `link` among its labels is its place among those of the peer, oldest first: a number of its own would begin new series with each reconnection. */
export interface LinkSnapshot {
  readonly labels: Readonly<Record<'peer' | 'name' | 'link' | 'kind' | 'direction', string>>
  readonly link: LinkInfo
}

/** All that metrics are made of, read once for each answer. */
export interface Snapshot {
  readonly source: MetricsSource
  readonly events: EventCounts
  readonly lag: Lag
  readonly all: readonly Peer[]
  readonly shown: readonly PeerSnapshot[]
  readonly links: readonly LinkSnapshot[]
  /** Links without metrics of their own. */
  readonly linksOmitted: number
}

export function takeSnapshot(source: MetricsSource, events: EventCounts, lag: EventLoopLag): Snapshot {
  const all = source.node.peers()
  const shown = all.slice(0, PEERS_SHOWN_MAX)
  const links = shown.flatMap(linksOf).slice(0, LINKS_SHOWN_MAX)
  const linksOmitted = all.reduce((sum, peer) => sum + peer.links.length, 0) - links.length
  return { source, events, lag: lag.read(), all, shown: shown.map(snapshotOf), links, linksOmitted }
}

function linksOf({ id, name, links }: Peer): LinkSnapshot[] {
  return links.map((link, at) => {
    const { kind, direction } = link
    return { labels: { peer: id, name, link: String(at), kind, direction }, link }
  })
}

function snapshotOf(peer: Peer): PeerSnapshot {
  const { id, name, state, settings, links, lastSeenMs, path, health, counts } = peer
  const isConnected = state.kind === 'connected' || state.kind === 'degraded'
  const isWanted = settings.connectPolicy === 'always' && state.kind !== 'paused' && state.kind !== 'blocked'
  return { labels: { peer: id, name }, isConnected, isWanted, links: links.length, lastSeenMs, path, health, counts }
}
