import { createRoute } from '@hono/zod-openapi'
import { DoctorReport, DoctorRequest } from '../../contract/doctor.ts'
import { examine } from '../../doctor/doctor.ts'
import type { Api, ApiContext } from '../context.ts'
import { problems } from '../problem.ts'

const doctor = createRoute({
  method: 'post',
  path: '/api/v1/doctor',
  operationId: 'examine',
  tags: ['doctor'],
  summary: 'Why a peer can, or cannot, be reached',
  description: 'Dials every address that is known, without disturbing a session; takes up to about 20 s.',
  request: { body: { content: { 'application/json': { schema: DoctorRequest } }, required: true } },
  responses: {
    200: { description: 'OK', content: { 'application/json': { schema: DoctorReport } } },
    ...problems(400, 404, 415, 422),
  },
})

export function doctorRoutes(api: Api, { node, dir, keepAlive }: ApiContext): void {
  api.openapi(doctor, async (c) => {
    const { peer } = c.req.valid('json')
    const signal = c.req.raw.signal
    const asked = peer === undefined ? {} : { peer: node.peer(peer) }
    return c.json(await examine({ node, dir, keepAlive, signal, ...asked }), 200)
  })
}
