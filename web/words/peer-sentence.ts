import { type LossReason, lossReasons } from '../../src/core/peer/reasons.ts'
import type { LinkView } from '../../src/daemon/contract/link.ts'
import type { PeerStateView, PeerView } from '../../src/daemon/contract/peer.ts'
import { causeOf } from '../../src/node/event-explain.ts'
import { milliseconds, span } from './spans.ts'
import { way } from './way.ts'

/** How it stands with a peer, in words that count along with `nowMs`: `lost 12 s ago: no answer to probes; next try in 4 s`. */
export function peerSentence(peer: PeerView, nowMs: number): string {
  const { state } = peer
  switch (state.kind) {
    case 'paired':
      return peer.settings.hold === 'on-demand' ? 'known; dialed when something needs it' : 'known; not dialed yet'
    case 'connecting':
      return state.attempt > 1 ? `being dialed, try ${state.attempt}` : 'being dialed'
    case 'connected':
      return [`connected for ${span(nowMs - state.sinceMs)}${over(peer)}`, ...roundTrip(peer)].join(', ')
    case 'degraded':
      return state.cause === 'no-answer'
        ? `no answer for ${span(nowMs - state.sinceMs)}: it is being probed`
        : [`a poor connection for ${span(nowMs - state.sinceMs)}${over(peer)}`, ...roundTrip(peer)].join(', ')
    case 'disconnected':
      return lost(state, nowMs)
    case 'paused':
      return `paused ${span(nowMs - state.sinceMs)} ago`
    case 'blocked':
      return state.code === 'blocked-here'
        ? `blocked here ${span(nowMs - state.sinceMs)} ago`
        : `refused: ${state.message}`
  }
}

function lost(state: Extract<PeerStateView, { kind: 'disconnected' }>, nowMs: number): string {
  const { reason, sinceMs, attempts, nextAttemptMs } = state
  const what = reason === 'unreachable' ? 'not reached yet' : `lost ${span(nowMs - sinceMs)} ago: ${cause(reason)}`
  const tries = attempts === 0 ? '' : `; ${attempts} ${attempts === 1 ? 'try' : 'tries'} failed`
  return `${what}${tries}; ${nextTry(nextAttemptMs, nowMs)}`
}

/** A build of the daemon that is newer than this page may have reasons that the page does not know. */
function cause(reason: string): string {
  return isLossReason(reason) ? causeOf(reason) : reason
}

function isLossReason(reason: string): reason is LossReason {
  return (lossReasons as readonly string[]).includes(reason)
}

function nextTry(nextAttemptMs: number | null, nowMs: number): string {
  if (nextAttemptMs === null) return 'no try is planned'
  return nextAttemptMs - nowMs < 500 ? 'trying now' : `next try in ${span(nextAttemptMs - nowMs)}`
}

function over({ links }: PeerView): string {
  const link = activeOf(links)
  return link === undefined ? '' : ` ${way(link)}`
}

function roundTrip({ health }: PeerView): string[] {
  return health.roundTripMs === null ? [] : [milliseconds(health.roundTripMs)]
}

function activeOf(links: readonly LinkView[]): LinkView | undefined {
  return links.find(({ active }) => active) ?? links[0]
}
