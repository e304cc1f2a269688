import type { Node, Peer, PeerCounts, PeerHealth } from '../../index.ts'
import type { EventLog } from '../event-log.ts'
import type { EventCounts } from './event-counts.ts'
import type { EventLoopLag, Lag } from './event-loop-lag.ts'

/** Peers that have metrics of their own; those that became peers first. Each has about a dozen series. */
export const PEERS_SHOWN_MAX = 250

/** What metrics are read from. */
export interface MetricsSource {
  readonly node: Node
  readonly startedAtMs: number
  readonly events: Pick<EventLog, 'newest' | 'listen'>
  readonly eventClients: { readonly count: number }
  /** Messages that wait for peers. */
  readonly chat: { readonly waiting: number }
}

/** What is shown of one peer. */
export interface PeerSnapshot {
  readonly labels: { readonly peer: string; readonly name: string }
  readonly isConnected: boolean
  /** It should be: it is held always, and nobody has paused or blocked it. */
  readonly isWanted: boolean
  readonly links: number
  readonly lastSeenMs: number | undefined
  readonly health: PeerHealth
  readonly counts: PeerCounts
}

/** All that metrics are made of, read once for each answer. */
export interface Snapshot {
  readonly source: MetricsSource
  readonly events: EventCounts
  readonly lag: Lag
  readonly all: readonly Peer[]
  readonly shown: readonly PeerSnapshot[]
}

export function takeSnapshot(source: MetricsSource, events: EventCounts, lag: EventLoopLag): Snapshot {
  const all = source.node.peers()
  return { source, events, lag: lag.read(), all, shown: all.slice(0, PEERS_SHOWN_MAX).map(snapshotOf) }
}

function snapshotOf(peer: Peer): PeerSnapshot {
  const { id, name, state, settings, links, lastSeenMs, health, counts } = peer
  const isConnected = state.kind === 'connected' || state.kind === 'degraded'
  const isWanted = settings.hold === 'always' && state.kind !== 'paused' && state.kind !== 'blocked'
  return { labels: { peer: id, name }, isConnected, isWanted, links: links.length, lastSeenMs, health, counts }
}
