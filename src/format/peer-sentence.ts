import type { PeerStateView, PeerView } from '../daemon/contract/peer.ts'
import { milliseconds, span } from './figures.ts'
import { lossCause } from './loss-cause.ts'
import { pathText } from './path.ts'

/** A next try that is nearer than this is under way for whoever reads. */
const nowWithinMs = 500

/**
 * How it stands with a peer, in half a line that counts along with `nowMs` (milliseconds since 1970): `lost 12 s ago: no answer to probes; next try in 4 s`. What the
 * peer has said of itself is in it as it came.
 */
export function peerSentence(peer: PeerView, nowMs: number): string {
  const { state, settings } = peer
  switch (state.kind) {
    case 'paired':
      return settings.connectPolicy === 'on-demand' ? 'dialed when something needs it' : 'not dialed at the moment'
    case 'connecting':
      return state.attempt > 1 ? `being dialed, try ${state.attempt}${lastSeen(peer, nowMs)}` : 'being dialed'
    case 'connected':
      return `connected for ${span(nowMs - state.sinceMs)}${connection(peer)}`
    case 'degraded':
      return state.cause === 'no-answer'
        ? `no answer for ${span(nowMs - state.sinceMs)}: it is probed, and another way is sought`
        : `poorly connected for ${span(nowMs - state.sinceMs)}${connection(peer)}; a better way is sought`
    case 'disconnected':
      return disconnected(state, settings, nowMs)
    case 'paused':
      return `paused here ${span(nowMs - state.sinceMs)} ago`
    case 'blocked':
      return state.code === 'blocked-here'
        ? `blocked here ${span(nowMs - state.sinceMs)} ago`
        : `refuses this node: ${state.message}`
  }
}

function lastSeen({ lastSeenMs }: PeerView, nowMs: number): string {
  return lastSeenMs === null ? '' : `; last seen ${span(nowMs - lastSeenMs)} ago`
}

/** The way of the link that is in use, and how long that is. */
function connection({ links, health }: PeerView): string {
  const link = links.find(({ active }) => active) ?? links[0]
  const over = link === undefined ? '' : ` ${pathText(link)}`
  return health.roundTripMs === null ? over : `${over}, ${milliseconds(health.roundTripMs)}`
}

function disconnected(
  { reason, sinceMs, attempts, nextAttemptMs }: Extract<PeerStateView, { kind: 'disconnected' }>,
  { connectPolicy }: PeerView['settings'],
  nowMs: number,
): string {
  const since = span(nowMs - sinceMs)
  const what = reason === 'unreachable' ? `not reached for ${since}` : `lost ${since} ago: ${lossCause(reason)}`
  const next = nextAttemptMs === null ? unplanned[connectPolicy] : nextTry(nextAttemptMs - nowMs)
  return `${what}; ${next}${attempts === 0 ? '' : ` (${attempts} failed)`}`
}

const unplanned: Readonly<Record<PeerView['settings']['connectPolicy'], string>> = {
  always: 'waiting until it comes',
  'on-demand': 'dialed when something needs it',
}

function nextTry(inMs: number): string {
  return inMs < nowWithinMs ? 'trying now' : `next try in ${span(inMs)}`
}
