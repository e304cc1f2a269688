// What the API shows of the library's objects.
import { describeState, type LinkInfo, type Peer, type PeerHealth, type PeerSaid, type PeerState } from '../index.ts'
import type { PeerRef } from './contract/common.ts'
import type { LinkView } from './contract/link.ts'
import type { PeerStateView, PeerView } from './contract/peer.ts'
import { nulled } from './nulls.ts'

/** The major version of the protocol is the name under which TLS agrees on it (SPEC.md, section 2). */
const PROTOCOL_MAJOR = 1
const featureNames: ReadonlyMap<number, string> = new Map([[1, 'status']])

export function peerRef({ id, name }: Pick<Peer, 'id' | 'name'>): PeerRef {
  return { id, name }
}

export function peerView(peer: Peer, nowMs: number): PeerView {
  const { settings, counts, said } = peer
  return {
    ...peerRef(peer),
    relation: peer.relation,
    state: stateView(peer.state, nowMs),
    path: peer.path,
    lastSeenMs: peer.lastSeenMs ?? null,
    settings: {
      connectPolicy: settings.connectPolicy,
      idleTimeoutMs: settings.idleTimeoutMs ?? null,
      keepAlive: settings.keepAlive ?? null,
      protocols: settings.protocols === 'all' ? 'all' : [...settings.protocols],
    },
    health: healthView(peer.health),
    addresses: peer.addresses.map(nulled),
    links: peer.links.map(linkView),
    ...counts,
    remote: said === undefined ? null : remoteView(said),
  }
}

export function linkView(link: LinkInfo): LinkView {
  return nulled(link)
}

function stateView(state: PeerState, nowMs: number): PeerStateView {
  const text = describeState(state, nowMs)
  if (state.kind === 'paired') return { kind: state.kind, text }
  if (state.kind !== 'disconnected') {
    const { since: sinceMs, ...rest } = state
    return { ...rest, text, sinceMs }
  }
  const { since: sinceMs, nextAttempt, ...rest } = state
  return { ...rest, text, sinceMs, nextAttemptMs: nextAttempt ?? null }
}

/** All but the history, which has a route of its own. */
function healthView(health: PeerHealth): PeerView['health'] {
  const { score, band, trend, roundTripMs, jitterMs, loss, deliverySuccess } = health
  const { lossesLastHour, lastCheckMs, lastProbeMs } = health
  const measured = { score, band, trend, roundTripMs, jitterMs, loss, lastCheckMs, lastProbeMs }
  return nulled({ ...measured, deliverySuccess, lossesLastHour })
}

function remoteView({ minor, features, observedAddress }: PeerSaid): NonNullable<PeerView['remote']> {
  return {
    protocol: protocolVersion(minor),
    features: features.map((feature) => featureNames.get(feature) ?? String(feature)),
    observedAddress: observedAddress ?? null,
  }
}

export function protocolVersion(minor: number): string {
  return `${PROTOCOL_MAJOR}.${minor}`
}
