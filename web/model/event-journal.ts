import { type ReadonlySignal, signal } from '@preact/signals'
import type { EventView, LogPage } from '../../src/daemon/contract/event.ts'

const EVENTS_MAX = 2_000

/** The daemon's log as far as this page has it, newest first: what came over the stream, and the pages before it that a person asked for. */
export class EventJournal {
  readonly #events = signal<readonly EventView[]>([])
  #before: string | null = null

  get events(): ReadonlySignal<readonly EventView[]> {
    return this.#events
  }

  /** The event before which there is more at the daemon; null if there is nothing. */
  get before(): string | null {
    return this.#events.value.length < EVENTS_MAX ? this.#before : null
  }

  /** Begins anew with the newest page. */
  begin({ events, before }: LogPage): void {
    this.#events.value = events.toReversed()
    this.#before = before
  }

  /** A page before what is there. */
  older({ events, before }: LogPage): void {
    this.#events.value = [...this.#events.value, ...events.toReversed()].slice(0, EVENTS_MAX)
    this.#before = before
  }

  /** What has just happened. */
  add(event: EventView): void {
    const events = this.#events.value
    if (events.some(({ id }) => id === event.id)) return
    this.#events.value = [event, ...events].slice(0, EVENTS_MAX)
  }
}
