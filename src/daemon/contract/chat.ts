import { z } from '@hono/zod-openapi'
import { count, limitQuery, momentMs, orNull, PeerRef, peerQuery } from './common.ts'

/** Characters of a message in an event: enough to be told of it. */
export const PREVIEW_CHARACTERS_MAX = 200

/** The order in which messages were written or came here, whatever the clocks say. */
const place = z.number().int().positive().openapi({ description: 'Grows with each message of this node', example: 42 })

export const ChatMessageView = z
  .object({
    number: place,
    id: z.string().openapi({ description: 'The same on both sides' }),
    peer: PeerRef,
    direction: z.enum(['sent', 'received']),
    text: z
      .string()
      .openapi({ description: 'As it was written; make control characters harmless before you show it on a terminal' }),
    atMs: momentMs.openapi({ description: 'When it was written, by the clock of its author' }),
    receivedAtMs: momentMs.nullable().openapi({ description: 'When it came here; `null` for own messages' }),
    deliveredAtMs: momentMs.nullable().openapi({ description: 'When the other side had it; `null` while it waits' }),
    delayed: z.boolean().openapi({ description: 'It was written while the two were not connected' }),
  })
  .openapi('ChatMessage')
export type ChatMessageView = z.infer<typeof ChatMessageView>

const cursor = z.coerce.number().int().nonnegative().max(Number.MAX_SAFE_INTEGER).optional()

export const ChatQuery = z.object({
  peer: peerQuery('A full peer id; default: all conversations'),
  before: cursor.openapi({
    param: { name: 'before', in: 'query' },
    description: 'Only those with a lower number; the newest of them. Not together with `after`',
  }),
  after: cursor.openapi({
    param: { name: 'after', in: 'query' },
    description: 'Only those with a higher number; the oldest of them',
  }),
  limit: limitQuery('How many messages at most'),
})

/** `ChatQuery` from the other side. */
export type ChatPageQuery = {
  readonly [Name in keyof z.infer<typeof ChatQuery>]?: z.infer<typeof ChatQuery>[Name] | undefined
}

/** Oldest first. */
export const ChatMessageList = z
  .object({
    messages: z.array(ChatMessageView),
    more: z.boolean().openapi({ description: 'There may be more of them, before the first or after the last' }),
  })
  .openapi('ChatMessageList')
export type ChatMessageList = z.infer<typeof ChatMessageList>

export const ChatSend = z
  .strictObject({
    peer: z.string().max(100).openapi({ description: 'A full peer id' }),
    text: z.string().openapi({ description: 'From 1 to 16,384 bytes of UTF-8' }),
    id: z
      .string()
      .regex(/^[0-9a-f]{32}$/, 'An id has 32 digits from 0 to 9 and a to f')
      .optional()
      .openapi({
        description:
          'Drawn at random by a client that repeats the request when no answer comes: the same message with the same id is kept once, and answered as it was kept',
      }),
  })
  .openapi('ChatSend')

export const ChatConversationView = z
  .object({
    peer: PeerRef,
    presence: z
      .enum(['here', 'connected', 'away'])
      .openapi({ description: '`here`: a person has the conversation open there' }),
    text: z.string().openapi({ description: 'The presence in one sentence for people, without a full stop' }),
    nickname: z.string().nullable().openapi({ description: 'What it calls itself, if it has said so' }),
    last: orNull(ChatMessageView),
    waiting: count.openapi({ description: 'Own messages that the other side does not have yet' }),
  })
  .openapi('ChatConversation')
export type ChatConversationView = z.infer<typeof ChatConversationView>

/** All peers that one can chat with, and those of earlier conversations; the latest conversation first. */
export const ChatConversationList = z
  .object({ conversations: z.array(ChatConversationView) })
  .openapi('ChatConversationList')
export type ChatConversationList = z.infer<typeof ChatConversationList>

export const ChatAttendanceParams = z.object({
  key: z
    .string()
    .regex(/^[\w-]{8,64}$/, 'A key has 8 to 64 letters, digits, - and _')
    .openapi({ param: { name: 'key', in: 'path' }, description: 'Chosen by the client, at random' }),
})

export const ChatAttendanceRequest = z
  .strictObject({ peers: z.array(z.string().max(100)).max(1_000).openapi({ description: 'Full peer ids' }) })
  .openapi('ChatAttendanceRequest')

export const ChatAttendance = z
  .object({ untilMs: momentMs.openapi({ description: 'Say it again before' }) })
  .openapi('ChatAttendance')
export type ChatAttendance = z.infer<typeof ChatAttendance>
