// Server-sent events (the HTML standard, section 9.2) of the API's own stream.
import { createParser, type EventSourceMessage } from 'eventsource-parser'
import { HoldfastError } from '../core/errors.ts'

/** The events were not read in time, and this stream of them has ended; another one goes on where it was. */
export class EventsUnreadError extends HoldfastError {
  readonly code = 'events-unread'
  constructor() {
    super('The client did not read the events in time; follow them again from the last one')
  }
}

export interface ServerSentEvent {
  /** The id that is in force: of this event, or the last one that gave any. */
  readonly id: string
  /** `message` if the event names none. */
  readonly type: string
  readonly data: string
}

/** Longer events are not the daemon's, and are not collected without end. */
const eventCharsMax = 1_048_576

/** Yields the events of a body until it ends. Does not yield an event that is cut off in the middle. Throws what reading the body throws. */
export async function* serverSentEvents(body: ReadableStream<Uint8Array>): AsyncGenerator<ServerSentEvent, undefined> {
  const decoder = new TextDecoder()
  let events: EventSourceMessage[] = []
  const parser = createParser({ maxBufferSize: eventCharsMax, onEvent: (event) => events.push(event) })
  let id = ''
  for await (const bytes of body) {
    parser.feed(decoder.decode(bytes, { stream: true }))
    const whole = events
    events = []
    for (const event of whole) {
      id = event.id ?? id
      yield { id, type: event.event ?? 'message', data: event.data }
    }
  }
}
