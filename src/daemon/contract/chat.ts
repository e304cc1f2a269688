import { z } from '@hono/zod-openapi'
import { count, momentMs, PeerRef } from './common.ts'

export const ChatMessageView = z
  .object({
    id: z.string(),
    peer: PeerRef,
    direction: z.enum(['sent', 'received']),
    text: z.string(),
    atMs: momentMs.openapi({ description: 'When it was written, by the clock of its author' }),
    receivedAtMs: momentMs.nullable().openapi({ description: 'When it came here; `null` for own messages' }),
    deliveredAtMs: momentMs.nullable().openapi({ description: 'When the other side had it; `null` while it waits' }),
    delayed: z.boolean().openapi({ description: 'It was written while the two were not connected' }),
  })
  .openapi('ChatMessage')
export type ChatMessageView = z.infer<typeof ChatMessageView>

export const ChatQuery = z.object({
  peer: z
    .string()
    .max(100)
    .optional()
    .openapi({ param: { name: 'peer', in: 'query' }, description: 'A full peer id' }),
  before: z
    .string()
    .max(100)
    .optional()
    .openapi({ param: { name: 'before', in: 'query' }, description: 'Only older ones' }),
  limit: z.coerce
    .number()
    .int()
    .min(1)
    .max(1_000)
    .default(100)
    .openapi({ param: { name: 'limit', in: 'query' } }),
})

/** Oldest first. */
export const ChatMessageList = z
  .object({ messages: z.array(ChatMessageView), before: z.string().nullable() })
  .openapi('ChatMessageList')
export type ChatMessageList = z.infer<typeof ChatMessageList>

export const ChatSend = z
  .strictObject({ peer: z.string().max(100), text: z.string().min(1).max(16_384) })
  .openapi('ChatSend')

export const ChatConversationView = z
  .object({
    peer: PeerRef,
    presence: z.enum(['here', 'away', 'unknown']),
    last: ChatMessageView.nullable(),
    waiting: count.openapi({ description: 'Own messages that the other side does not have yet' }),
  })
  .openapi('ChatConversation')

export const ChatConversationList = z
  .object({ conversations: z.array(ChatConversationView) })
  .openapi('ChatConversationList')
export type ChatConversationList = z.infer<typeof ChatConversationList>
