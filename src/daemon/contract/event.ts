import { z } from '@hono/zod-openapi'
import { limitQuery, momentMs, orNull, PeerRef, peerQuery } from './common.ts'

/** An id of an event: which run of the daemon, by a number drawn at random, and its place there. */
const eventId = z
  .string()
  .regex(/^\d{1,16}-\d{1,16}$/, 'An id of an event has the form 203471190265-42')
  .openapi({
    description: 'Of an event; names its place among all of one run; no other run gives it again',
    example: '203471190265-42',
  })

/** Something that happened to the node, one of its peers or a service (docs/events.md). */
export const EventView = z
  .object({
    id: eventId,
    type: z.string().openapi({ example: 'peer:disconnected' }),
    atMs: momentMs,
    text: z.string().openapi({ description: 'The event in one sentence for people, without a full stop' }),
    peer: orNull(PeerRef).openapi({ description: 'Whom it is about, as it was called then' }),
    data: z.record(z.string(), z.unknown()).openapi({ description: 'What else the type has to tell (docs/events.md)' }),
  })
  .openapi('Event')
export type EventView = z.infer<typeof EventView>

/** Where to go on in the stream of events. */
export const EventsQuery = z.object({
  after: eventId.optional().openapi({ param: { name: 'after', in: 'query' }, description: 'As `Last-Event-ID`' }),
  peer: peerQuery('Only events about this peer: its full id'),
})

export const EventsHeaders = z.object({
  'last-event-id': eventId.optional().openapi({ description: 'The last event that was received' }),
})

export const LogQuery = z.object({
  peer: peerQuery('Only events about this peer: its full id'),
  limit: limitQuery('How many events at most'),
  before: eventId
    .optional()
    .openapi({ param: { name: 'before', in: 'query' }, description: 'Only those before this event' }),
})

/** A page of the log, oldest first. */
export const LogPage = z
  .object({
    events: z.array(EventView),
    before: eventId.nullable().openapi({ description: 'Ask with this for the page before; `null`: there is none' }),
    newest: eventId.openapi({
      description:
        'Follow the events after this one to miss nothing: the newest of all, whether or not it is on the page',
    }),
  })
  .openapi('LogPage')
export type LogPage = z.infer<typeof LogPage>
