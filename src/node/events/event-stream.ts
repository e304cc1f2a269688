import type { PeerId } from '../../identity/peer-id.ts'
import { reportEvent } from './diagnostics.ts'
import type { NewNodeEvent, NodeEvent } from './events.ts'

/** Events that wait for a slow consumer; beyond them the oldest are dropped and counted. */
const WAITING_EVENTS_MAX = 1_024

export interface EventStreamOptions {
  /** Whose events they are, for those who subscribe to the reports of all nodes of the process. */
  readonly node: PeerId
  /** Milliseconds since 1970. */
  wallNow(): number
  /** How many events wait for one consumer. Default 1,024. */
  readonly waitingMax?: number
}

/** Where all events of a node come together, and from where they go to whoever asks for them. */
export class EventStream {
  readonly #options: EventStreamOptions
  readonly #consumers = new Set<EventConsumer>()
  readonly #listeners = new Set<(event: NodeEvent) => void>()
  #sequence = 0
  #ended = false

  constructor(options: EventStreamOptions) {
    this.#options = options
  }

  /** How many consumers there are; for tests and diagnosis. */
  get consumers(): number {
    return this.#consumers.size
  }

  emit(event: NewNodeEvent): void {
    if (this.#ended) return
    const numbered: NodeEvent = { ...event, sequence: ++this.#sequence, atMs: this.#options.wallNow() }
    for (const listener of this.#listeners) listener(numbered)
    for (const consumer of this.#consumers) consumer.put(numbered)
    reportEvent(this.#options.node, numbered)
  }

  /** Calls `listener` in the middle of whatever raises an event: it must be quick and must not throw. Returns how to end that. */
  listen(listener: (event: NodeEvent) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /**
   * The events from now on, until the consumer leaves its loop, `signal` is aborted or the node is closed; none of these throws. A consumer that is
   * too slow misses the oldest of what waits, and is told how many by an event `events:missed` in their place.
   */
  subscribe({ signal }: { signal?: AbortSignal | undefined } = {}): AsyncIterableIterator<NodeEvent, undefined> {
    const leave = (): void => {
      this.#consumers.delete(consumer)
      signal?.removeEventListener('abort', aborted)
    }
    const consumer = new EventConsumer(this.#options.waitingMax ?? WAITING_EVENTS_MAX, leave)
    const aborted = (): void => void consumer.return()
    if (this.#ended || signal?.aborted === true) {
      consumer.end()
      return consumer
    }
    this.#consumers.add(consumer)
    signal?.addEventListener('abort', aborted)
    return consumer
  }

  /** The node has ended: consumers get what waits for them, and then the end. */
  end(): void {
    this.#ended = true
    this.#listeners.clear()
    for (const consumer of this.#consumers) consumer.end()
  }
}

type Result = IteratorResult<NodeEvent, undefined>

const DONE: Result = { done: true, value: undefined }

/** The queue of one consumer, and those of its calls that wait for the next event. */
class EventConsumer implements AsyncIterableIterator<NodeEvent, undefined> {
  readonly #waitingMax: number
  readonly #left: () => void
  readonly #events: NodeEvent[] = []
  #calls: ((result: Result) => void)[] = []
  #missed = 0
  #ended = false

  constructor(waitingMax: number, left: () => void) {
    this.#waitingMax = waitingMax
    this.#left = left
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  put(event: NodeEvent): void {
    const call = this.#calls.shift()
    if (call !== undefined) {
      call({ done: false, value: event })
      return
    }
    this.#events.push(event)
    if (this.#events.length <= this.#waitingMax) return
    this.#events.shift()
    this.#missed++
  }

  next(): Promise<Result> {
    const [first] = this.#events
    if (first !== undefined && this.#missed > 0) {
      const value: NodeEvent = {
        type: 'events:missed',
        count: this.#missed,
        sequence: first.sequence - 1,
        atMs: first.atMs,
      }
      this.#missed = 0
      return Promise.resolve({ done: false, value })
    }
    const value = this.#events.shift()
    if (value !== undefined) return Promise.resolve({ done: false, value })
    if (this.#ended) return Promise.resolve(DONE)
    return new Promise((resolve) => this.#calls.push(resolve))
  }

  /** The consumer wants no more. */
  return(): Promise<Result> {
    this.#events.length = 0
    this.#missed = 0
    this.end()
    return Promise.resolve(DONE)
  }

  /** Nothing more comes. */
  end(): void {
    this.#ended = true
    this.#left()
    const calls = this.#calls
    this.#calls = []
    for (const call of calls) call(DONE)
  }
}
