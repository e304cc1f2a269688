import type { Peer } from '../../index.ts'
import { duration } from '../../node/duration.ts'
import { causeOf } from '../../node/event-explain.ts'
import type { ChatPresence } from '../../services/chat/presence.ts'

const KEPT = 'what you write is kept'

/** How it stands with the other side of a conversation, in one sentence for people, without a full stop. */
export function presenceText(
  { name, state }: Pick<Peer, 'name' | 'state'>,
  { attending, hindrance }: Pick<ChatPresence, 'attending' | 'hindrance'>,
  nowMs: number,
): string {
  switch (state.kind) {
    case 'connected':
    case 'degraded':
      if (hindrance !== undefined) return `${name} ${hindrance}; ${KEPT}`
      if (state.kind === 'degraded' && state.cause === 'no-answer') return `${name} does not answer; ${KEPT}`
      return attending ? `${name} is here` : `${name} is connected, but nobody has the chat open there`
    case 'disconnected': {
      const span = duration(Math.max(0, nowMs - state.since))
      if (state.reason === 'unreachable') return `${name} is away: not reached for ${span}; ${KEPT}`
      return `${name} is away: lost ${span} ago, ${causeOf(state.reason)}; ${KEPT}`
    }
    case 'paused':
      return `${name} is paused; ${KEPT} until you resume it`
    case 'blocked':
      return `${name} cannot be reached: ${state.message}; ${KEPT}`
    case 'paired':
    case 'connecting':
      return `${name} is away: not reached yet; ${KEPT}`
  }
}
