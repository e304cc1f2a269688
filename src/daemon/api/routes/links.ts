import { createRoute } from '@hono/zod-openapi'
import type { Peer } from '../../../index.ts'
import { type ConnectionStatus, Connections } from '../../contract/connections.ts'
import { LinkList } from '../../contract/link.ts'
import { linkView, peerRef } from '../../views.ts'
import type { Api, ApiContext } from '../context.ts'
import { problems } from '../problem.ts'

const list = createRoute({
  method: 'get',
  path: '/api/v1/links',
  operationId: 'listLinks',
  tags: ['links'],
  summary: 'All links of all peers',
  responses: { 200: { description: 'OK', content: { 'application/json': { schema: LinkList } } }, ...problems() },
})

const connections = createRoute({
  method: 'get',
  path: '/api/v1/connections',
  operationId: 'getConnections',
  tags: ['links'],
  summary: 'How each peer is connected, in a form that other systems of this kind use',
  responses: { 200: { description: 'OK', content: { 'application/json': { schema: Connections } } }, ...problems() },
})

export function linkRoutes(api: Api, { node }: ApiContext): void {
  api.openapi(list, (c) => {
    const links = node.peers().flatMap((peer) => peer.links.map((link) => ({ ...linkView(link), peer: peerRef(peer) })))
    return c.json({ links }, 200)
  })
  api.openapi(connections, (c) => {
    const nowMs = Date.now()
    const connectionStatus = Object.fromEntries(node.peers().map((peer) => [peer.id, statusOf(peer, nowMs)]))
    return c.json({ connectionStatus }, 200)
  })
}

function statusOf(peer: Peer, nowMs: number): ConnectionStatus {
  const { state, health, links } = peer
  const active = links.find((link) => link.active) ?? links[0]
  const role = active?.direction === 'outbound' ? 'client' : 'server'
  const connectedSinceMs = links.length === 0 ? undefined : Math.min(...links.map(({ sinceMs }) => sinceMs))
  return {
    name: peer.name,
    connected: links.length > 0,
    state: state.kind,
    address: active?.address ?? null,
    type: active === undefined ? null : `${active.kind === 'direct' ? 'tcp' : active.kind}-${role}`,
    path: peer.path,
    latency: milliseconds(health.roundTripMs),
    latencyMs: health.roundTripMs ?? null,
    jitter: milliseconds(health.jitterMs),
    jitterMs: health.jitterMs ?? null,
    packetLoss: health.loss ?? null,
    healthScore: health.score === undefined ? null : Math.round(health.score),
    lastCheck: iso(health.lastCheckMs),
    lastCheckMs: health.lastCheckMs ?? null,
    checkAgeMs: health.lastCheckMs === undefined ? null : Math.max(0, nowMs - health.lastCheckMs),
    lastSeen: iso(peer.lastSeenMs),
    lastSeenMs: peer.lastSeenMs ?? null,
    connectedSince: iso(connectedSinceMs),
    connectedSinceMs: connectedSinceMs ?? null,
    links: links.length,
  }
}

/** `25ms`; below ten with one decimal, so that a local network does not always have `0ms`. */
function milliseconds(ms: number | undefined): string | null {
  if (ms === undefined) return null
  return `${ms < 10 ? Math.round(ms * 10) / 10 : Math.round(ms)}ms`
}

function iso(ms: number | undefined): string | null {
  return ms === undefined ? null : new Date(ms).toISOString()
}
