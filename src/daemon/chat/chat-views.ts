// What the API shows of conversations.
import type { Node, Peer, PeerId } from '../../index.ts'
import type { Chat } from '../../services/chat/chat.ts'
import type { ChatMessage } from '../../services/chat/message.ts'
import type { ChatConversationView, ChatMessageView } from '../contract/chat.ts'
import type { PeerRef } from '../contract/common.ts'
import { type Loss, presenceText } from './presence-text.ts'

/** A peer by its id; one that is none any more has no name but that. */
export function chatPeer(node: Node, id: PeerId): PeerRef {
  return { id, name: find(node, id)?.name ?? id }
}

export function messageView(node: Node, message: ChatMessage): ChatMessageView {
  const { number, id, author, text, writtenAtMs, delayed, arrivedAtMs = null } = message
  const isMine = author === 'me'
  return {
    number,
    id,
    peer: chatPeer(node, message.peer),
    direction: isMine ? 'sent' : 'received',
    text,
    atMs: writtenAtMs,
    receivedAtMs: isMine ? null : arrivedAtMs,
    deliveredAtMs: isMine ? arrivedAtMs : null,
    delayed,
  }
}

/** The presence of a conversation, and what else changes with it. */
export type PresenceView = Pick<ChatConversationView, 'presence' | 'text' | 'nickname'>

/** What presences are told from. */
export interface PresenceSource {
  readonly node: Node
  readonly chat: Chat
  /** The last losses of peers that are not connected. */
  readonly losses: ReadonlyMap<PeerId, Loss>
}

export function presenceView({ node, chat, losses }: PresenceSource, id: PeerId, nowMs: number): PresenceView {
  const presence = chat.presence(id)
  const peer = find(node, id)
  const nickname = presence.nickname ?? null
  if (peer === undefined) return { presence: 'away', text: 'it is no peer any more', nickname }
  const connected = presence.attending ? 'here' : 'connected'
  return {
    presence: node.isConnected(id) ? connected : 'away',
    text: presenceText(peer, presence, losses.get(id), nowMs),
    nickname,
  }
}

/** All conversations that there are or could be; the latest first. */
export function conversationViews(source: PresenceSource, nowMs: number): ChatConversationView[] {
  const { node, chat } = source
  const ids = new Set([...chat.conversations(), ...chat.correspondents().map(({ id }) => id)])
  return [...ids].map((id) => {
    const [last] = chat.history({ peer: id, limit: 1 })
    return {
      peer: chatPeer(node, id),
      ...presenceView(source, id, nowMs),
      last: last === undefined ? null : messageView(node, last),
      waiting: chat.waiting(id),
    }
  })
}

function find(node: Node, id: PeerId): Peer | undefined {
  try {
    return node.peer(id)
  } catch {
    return undefined
  }
}
