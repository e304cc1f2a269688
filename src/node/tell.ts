import type { EventEmitter } from 'node:events'
import type { Clock } from '../clock.ts'
import type { PeerState } from '../core/peer/peer-machine.ts'
import type { NodeEvents } from './api.ts'
import { PeerReporter } from './event-reporter.ts'
import type { EventStream } from './event-stream.ts'
import type { RemotePeer } from './peer.ts'

/** Those who are told what happens to the peers of a node: its listeners, and the readers of `events()`. */
export interface Audience {
  readonly node: EventEmitter<NodeEvents>
  readonly events: EventStream
  readonly clock: Clock
}

/** Tells what happens to `peer` from now on. `isNew`: it was no peer before, and what has happened so far is told as well. */
export function tellOf(peer: RemotePeer, { node, events, clock }: Audience, isNew: boolean): void {
  const reporter = new PeerReporter(peer, events, () => clock.wallNow())
  if (isNew) {
    reporter.paired()
    if (peer.driver !== undefined) reporter.session()
    for (const link of peer.links) reporter.linkUp(link)
    node.emit('paired', peer)
    if (peer.driver !== undefined) node.emit('session', peer)
    if (peer.links.length > 0) node.emit('peer:connected', peer)
    for (const link of peer.links) node.emit('link:up', peer, link)
  }
  peer.on('state', (state, before) => {
    reporter.state(state, before)
    if (isUp(state) && !isUp(before)) node.emit('peer:connected', peer)
  })
  peer.on('link:up', (link) => {
    reporter.linkUp(link)
    node.emit('link:up', peer, link)
  })
  peer.on('link:lost', (link, reason) => {
    reporter.linkLost(link, reason, clock.wallNow() - link.sinceMs, peer.links.length)
    node.emit('link:lost', peer, link, reason)
  })
  peer.on('disconnected', (reason) => {
    reporter.disconnected(reason)
    node.emit('peer:disconnected', peer, reason)
  })
  peer.on('session', () => {
    reporter.session()
    node.emit('session', peer)
  })
  peer.on('dial:failed', (attempt, error, nextAttempt) => {
    reporter.dialFailed(attempt, error, peer.dialable, nextAttempt)
  })
  peer.on('health:band', (link, band, before, score) => reporter.healthBand(link, band, before, score))
  peer.on('link:active', (from, to) => reporter.linkActive(from, to))
  peer.on('renamed', (_name, before) => reporter.renamed(before))
  peer.on('settings', (settings) => reporter.configured(settings))
  peer.on('removed', () => {
    reporter.unpaired()
    node.emit('unpaired', peer)
  })
}

function isUp({ kind }: PeerState): boolean {
  return kind === 'connected' || kind === 'degraded'
}
