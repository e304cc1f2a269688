import { createRoute, z } from '@hono/zod-openapi'
import type { Api, ApiContext } from '../context.ts'
import { problems } from '../problem.ts'

const route = createRoute({
  method: 'get',
  path: '/metrics',
  operationId: 'getMetrics',
  tags: ['node'],
  summary: "Metrics in Prometheus' text format (docs/metrics.md)",
  responses: { 200: { description: 'OK', content: { 'text/plain': { schema: z.string() } } }, ...problems() },
})

export function metricRoutes(api: Api, { metrics }: ApiContext): void {
  api.openapi(route, async (c) => c.text(await metrics.text(), 200, { 'Content-Type': metrics.contentType }))
}
