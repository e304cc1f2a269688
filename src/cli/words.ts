// How it stands with a peer, in plain words.
import { lossReasons } from '../core/peer/reasons.ts'
import type { PeerStateView, PeerView } from '../daemon/contract/peer.ts'
import { causeOf, type Reason } from '../node/event-explain.ts'
import { shown } from './output.ts'
import { inWords } from './time.ts'

/** In half a line: `lost 12 s ago: no answer to probes; next try in 4 s`. Moments are milliseconds since 1970. */
export function stateInWords({ state, lastSeenMs }: Pick<PeerView, 'state' | 'lastSeenMs'>, nowMs: number): string {
  switch (state.kind) {
    case 'paired':
      return 'not dialed at the moment'
    case 'connecting':
      return state.attempt === 1 ? 'being dialed' : `being dialed, attempt ${state.attempt}${away(lastSeenMs, nowMs)}`
    case 'connected':
      return `connected for ${span(state.sinceMs, nowMs)}`
    case 'degraded':
      return state.cause === 'no-answer'
        ? `in doubt for ${span(state.sinceMs, nowMs)}: it does not answer; it is probed, and another way sought`
        : `poor for ${span(state.sinceMs, nowMs)}: a better way is sought`
    case 'disconnected':
      return disconnected(state, nowMs)
    case 'paused':
      return `paused ${span(state.sinceMs, nowMs)} ago, on this node`
    case 'blocked':
      return state.code === 'blocked-here' ? 'blocked on this node' : `refuses this node: ${shown(state.message)}`
  }
}

function disconnected(state: Extract<PeerStateView, { kind: 'disconnected' }>, nowMs: number): string {
  const since = `${span(state.sinceMs, nowMs)} ago`
  const what =
    state.reason === 'unreachable'
      ? `not reached for ${span(state.sinceMs, nowMs)}`
      : `lost ${since}: ${cause(state.reason)}`
  const tries = state.attempts > 1 ? ` (${state.attempts} failed)` : ''
  return `${what}; ${nextTry(state.nextAttemptMs, nowMs)}${tries}`
}

function nextTry(nextAttemptMs: number | null, nowMs: number): string {
  if (nextAttemptMs === null) return 'it is waited for'
  return nextAttemptMs <= nowMs ? 'next try at once' : `next try in ${inWords(nextAttemptMs - nowMs)}`
}

function away(lastSeenMs: number | null, nowMs: number): string {
  return lastSeenMs === null ? '' : `; last seen ${span(lastSeenMs, nowMs)} ago`
}

/** A later daemon may have reasons that this program does not know. */
function cause(reason: string): string {
  return isReason(reason) ? causeOf(reason) : shown(reason)
}

function isReason(reason: string): reason is Reason & (typeof lossReasons)[number] {
  return (lossReasons as readonly string[]).includes(reason)
}

/** Clocks that were set back make the past lie ahead. */
function span(sinceMs: number, nowMs: number): string {
  return inWords(Math.max(0, nowMs - sinceMs))
}
