import { createRoute } from '@hono/zod-openapi'
import type { Peer, PeerSettings } from '../../../index.ts'
import { PeerParams } from '../../contract/common.ts'
import { HealthHistory, OutageList, PeerList, PeerPatch, PeerView } from '../../contract/peer.ts'
import { nulled } from '../../nulls.ts'
import { peerView } from '../../views.ts'
import type { Api, ApiContext } from '../context.ts'
import { problems } from '../problem.ts'

const onePeer = { 200: { description: 'The peer', content: { 'application/json': { schema: PeerView } } } }

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
  responses: { ...onePeer, ...problems(404) },
})

const patch = createRoute({
  method: 'patch',
  path: '/api/v1/peers/{id}',
  operationId: 'changePeer',
  tags: ['peers'],
  summary: 'Rename a peer, or change its settings, for good',
  request: { params: PeerParams, body: { required: true, content: { 'application/json': { schema: PeerPatch } } } },
  responses: { ...onePeer, ...problems(400, 404, 415, 422) },
})

const unpair = createRoute({
  method: 'delete',
  path: '/api/v1/peers/{id}',
  operationId: 'unpairPeer',
  tags: ['peers'],
  summary: 'End the pairing, for good, on both sides',
  request: { params: PeerParams },
  responses: { 204: { description: 'It is no peer any more' }, ...problems(404) },
})

const health = createRoute({
  method: 'get',
  path: '/api/v1/peers/{id}/health',
  operationId: 'getPeerHealth',
  tags: ['peers'],
  summary: 'How well it was reached in the last hour',
  request: { params: PeerParams },
  responses: {
    200: { description: 'OK', content: { 'application/json': { schema: HealthHistory } } },
    ...problems(404),
  },
})

const outages = createRoute({
  method: 'get',
  path: '/api/v1/peers/{id}/outages',
  operationId: 'getPeerOutages',
  tags: ['peers'],
  summary: 'When it was lost, why, and when it was back; the last 100 times since the daemon was started',
  request: { params: PeerParams },
  responses: { 200: { description: 'OK', content: { 'application/json': { schema: OutageList } } }, ...problems(404) },
})

/** What people do to a peer, as a verb at the end of its path. */
function decision<Verb extends string>(verb: Verb, summary: string) {
  return createRoute({
    method: 'post',
    path: `/api/v1/peers/{id}/${verb}`,
    operationId: `${verb}Peer`,
    tags: ['peers'],
    summary,
    request: { params: PeerParams },
    responses: { ...onePeer, ...problems(404, 409) },
  })
}

const pause = decision('pause', 'Let go of its links and dial it no more, until it is resumed')
const resume = decision('resume', 'Hold it again')
const reconnect = decision('reconnect', 'Dial it now, whatever the schedule says')
const block = decision('block', 'End its session and refuse it, until it is unblocked')
const unblock = decision('unblock', 'Let it in again')

export function peerRoutes(api: Api, { node, clock, outages: book }: ApiContext): void {
  const view = (peer: Peer): PeerView => peerView(peer, clock.wallNow())
  const decided = (id: string, decide: (peer: Peer) => void): PeerView => {
    const peer = node.peer(id)
    decide(peer)
    return view(peer)
  }
  api.openapi(list, (c) => c.json({ peers: node.peers().map(view) }, 200))
  api.openapi(get, (c) => c.json(view(node.peer(c.req.valid('param').id)), 200))
  api.openapi(patch, (c) => {
    const { name, settings } = c.req.valid('json')
    const change = (peer: Peer): void => {
      if (settings !== undefined) peer.configure(settingsOf(settings))
      if (name !== undefined) peer.rename(name)
    }
    return c.json(decided(c.req.valid('param').id, change), 200)
  })
  api.openapi(unpair, (c) => {
    node.peer(c.req.valid('param').id).unpair()
    return c.body(null, 204)
  })
  api.openapi(health, (c) => {
    const { history } = node.peer(c.req.valid('param').id).health
    return c.json({ entries: history.map(nulled) }, 200)
  })
  api.openapi(outages, (c) => c.json({ outages: book.of(node.peer(c.req.valid('param').id).id) }, 200))
  api.openapi(pause, (c) =>
    c.json(
      decided(c.req.valid('param').id, (peer) => peer.pause()),
      200,
    ),
  )
  api.openapi(resume, (c) =>
    c.json(
      decided(c.req.valid('param').id, (peer) => peer.resume()),
      200,
    ),
  )
  api.openapi(reconnect, (c) =>
    c.json(
      decided(c.req.valid('param').id, (peer) => peer.reconnect()),
      200,
    ),
  )
  api.openapi(block, (c) =>
    c.json(
      decided(c.req.valid('param').id, (peer) => peer.block()),
      200,
    ),
  )
  api.openapi(unblock, (c) =>
    c.json(
      decided(c.req.valid('param').id, (peer) => peer.unblock()),
      200,
    ),
  )
}

/** `null` stands for the default, which the library calls `undefined`; what came as JSON has no `undefined` of its own. */
function settingsOf(settings: NonNullable<PeerPatch['settings']>): Partial<PeerSettings> {
  return Object.fromEntries(
    Object.entries(settings).map(([key, value]) => [key, value ?? undefined]),
  ) as Partial<PeerSettings>
}
