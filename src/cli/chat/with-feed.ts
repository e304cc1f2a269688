import type { ChatConversationView, ChatMessageView } from '../../daemon/contract/chat.ts'
import type { RetryingCalls } from '../retrying-calls.ts'
import { ChatFeed, type ChatListener } from './feed.ts'
import type { ChatCommand } from './run-chat.ts'

/** How it stands when a chat begins. */
export interface Beginning {
  readonly past: readonly ChatMessageView[]
  readonly conversations: readonly ChatConversationView[]
}

export interface FeedOptions {
  /** Those that the chat makes as well, so that what reads and what writes wait for the daemon alike, and say so once. */
  readonly calls: RetryingCalls
  /** At most so many messages of before. */
  readonly lines: number
  readonly listener: ChatListener
}

/** Works with what was written before, while the listener is told what happens; until the work is done or its signal is aborted. */
export async function withFeed(
  { peers, signal }: ChatCommand,
  { calls, lines, listener }: FeedOptions,
  work: (beginning: Beginning) => Promise<void>,
): Promise<void> {
  const over = new AbortController()
  const feed = new ChatFeed({
    calls,
    peers: new Set(peers.map(({ id }) => id)),
    signal: AbortSignal.any([signal, over.signal]),
    listener,
  })
  const beginning = { past: await feed.past(lines), conversations: await feed.conversations() }
  const following = feed.follow()
  try {
    await Promise.race([work(beginning), following])
  } finally {
    over.abort(new Error('The chat is over'))
    await following.catch(() => undefined)
  }
}
