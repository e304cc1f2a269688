import type { LossReason, Peer } from '../../index.ts'
import { duration } from '../../node/events/duration.ts'
import { causeOf } from '../../node/events/event-explain.ts'
import type { ChatPresence } from '../../services/chat/presence.ts'

const KEPT = 'what you write is kept'

/** When and why the last link to a peer was lost. */
export interface Loss {
  readonly sinceMs: number
  readonly reason: LossReason
}

/** How it stands with the other side of a conversation, in one sentence for people, without a full stop. */
export function presenceText(
  { name, state }: Pick<Peer, 'name' | 'state'>,
  { attending, hindrance }: Pick<ChatPresence, 'attending' | 'hindrance'>,
  loss: Loss | undefined,
  nowMs: number,
): string {
  switch (state.kind) {
    case 'connected':
    case 'degraded':
      if (hindrance !== undefined) return `${name} ${hindrance}; ${KEPT}`
      if (state.kind === 'degraded' && state.cause === 'no-answer') return `${name} does not answer; ${KEPT}`
      return attending ? `${name} is here` : `${name} is connected, but nobody has the chat open there`
    case 'paused':
      return `${name} is paused; ${KEPT} until you resume it`
    case 'blocked':
      return `${name} cannot be reached: ${state.message}; ${KEPT}`
    // An attempt to reach it is no news, nor is its end.
    case 'paired':
    case 'connecting':
    case 'disconnected':
      if (loss === undefined) return `${name} is away: not reached yet; ${KEPT}`
      return `${name} is away: lost ${since(loss.sinceMs, nowMs)}, ${causeOf(loss.reason)}; ${KEPT}`
  }
}

function since(ms: number, nowMs: number): string {
  return nowMs - ms < 1_000 ? 'just now' : `${duration(nowMs - ms)} ago`
}
