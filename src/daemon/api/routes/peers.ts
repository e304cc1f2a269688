import { createRoute } from '@hono/zod-openapi'
import { PeerParams } from '../../contract/common.ts'
import { PeerList, PeerView } from '../../contract/peer.ts'
import { peerView } from '../../views.ts'
import type { Api, ApiContext } from '../context.ts'
import { problems } from '../problem.ts'

const list = createRoute({
  method: 'get',
  path: '/api/v1/peers',
  operationId: 'listPeers',
  tags: ['peers'],
  summary: 'All peers',
  responses: { 200: { description: 'OK', content: { 'application/json': { schema: PeerList } } }, ...problems() },
})

const get = createRoute({
  method: 'get',
  path: '/api/v1/peers/{id}',
  operationId: 'getPeer',
  tags: ['peers'],
  summary: 'One peer',
  request: { params: PeerParams },
  responses: { 200: { description: 'OK', content: { 'application/json': { schema: PeerView } } }, ...problems(404) },
})

export function peerRoutes(api: Api, { node, clock }: ApiContext): void {
  api.openapi(list, (c) => {
    const nowMs = clock.wallNow()
    return c.json({ peers: node.peers().map((peer) => peerView(peer, nowMs)) }, 200)
  })
  api.openapi(get, (c) => c.json(peerView(node.peer(c.req.valid('param').id), clock.wallNow()), 200))
}
