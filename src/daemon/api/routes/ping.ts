import { createRoute } from '@hono/zod-openapi'
import { UnreachableError } from '../../../index.ts'
import { ping } from '../../../services/ping.ts'
import { PeerParams } from '../../contract/common.ts'
import { PingResult } from '../../contract/peer.ts'
import type { Api, ApiContext } from '../context.ts'
import { problems } from '../problem.ts'

/** A client that waits longer than this for an absent peer asks again. */
const timeoutMs = 30_000

const pingRoute = createRoute({
  method: 'post',
  path: '/api/v1/peers/{id}/ping',
  operationId: 'pingPeer',
  tags: ['peers'],
  summary: 'One round trip through the session',
  description: 'Waits for a peer that is away, up to 30 s; the client may go sooner.',
  request: { params: PeerParams },
  responses: {
    200: { description: 'OK', content: { 'application/json': { schema: PingResult } } },
    ...problems(404, 409, 502),
  },
})

export function pingRoutes(api: Api, { node }: ApiContext): void {
  api.openapi(pingRoute, async (c) => {
    const peer = node.peer(c.req.valid('param').id)
    const limit = AbortSignal.timeout(timeoutMs)
    const answer = await unreachableAfter(
      limit,
      peer.name,
      ping(peer, { signal: AbortSignal.any([c.req.raw.signal, limit]) }),
    )
    const address = peer.links.find(({ active }) => active)?.address ?? null
    return c.json({ ...answer, address, clockAheadMs: answer.clockAheadMs ?? null }, 200)
  })
}

async function unreachableAfter<T>(limit: AbortSignal, name: string, work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    if (limit.aborted) throw new UnreachableError(`${name} did not answer within ${timeoutMs / 1000} s`)
    throw error
  }
}
