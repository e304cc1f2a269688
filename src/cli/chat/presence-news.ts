import type { ChatConversationView } from '../../daemon/contract/chat.ts'

/** Spans of time, which change while nothing else does. */
const spans = /just now|(\d+(\.\d)? (s|min|h|d) )+ago/g

/** Of some conversations, those with whose other side it stands otherwise than when this was asked last. */
export class PresenceChanges {
  readonly #told = new Map<string, string>()

  of(conversations: readonly ChatConversationView[]): ChatConversationView[] {
    return conversations.filter(({ peer, text }) => {
      const state = text.replaceAll(spans, '')
      if (this.#told.get(peer.id) === state) return false
      this.#told.set(peer.id, state)
      return true
    })
  }
}
