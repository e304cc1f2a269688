// Server-sent events as WHATWG HTML, section 9.2, has them. The browser's own EventSource cannot send a bearer token.

/** One event of the stream. */
export interface ServerSentEvent {
  /** The last id that the stream has given, here or before; what a reader resumes after. Empty if it has given none. */
  readonly id: string
  readonly type: string
  readonly data: string
}

/** A line that is longer than this is none of our daemon's; the stream is given up. */
const LINE_CHARACTERS_MAX = 1_000_000

/** Takes the stream apart as its pieces arrive. A comment, which the daemon sends to show that it lives, makes no event. */
export class ServerSentEventParser {
  readonly #decoder = new TextDecoder()
  #rest = ''
  #id = ''
  #type = ''
  #data: string[] = []

  /** The events that this piece completes. */
  feed(bytes: Uint8Array): ServerSentEvent[] {
    const lines = (this.#rest + this.#decoder.decode(bytes, { stream: true })).split(/\r\n|\n|\r(?!$)/)
    this.#rest = lines.pop() ?? ''
    if (this.#rest.length > LINE_CHARACTERS_MAX) throw new Error('A line of the event stream has no end')
    return lines.flatMap((line) => this.#line(line) ?? [])
  }

  #line(line: string): ServerSentEvent | undefined {
    if (line === '') return this.#dispatch()
    const colon = line.indexOf(':')
    const field = colon < 0 ? line : line.slice(0, colon)
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '')
    if (field === 'data') this.#data.push(value)
    else if (field === 'event') this.#type = value
    else if (field === 'id') this.#id = value
    return undefined
  }

  #dispatch(): ServerSentEvent | undefined {
    const event = { id: this.#id, type: this.#type || 'message', data: this.#data.join('\n') }
    const isEmpty = this.#data.length === 0
    this.#type = ''
    this.#data = []
    return isEmpty ? undefined : event
  }
}
