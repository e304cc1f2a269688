import { createRoute, z } from '@hono/zod-openapi'
import type { EventView } from '../../contract/event.ts'
import { EventsHeaders, EventsQuery, LogPage, LogQuery } from '../../contract/event.ts'
import type { Api, ApiContext } from '../context.ts'
import { problems } from '../problem.ts'

const stream = createRoute({
  method: 'get',
  path: '/api/v1/events',
  operationId: 'followEvents',
  tags: ['events'],
  summary: 'What happens, as server-sent events',
  description:
    'Each event has an `id`; a client that was cut off asks with `Last-Event-ID`, or `after`, and gets what it missed. What is not kept any more is told by an event `events:missed`.',
  request: { query: EventsQuery, headers: EventsHeaders },
  responses: {
    200: {
      description: 'Events without end; `data` of each is an `Event`',
      content: { 'text/event-stream': { schema: z.string() } },
    },
    ...problems(422, 503),
  },
})

const log = createRoute({
  method: 'get',
  path: '/api/v1/log',
  operationId: 'getLog',
  tags: ['events'],
  summary: 'What has happened since the daemon was started, as far as it is kept',
  request: { query: LogQuery },
  responses: { 200: { description: 'OK', content: { 'application/json': { schema: LogPage } } }, ...problems(422) },
})

export function eventRoutes(api: Api, { events, eventClients }: ApiContext): void {
  api.openapi(stream, (c) => {
    const { after, peer } = c.req.valid('query')
    const { 'last-event-id': lastEventId } = c.req.valid('header')
    const { outgoing } = c.env ?? {}
    const body = eventClients.follow({
      after: lastEventId ?? after,
      matches: isAbout(peer),
      ...(outgoing && { sever: () => outgoing.destroy() }),
    })
    return c.body(body, 200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' })
  })
  api.openapi(log, (c) => {
    const { peer, limit, before } = c.req.valid('query')
    const page = events.page(limit, before, isAbout(peer))
    const earlier = page.length === limit ? (page[0]?.id ?? null) : null
    return c.json({ events: page, before: earlier, newest: events.newestId }, 200)
  })
}

function isAbout(peer: string | undefined): (event: EventView) => boolean {
  return (event) => peer === undefined || event.peer?.id === peer
}
