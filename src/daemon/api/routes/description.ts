import { createRoute, z } from '@hono/zod-openapi'
import { version } from '../../version.ts'
import type { Api } from '../context.ts'
import { problems } from '../problem.ts'

const description = createRoute({
  method: 'get',
  path: '/api/v1/openapi.json',
  operationId: 'getDescription',
  tags: ['node'],
  summary: 'This description of the API, as OpenAPI 3.1 has it',
  responses: {
    200: { description: 'OK', content: { 'application/json': { schema: z.looseObject({ openapi: z.string() }) } } },
    ...problems(),
  },
})

/** The description of all routes that are there when it is asked for first; it is made of the schemas that validate. */
export function descriptionRoutes(api: Api): void {
  let document: { readonly openapi: string } | undefined
  api.openAPIRegistry.registerComponent('securitySchemes', 'token', { type: 'http', scheme: 'bearer' })
  api.openapi(description, (c) => {
    document ??= api.getOpenAPI31Document({
      openapi: '3.1.0',
      info: {
        title: 'Holdfast',
        version: version(),
        description: 'The API of a running Holdfast daemon. Errors are problem details (RFC 9457).',
      },
      security: [{ token: [] }],
    })
    return c.json(document, 200)
  })
}
