import { createRoute, z } from '@hono/zod-openapi'
import { PeerParams, peerQuery } from '../../contract/common.ts'
import { PipeEnd, PipeOutcome, PipeParams } from '../../contract/pipe.ts'
import type { PipeCarrier } from '../../pipe/carry.ts'
import { PIPE_UPGRADE } from '../../pipe/upgrade.ts'
import type { Api, ApiContext } from '../context.ts'
import { NotFoundError, UpgradeRequiredError } from '../errors.ts'
import { problems } from '../problem.ts'

const description = `A request with \`Connection: Upgrade\` and \`Upgrade: ${PIPE_UPGRADE}\` is answered with 101 when the stream is there, and with \`Holdfast-Pipe\`, its handle, and \`Holdfast-Peer\`. From then on the connection carries the frames of \`pipe/2\` (SPEC.md, section 19) as they are. The client sends nothing before the answer. A connection that ends before DONE gives the pipe up.`
const switching = { description: 'From here on the connection is the pipe' }

const open = createRoute({
  method: 'get',
  path: '/api/v1/peers/{id}/pipe',
  operationId: 'openPipe',
  tags: ['pipes'],
  summary: 'Open a pipe to a peer, as soon as that can be reached',
  description,
  request: { params: PeerParams },
  responses: { 101: switching, ...problems(404, 409, 426, 503) },
})

const accept = createRoute({
  method: 'get',
  path: '/api/v1/pipe',
  operationId: 'acceptPipe',
  tags: ['pipes'],
  summary: 'Wait for the next pipe that a peer opens',
  description,
  request: {
    query: z.object({ peer: peerQuery('Only from this peer: its full id') }),
  },
  responses: { 101: switching, ...problems(404, 409, 426, 503) },
})

const outcome = createRoute({
  method: 'get',
  path: '/api/v1/pipes/{handle}',
  operationId: 'getPipeOutcome',
  tags: ['pipes'],
  summary: 'How a pipe ended; answers when it has',
  request: { params: PipeParams },
  responses: {
    200: { description: 'OK', content: { 'application/json': { schema: PipeOutcome } } },
    ...problems(404, 422),
  },
})

const end = createRoute({
  method: 'post',
  path: '/api/v1/pipes/{handle}/end',
  operationId: 'endPipe',
  tags: ['pipes'],
  summary: 'Give a pipe up and say why',
  request: { params: PipeParams, body: { required: true, content: { 'application/json': { schema: PipeEnd } } } },
  responses: {
    200: { description: 'How it ended', content: { 'application/json': { schema: PipeOutcome } } },
    ...problems(400, 404, 415, 422),
  },
})

export function pipeRoutes(api: Api, { node, pipes }: ApiContext): void {
  const pipeOf = (handle: string): PipeCarrier => {
    const found = pipes.get(handle)
    if (found === undefined) throw new NotFoundError(`No pipe has the number ${handle}, or it ended long ago`)
    return found
  }
  // Requests that ask to be upgraded never come here.
  api.openapi(open, (c) => {
    node.peer(c.req.valid('param').id)
    throw new UpgradeRequiredError(PIPE_UPGRADE)
  })
  api.openapi(accept, () => {
    throw new UpgradeRequiredError(PIPE_UPGRADE)
  })
  api.openapi(outcome, async (c) => c.json(await pipeOf(c.req.valid('param').handle).outcome, 200))
  api.openapi(end, async (c) => {
    const pipe = pipeOf(c.req.valid('param').handle)
    pipe.giveUp(c.req.valid('json').reason)
    return c.json(await pipe.outcome, 200)
  })
}
