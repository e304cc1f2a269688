import { createRoute } from '@hono/zod-openapi'
import type { DiscoveryState } from '../../../discovery/discovery.ts'
import { NearbyList } from '../../contract/pairing.ts'
import type { Api, ApiContext } from '../context.ts'
import { problems } from '../problem.ts'

const list = createRoute({
  method: 'get',
  path: '/api/v1/nearby',
  operationId: 'listNearby',
  tags: ['pairing'],
  summary: 'The nodes that are heard on the local network, and how the search for them stands',
  responses: { 200: { description: 'OK', content: { 'application/json': { schema: NearbyList } } }, ...problems() },
})

export function nearbyRoutes(api: Api, { node }: ApiContext): void {
  api.openapi(list, (c) => {
    const nearby = node.nearby().map((one) => ({ ...one, addresses: [...one.addresses] }))
    const pairingOpenUntilMs = node.pairingOpenUntilMs ?? null
    return c.json({ discovery: discoveryView(node.discovery), pairingOpenUntilMs, nearby }, 200)
  })
}

function discoveryView(state: DiscoveryState): NearbyList['discovery'] {
  switch (state.kind) {
    case 'off':
      return { kind: 'off' }
    case 'listening': {
      const { kind, since: sinceMs, interfaces, heardAtMs = null } = state
      return { kind, sinceMs, interfaces: [...interfaces], heardAtMs }
    }
    case 'failed': {
      const { kind, since: sinceMs, reason, heardAtMs = null } = state
      return { kind, sinceMs, reason, heardAtMs }
    }
  }
}
