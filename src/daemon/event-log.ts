import { visible } from '../core/visible.ts'
import type { EventView } from './contract/event.ts'

/** Events that are kept to go back to; beyond them the oldest are dropped. */
const EVENTS_MAX = 10_000

/** An event before it has its place. */
export type NewDaemonEvent = Omit<EventView, 'id' | 'atMs'> & {
  /** Default: now. */
  readonly atMs?: number
}

/** Where a reader goes on. */
export interface Resumption {
  /** The place of the last event that it has. */
  readonly after: number
  /** Told to it before anything else, if it missed something. */
  readonly missed: EventView | undefined
}

export interface EventLogOptions {
  /** Digits that no other run on this folder has: the first half of the ids of its events. A time is none, since clocks go back. */
  readonly run: string
  /** Milliseconds since 1970. */
  wallNow(): number
  /** Default 10,000. */
  readonly eventsMax?: number
}

/**
 * What happened to the node, its peers and its services, in order. Each event has a place, counted from 1, and an id that names the run as well: so whoever was cut off
 * goes on after the last one that it has, and learns what is no longer there.
 */
export class EventLog {
  readonly #options: EventLogOptions
  readonly #eventsMax: number
  /** A ring: the event with place n stands at n modulo its size. */
  readonly #events: EventView[] = []
  readonly #listeners = new Set<(event: EventView) => void>()
  #newest = 0

  constructor(options: EventLogOptions) {
    this.#options = options
    this.#eventsMax = options.eventsMax ?? EVENTS_MAX
  }

  /** The place of the newest event; 0 before the first. */
  get newest(): number {
    return this.#newest
  }

  /** The id of the newest event; before the first, one after which it comes. */
  get newestId(): string {
    return this.#idOf(this.#newest)
  }

  append({ type, atMs = this.#options.wallNow(), text, peer, data }: NewDaemonEvent): EventView {
    this.#newest++
    const placed = { id: this.#idOf(this.#newest), type, atMs, text: visible(text), peer, data }
    this.#events[this.#newest % this.#eventsMax] = placed
    for (const listener of this.#listeners) listener(placed)
    return placed
  }

  /** Calls `listener` with each event from now on; it must be quick and must not throw. Returns how to end that. */
  listen(listener: (event: EventView) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** The event with this place; undefined if it is not there any more, or not yet. */
  at(place: number): EventView | undefined {
    return place >= this.#oldest && place <= this.#newest ? this.#events[place % this.#eventsMax] : undefined
  }

  /** Where to go on after the event `id`: one of this run, of an earlier one, or none at all, which means from now on. */
  resume(id: string | undefined): Resumption {
    if (id === undefined) return { after: this.#newest, missed: undefined }
    const place = this.#placeOf(id)
    const after = this.#oldest - 1
    // Of what an earlier run told after that event, nothing is known, not even how much it was.
    if (place === undefined) return { after, missed: this.#missed(after, null) }
    return place < after ? { after, missed: this.#missed(after, after - place) } : { after: place, missed: undefined }
  }

  /** The last `limit` events, of those before `before`, that `matches` holds for; oldest first. */
  page(limit: number, before: string | undefined, matches: (event: EventView) => boolean): EventView[] {
    const events: EventView[] = []
    const end = before === undefined ? this.#newest + 1 : (this.#placeOf(before) ?? 0)
    for (let place = end - 1; place >= this.#oldest && events.length < limit; place--) {
      const event = this.at(place)
      if (event !== undefined && matches(event)) events.push(event)
    }
    return events.reverse()
  }

  get #oldest(): number {
    return Math.max(1, this.#newest - this.#eventsMax + 1)
  }

  #idOf(place: number): string {
    return `${this.#options.run}-${place}`
  }

  /** Undefined for an id that this run has not given, whatever it is. */
  #placeOf(id: string): number | undefined {
    const place = Number(id.slice(id.indexOf('-') + 1))
    const isPlace = Number.isInteger(place) && place >= 0 && place <= this.#newest
    return isPlace && id === this.#idOf(place) ? place : undefined
  }

  #missed(place: number, count: number | null): EventView {
    const text =
      count === null
        ? 'the daemon was started anew; what happened before is not known any more'
        : `${count} event${count === 1 ? '' : 's'} missed, because they were not read in time`
    return {
      id: this.#idOf(place),
      type: 'events:missed',
      atMs: this.#options.wallNow(),
      text,
      peer: null,
      data: { count },
    }
  }
}
