import { createRoute } from '@hono/zod-openapi'
import { PairingByTicket, TicketRequest, TicketView } from '../../contract/pairing.ts'
import { PeerView } from '../../contract/peer.ts'
import { peerView } from '../../views.ts'
import type { Api, ApiContext } from '../context.ts'
import { problems } from '../problem.ts'

const TICKET_EXPIRY_MS = 5 * 60_000

const ticket = createRoute({
  method: 'post',
  path: '/api/v1/tickets',
  operationId: 'makeTicket',
  tags: ['pairing'],
  summary: 'Make an invitation for one peer',
  request: { body: { content: { 'application/json': { schema: TicketRequest } } } },
  responses: {
    201: { description: 'The ticket; it is a secret', content: { 'application/json': { schema: TicketView } } },
    ...problems(400, 415, 422),
  },
})

const pair = createRoute({
  method: 'post',
  path: '/api/v1/pairings',
  operationId: 'pairByTicket',
  tags: ['pairing'],
  summary: 'Use a ticket of another node',
  description: 'Answers when both sides have stored the pairing. If the client goes before that, the attempt ends.',
  request: { body: { required: true, content: { 'application/json': { schema: PairingByTicket } } } },
  responses: {
    201: { description: 'The new peer', content: { 'application/json': { schema: PeerView } } },
    ...problems(400, 409, 415, 422, 502),
  },
})

export function pairingRoutes(api: Api, { node, clock }: ApiContext): void {
  api.openapi(ticket, async (c) => {
    const { expiresInMs = TICKET_EXPIRY_MS } = c.req.valid('json')
    const expiresAtMs = clock.wallNow() + expiresInMs
    return c.json({ ticket: await node.ticket({ expiresInMs }), expiresAtMs }, 201)
  })
  api.openapi(pair, async (c) => {
    const peer = await node.pair(c.req.valid('json').ticket, { signal: c.req.raw.signal })
    return c.json(peerView(peer, clock.wallNow()), 201)
  })
}
