// Server-sent events as they arrive (the HTML standard, section 9.2.6), as far as the API's own stream uses them.

import { HoldfastError } from '../core/errors.ts'

/** The events were not read in time, and this stream of them has ended; another one goes on where it was. */
export class EventsUnreadError extends HoldfastError {
  readonly code = 'events-unread'
  constructor() {
    super('The client did not read the events in time; follow them again from the last one')
  }
}

/** One event, as it came. */
export interface ServerSentEvent {
  /** The id that is in force: of this event, or the last one that gave any. */
  readonly id: string
  /** `message` if it names none. */
  readonly type: string
  readonly data: string
}

/** Longer lines are no events of ours, and are not collected without end. */
const lineCharsMax = 1_048_576

/** The events of a body, until it ends; one that is cut off in the middle is not reported. Throws what reading the body throws. */
export async function* serverSentEvents(body: ReadableStream<Uint8Array>): AsyncGenerator<ServerSentEvent, undefined> {
  let id = ''
  let type = 'message'
  let data: string[] = []
  for await (const line of linesOf(body)) {
    if (line === '') {
      if (data.length > 0) yield { id, type, data: data.join('\n') }
      type = 'message'
      data = []
      continue
    }
    const [field, value] = fieldOf(line)
    if (field === 'data') data.push(value)
    else if (field === 'event') type = value
    else if (field === 'id' && !value.includes('\0')) id = value
  }
}

/** A comment has no name, and no name means anything here. */
function fieldOf(line: string): readonly [name: string, value: string] {
  const colon = line.indexOf(':')
  if (colon === -1) return [line, '']
  const value = line.slice(colon + 1)
  return [line.slice(0, colon), value.startsWith(' ') ? value.slice(1) : value]
}

async function* linesOf(body: ReadableStream<Uint8Array>): AsyncGenerator<string, undefined> {
  let rest = ''
  const decoder = new TextDecoder()
  for await (const bytes of body) {
    rest += decoder.decode(bytes, { stream: true })
    // A CR at the very end may be the first half of a CRLF.
    const lines = rest.split(/\r\n|\n|\r(?!$)/)
    rest = lines.pop() ?? ''
    if (rest.length > lineCharsMax) throw new RangeError('A line of the stream of events has no end')
    yield* lines
  }
}
