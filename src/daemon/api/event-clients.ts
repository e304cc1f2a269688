import type { Clock, Timer } from '../../clock.ts'
import type { EventView } from '../contract/event.ts'
import type { EventLog } from '../event-log.ts'
import { EventsUnreadError } from '../server-sent-events.ts'
import { EventClientsFullError } from './errors.ts'

/** Clients that follow the events at a time. */
const CLIENTS_MAX = 64
/** Events that may wait for a client; one that is further behind is cut off. */
const BEHIND_EVENTS_MAX = 1_000
/** Events that are written at once. */
const CHUNK_EVENTS_MAX = 100
/** After so long without an event a comment says that the daemon is there. */
const HEARTBEAT_MS = 15_000
/** How soon a browser comes again when it was cut off. */
const RETRY_MS = 2_000

export interface EventClientsOptions {
  readonly log: EventLog
  readonly clock: Clock
  /** Default 64. */
  readonly clientsMax?: number
  /** Default 1,000. */
  readonly behindMax?: number
}

export interface Following {
  /** The id of the last event that the client has; undefined: from now on. */
  readonly after: string | undefined
  /** Breaks the connection under it. Left out: there is none, it is in this process. */
  sever?(): void
  /** Which events it wants. */
  matches(event: EventView): boolean
}

/** Those who follow the events. */
export class EventClients {
  readonly #options: EventClientsOptions
  readonly #clients = new Set<EventClient>()

  constructor(options: EventClientsOptions) {
    this.#options = options
  }

  get count(): number {
    return this.#clients.size
  }

  /** The events as a body of `text/event-stream`. Throws `EventClientsFullError` if there are too many clients. */
  follow(following: Following): ReadableStream<Uint8Array> {
    const { clientsMax = CLIENTS_MAX } = this.#options
    if (this.#clients.size >= clientsMax) throw new EventClientsFullError(clientsMax)
    const client = new EventClient(this.#options, following, () => this.#clients.delete(client))
    this.#clients.add(client)
    return new ReadableStream<Uint8Array>(client, { highWaterMark: 1 })
  }

  /** Ends the streams of all, in order. */
  close(): void {
    for (const client of this.#clients) client.end()
  }
}

/** One of them. It has no queue: it reads the log when there is room, and one that is too far behind in it is cut off. */
class EventClient {
  readonly #options: EventClientsOptions
  readonly #following: Following
  readonly #gone: () => void
  readonly #leave: () => void
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined
  #greeting: string
  /** The place of the last event that it has been given, or that is not for it. */
  #place: number
  #heartbeat: Timer | undefined
  /** The client has taken everything, and waits for more. */
  #waiting: (() => void) | undefined
  #ended = false

  constructor(options: EventClientsOptions, following: Following, gone: () => void) {
    this.#options = options
    this.#following = following
    this.#gone = gone
    const { after, missed } = options.log.resume(following.after)
    this.#place = after
    this.#greeting = `retry: ${RETRY_MS}\n\n${missed === undefined ? '' : written(missed)}`
    this.#leave = options.log.listen(() => this.#appended())
  }

  start(controller: ReadableStreamDefaultController<Uint8Array>): void {
    this.#controller = controller
  }

  /** There is room. Resolves when something was written into it, or the stream has ended. */
  async pull(): Promise<void> {
    while (!this.#ended) {
      const text = this.#greeting + this.#next()
      this.#greeting = ''
      if (text !== '') return this.#write(text)
      const heartbeat = await this.#more()
      if (heartbeat && !this.#ended) return this.#write(':\n\n')
    }
  }

  /** The client has gone. */
  cancel(): void {
    this.#stop()
  }

  end(): void {
    if (this.#ended) return
    this.#stop()
    this.#controller?.close()
  }

  #write(text: string): void {
    this.#controller?.enqueue(new TextEncoder().encode(text))
  }

  /** Events that it does not have yet. */
  #next(): string {
    const { log } = this.#options
    let text = ''
    for (let count = 0; count < CHUNK_EVENTS_MAX && this.#place < log.newest; ) {
      const event = log.at(++this.#place)
      if (event === undefined || !this.#following.matches(event)) continue
      text += written(event)
      count++
    }
    return text
  }

  /** Resolves when there are more events, or, with true, after a while without any. */
  #more(): Promise<boolean> {
    return new Promise((resolve) => {
      this.#heartbeat = this.#options.clock.after(HEARTBEAT_MS, () => {
        this.#waiting = undefined
        resolve(true)
      })
      this.#waiting = () => {
        this.#waiting = undefined
        this.#heartbeat?.cancel()
        resolve(false)
      }
    })
  }

  #appended(): void {
    const { log, behindMax = BEHIND_EVENTS_MAX } = this.#options
    if (this.#waiting !== undefined) this.#waiting()
    else if (log.newest - this.#place > behindMax) this.#cutOff()
  }

  #cutOff(): void {
    this.#stop()
    if (this.#following.sever !== undefined) this.#following.sever()
    else this.#controller?.error(new EventsUnreadError())
  }

  #stop(): void {
    this.#ended = true
    this.#leave()
    this.#gone()
    this.#waiting?.()
  }
}

/** An event as the HTML standard has it for server-sent events; JSON has no line breaks of its own. */
function written(event: EventView): string {
  return `id: ${event.id}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`
}
