import { createRoute } from '@hono/zod-openapi'
import type { DiscoveryState, Node, PairingRequest } from '../../../index.ts'
import { PeerParams } from '../../contract/common.ts'
import {
  NearbyList,
  PairingByCode,
  PairingRequestList,
  PairingRequestView,
  PairingWindow,
  PairingWindowRequest,
} from '../../contract/pairing.ts'
import type { Api, ApiContext } from '../context.ts'
import { NotFoundError } from '../errors.ts'
import { problems } from '../problem.ts'

const window = { description: 'The window', content: { 'application/json': { schema: PairingWindow } } }
const request = { description: 'The request', content: { 'application/json': { schema: PairingRequestView } } }

const getWindow = createRoute({
  method: 'get',
  path: '/api/v1/pairing-window',
  operationId: 'getPairingWindow',
  tags: ['pairing'],
  summary: 'Until when others on the local network may ask to be paired by code',
  responses: { 200: window, ...problems() },
})

const openWindow = createRoute({
  method: 'post',
  path: '/api/v1/pairing-window',
  operationId: 'openPairingWindow',
  tags: ['pairing'],
  summary: 'Let others on the local network ask, for a while or until one is paired',
  request: { body: { content: { 'application/json': { schema: PairingWindowRequest } } } },
  responses: { 200: window, ...problems(400, 415, 422) },
})

const closeWindow = createRoute({
  method: 'delete',
  path: '/api/v1/pairing-window',
  operationId: 'closePairingWindow',
  tags: ['pairing'],
  summary: 'Let nobody ask any more',
  responses: { 200: window, ...problems() },
})

const nearby = createRoute({
  method: 'get',
  path: '/api/v1/nearby',
  operationId: 'listNearby',
  tags: ['pairing'],
  summary: 'Nodes that are heard on the local network',
  responses: { 200: { description: 'OK', content: { 'application/json': { schema: NearbyList } } }, ...problems() },
})

const pairNearby = createRoute({
  method: 'post',
  path: '/api/v1/nearby/{id}/pair',
  operationId: 'pairNearby',
  tags: ['pairing'],
  summary: 'Ask another node to pair by code',
  description: 'Answers when both sides have the code. If the client goes before that, the attempt ends.',
  request: { params: PeerParams, body: { content: { 'application/json': { schema: PairingByCode } } } },
  responses: { 201: request, ...problems(400, 404, 409, 415, 422, 502) },
})

const list = createRoute({
  method: 'get',
  path: '/api/v1/pairing-requests',
  operationId: 'listPairingRequests',
  tags: ['pairing'],
  summary: 'Pairings by code that are not decided yet',
  responses: {
    200: { description: 'OK', content: { 'application/json': { schema: PairingRequestList } } },
    ...problems(),
  },
})

const confirm = createRoute({
  method: 'post',
  path: '/api/v1/pairing-requests/{id}/confirm',
  operationId: 'confirmPairingRequest',
  tags: ['pairing'],
  summary: 'Say that the other screen shows the same digits',
  description: 'They are peers when the other person has confirmed too; an event `pairing:ended` tells.',
  request: { params: PeerParams },
  responses: { 200: request, ...problems(404) },
})

const reject = createRoute({
  method: 'post',
  path: '/api/v1/pairing-requests/{id}/reject',
  operationId: 'rejectPairingRequest',
  tags: ['pairing'],
  summary: 'Say that the digits differ, or that nobody here wants this',
  request: { params: PeerParams },
  responses: { 200: request, ...problems(404) },
})

export function pairingRequestRoutes(api: Api, { node }: ApiContext): void {
  const windowView = (): PairingWindow => ({ openUntilMs: node.pairingOpenUntilMs ?? null })
  api.openapi(getWindow, (c) => c.json(windowView(), 200))
  api.openapi(openWindow, (c) => {
    const { forMs } = c.req.valid('json')
    node.openPairing(forMs === undefined ? {} : { forMs })
    return c.json(windowView(), 200)
  })
  api.openapi(closeWindow, (c) => {
    node.closePairing()
    return c.json(windowView(), 200)
  })
  api.openapi(nearby, (c) => {
    const heard = node.nearby().map((found) => ({ ...found, addresses: [...found.addresses] }))
    const { openUntilMs: pairingOpenUntilMs } = windowView()
    return c.json({ discovery: discoveryView(node.discovery), pairingOpenUntilMs, nearby: heard }, 200)
  })
  api.openapi(pairNearby, async (c) => {
    const { addresses } = c.req.valid('json')
    const options = { signal: c.req.raw.signal, ...(addresses && { addresses }) }
    return c.json(requestView(await node.pairNearby(c.req.valid('param').id, options)), 201)
  })
  api.openapi(list, (c) => c.json({ requests: node.pairingRequests().map(requestView) }, 200))
  api.openapi(confirm, (c) => {
    const found = requestOf(node, c.req.valid('param').id)
    found.confirm()
    return c.json(requestView(found), 200)
  })
  api.openapi(reject, (c) => {
    const found = requestOf(node, c.req.valid('param').id)
    found.reject()
    return c.json(requestView(found), 200)
  })
}

function requestOf(node: Node, id: string): PairingRequest {
  const found = node.pairingRequests().find((candidate) => candidate.id === id)
  if (found === undefined) throw new NotFoundError(`No pairing with "${id}" waits to be decided; ask for a new one`)
  return found
}

function discoveryView(state: DiscoveryState): NearbyList['discovery'] {
  if (state.kind === 'off') return { kind: state.kind }
  const { since: sinceMs, heardAtMs = null } = state
  return state.kind === 'failed'
    ? { kind: state.kind, sinceMs, heardAtMs, reason: state.reason }
    : { kind: state.kind, sinceMs, heardAtMs, interfaces: [...state.interfaces] }
}

function requestView({ id, name, address, direction, code, state, expiresAtMs }: PairingRequest): PairingRequestView {
  return { id, name, address, direction, code, state, expiresAtMs }
}
