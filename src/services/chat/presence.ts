import type { PeerId } from '../../identity/peer-id.ts'
import { StreamResetError } from '../../node/link/stream.ts'
import { ChatViolation } from './errors.ts'
import { chatResets } from './limits.ts'

/** How it stands with the other side of a conversation, beside the state of the peer itself. */
export interface ChatPresence {
  readonly peer: PeerId
  /** What it calls itself; undefined until it has said so to this run of the node. */
  readonly nickname: string | undefined
  /** A person has the conversation open there, as it said last in the session that goes on. */
  readonly attending: boolean
  /** Why messages do not get through although the peer is there, in words that follow its name; undefined if nothing is known to be wrong. */
  readonly hindrance: string | undefined
}

/** What hinders a conversation, as the rest of a sentence that begins with the name of the peer. */
export function hindranceOf(error: Error): string {
  if (error instanceof ChatViolation) return 'does not keep to the rules of the chat; update the older side'
  if (!(error instanceof StreamResetError)) return `is not served: ${error.message}`
  switch (error.resetCode) {
    case chatResets.closed:
      return 'is closing the chat'
    case chatResets.noHandler:
      return 'does not chat now; start `holdfast up` there'
    case chatResets.notAllowed:
      return 'does not let this node chat; change that there'
    case chatResets.cannotStore:
      return 'cannot store messages now; its disk may be full'
    default:
      return `refuses messages (code ${error.resetCode}); update the older side`
  }
}
