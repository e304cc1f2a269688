// What is asked of the daemon about the conversations of a chat.
import type { ApiClient } from '../../daemon/client.ts'
import type { ChatConversationView, ChatMessageView } from '../../daemon/contract/chat.ts'

/** How it stands with these peers, by their ids. */
export async function conversationsWith(
  api: ApiClient,
  peers: ReadonlySet<string>,
  signal?: AbortSignal,
): Promise<ChatConversationView[]> {
  return (await api.conversations(signal)).filter(({ peer }) => peers.has(peer.id))
}

/** The newest messages of their conversations together, before the one of this number if it is given; oldest first. */
export async function newestMessages(
  api: ApiClient,
  peers: ReadonlySet<string>,
  { limit, before }: { readonly limit: number; readonly before?: number },
  signal: AbortSignal,
): Promise<ChatMessageView[]> {
  if (limit === 0) return []
  const pages = await Promise.all([...peers].map((peer) => api.messages({ peer, before, limit }, signal)))
  const messages = pages.flatMap((page) => page.messages)
  return messages.toSorted((one, other) => one.number - other.number).slice(-limit)
}
