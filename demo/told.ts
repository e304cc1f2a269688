// What the nodes say of each other, in words that fit on a line.
import { describeEvent, type NodeEvent, type PeerHealth, type PeerState } from '../src/index.ts'
import type { Role } from './schedule.ts'

/** How it stands with the peer, with the reason if it is not well. Times of a state are wall-clock ones. */
export function stateText(state: PeerState, wallMs: number): string {
  switch (state.kind) {
    case 'connecting':
      return `connecting (attempt ${state.attempt})`
    case 'degraded':
      return `degraded: ${state.cause}`
    case 'disconnected': {
      const failed = state.attempts === 0 ? '' : ` (${state.attempts} failed)`
      return `disconnected: ${state.reason}, ${attemptText(state.nextAttempt, wallMs)}${failed}`
    }
    case 'blocked':
      return `blocked: ${state.code}`
    default:
      return state.kind
  }
}

function attemptText(nextAttempt: number | undefined, wallMs: number): string {
  if (nextAttempt === undefined) return 'no attempt planned'
  return nextAttempt <= wallMs ? 'next attempt now' : `next attempt in ${((nextAttempt - wallMs) / 1_000).toFixed(1)} s`
}

/** `98 excellent, steady`. */
export function scoreText({ score, band, trend }: PeerHealth): string {
  return score === undefined ? 'not measured' : `${Math.round(score)} ${band ?? ''}, ${trend}`
}

/** `0.4 ms ± 0.1, 0 % lost`. */
export function measuresText({ roundTripMs, jitterMs, loss }: PeerHealth): string {
  if (roundTripMs === undefined) return ''
  return `${roundTripMs.toFixed(1)} ms ± ${(jitterMs ?? 0).toFixed(1)}, ${Math.round((loss ?? 0) * 100)} % lost`
}

/** The line that an event deserves, if any. Of the receiver's, only its losses: the rest mirrors the sender's. */
export function eventNote(role: Role, event: NodeEvent): string | undefined {
  switch (event.type) {
    case 'link:lost': {
      const left = event.remaining === 0 ? 'none left' : `${event.remaining} left`
      return `link lost at the ${role}: ${event.reason}, ${left}`
    }
    case 'link:up':
      return role === 'sender' ? `link up: ${event.link.address}` : undefined
    case 'health:band':
      // The first band of a link is no change.
      return role === 'sender' && event.before !== undefined
        ? `health: ${event.before} → ${event.band} (score ${Math.round(event.score)})`
        : undefined
    case 'peer:state':
      return role === 'sender' ? `peer: ${stateText(event.state, event.atMs)}` : undefined
    case 'dial:failed':
    case 'wake':
      return role === 'sender' ? describeEvent(event) : undefined
    default:
      return undefined
  }
}
