import { createRoute } from '@hono/zod-openapi'
import { parsePeerId } from '../../../index.ts'
import { conversationViews, messageView } from '../../chat/chat-views.ts'
import {
  ChatAttendance,
  ChatAttendanceParams,
  ChatAttendanceRequest,
  ChatConversationList,
  ChatMessageList,
  ChatMessageView,
  ChatQuery,
  ChatSend,
} from '../../contract/chat.ts'
import type { Api, ApiContext } from '../context.ts'
import { problems } from '../problem.ts'

const conversations = createRoute({
  method: 'get',
  path: '/api/v1/chat/conversations',
  operationId: 'listConversations',
  tags: ['chat'],
  summary: 'All peers to chat with, and earlier conversations',
  responses: {
    200: { description: 'OK', content: { 'application/json': { schema: ChatConversationList } } },
    ...problems(),
  },
})

const messages = createRoute({
  method: 'get',
  path: '/api/v1/chat/messages',
  operationId: 'listMessages',
  tags: ['chat'],
  summary: 'Messages of one conversation, or of all',
  request: { query: ChatQuery },
  responses: {
    200: { description: 'OK', content: { 'application/json': { schema: ChatMessageList } } },
    ...problems(404, 422),
  },
})

const send = createRoute({
  method: 'post',
  path: '/api/v1/chat/messages',
  operationId: 'sendMessage',
  tags: ['chat'],
  summary: 'Write a message',
  description:
    'It is kept when this answers, and goes to the peer as soon as that can be reached. A request with an `id` can be repeated until it is answered.',
  request: { body: { required: true, content: { 'application/json': { schema: ChatSend } } } },
  responses: {
    201: { description: 'It is kept', content: { 'application/json': { schema: ChatMessageView } } },
    ...problems(404, 409, 422),
  },
})

const attend = createRoute({
  method: 'put',
  path: '/api/v1/chat/attendance/{key}',
  operationId: 'attend',
  tags: ['chat'],
  summary: 'Say that a person has conversations open here, for a minute',
  description: 'The other sides are told. It holds for the peers that are named, and no others.',
  request: {
    params: ChatAttendanceParams,
    body: { required: true, content: { 'application/json': { schema: ChatAttendanceRequest } } },
  },
  responses: {
    200: { description: 'OK', content: { 'application/json': { schema: ChatAttendance } } },
    ...problems(404, 422, 503),
  },
})

const leave = createRoute({
  method: 'delete',
  path: '/api/v1/chat/attendance/{key}',
  operationId: 'leave',
  tags: ['chat'],
  summary: 'Say that they are closed',
  request: { params: ChatAttendanceParams },
  responses: { 204: { description: 'They are closed' }, ...problems(422) },
})

export function chatRoutes(api: Api, { node, clock, chat: desk }: ApiContext): void {
  api.openapi(conversations, (c) => c.json({ conversations: conversationViews(desk, clock.wallNow()) }, 200))
  api.openapi(messages, (c) => {
    const { peer, before, after, limit } = c.req.valid('query')
    const ofPeer = peer === undefined ? undefined : parsePeerId(peer)
    const page = desk.chat.history({ peer: ofPeer, before, after, limit })
    return c.json({ messages: page.map((message) => messageView(node, message)), more: page.length === limit }, 200)
  })
  api.openapi(send, (c) => {
    const { peer, text, id } = c.req.valid('json')
    return c.json(messageView(node, desk.chat.send(peer, text, id)), 201)
  })
  api.openapi(attend, (c) => {
    const { key } = c.req.valid('param')
    return c.json({ untilMs: desk.attendances.attend(key, c.req.valid('json').peers) }, 200)
  })
  api.openapi(leave, (c) => {
    desk.attendances.leave(c.req.valid('param').key)
    return c.body(null, 204)
  })
}
