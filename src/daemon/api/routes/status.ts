import { createRoute } from '@hono/zod-openapi'
import { MINOR_VERSION } from '../../../core/frame/constants.ts'
import type { PeerState } from '../../../index.ts'
import { HealthzView, StatusView } from '../../contract/status.ts'
import { version } from '../../version.ts'
import { protocolVersion } from '../../views.ts'
import type { Api, ApiContext } from '../context.ts'
import { problems } from '../problem.ts'

const status = createRoute({
  method: 'get',
  path: '/api/v1/status',
  operationId: 'getStatus',
  tags: ['node'],
  summary: 'The node at a glance',
  responses: { 200: { description: 'OK', content: { 'application/json': { schema: StatusView } } }, ...problems() },
})

const healthz = createRoute({
  method: 'get',
  path: '/healthz',
  operationId: 'getHealthz',
  tags: ['node'],
  security: [],
  summary: 'Whether the daemon serves; needs no token',
  responses: { 200: { description: 'OK', content: { 'application/json': { schema: HealthzView } } }, ...problems() },
})

export function statusRoutes(api: Api, { node, dir, clock, startedAtMs }: ApiContext): void {
  const packageVersion = version()
  api.openapi(healthz, (c) => c.json({ status: 'ok' } as const, 200))
  api.openapi(status, (c) => {
    const { bytesSent, bytesReceived, openStreams, links } = node.counts
    const view = {
      id: node.id,
      name: node.name,
      version: packageVersion,
      protocol: protocolVersion(MINOR_VERSION),
      pid: process.pid,
      dir,
      startedAtMs,
      nowMs: clock.wallNow(),
      listening: [...node.listening],
      addresses: [...node.addresses],
      peers: countByState(node.peers()),
      links,
      openStreams,
      bytesSent,
      bytesReceived,
    }
    return c.json(view, 200)
  })
}

function countByState(peers: readonly { readonly state: PeerState }[]): Record<PeerState['kind'], number> {
  const counts = { paired: 0, connecting: 0, connected: 0, degraded: 0, disconnected: 0, paused: 0, blocked: 0 }
  for (const { state } of peers) counts[state.kind]++
  return counts
}
