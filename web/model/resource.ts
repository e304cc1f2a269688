import { type ReadonlySignal, signal } from '@preact/signals'
import type { EventView } from '../../src/daemon/contract/event.ts'
import { ProblemError } from '../daemon/errors.ts'

/** Whether an event may have changed what a resource shows. */
export type TouchedBy = (event: EventView) => boolean

/** Something the daemon serves, kept as it was last read. One read at a time, so an old answer never follows a newer one. */
export class Resource<T> {
  readonly touchedBy: TouchedBy
  readonly #read: () => Promise<T>
  readonly #value = signal<T | undefined>(undefined)
  readonly #problem = signal<ProblemError | undefined>(undefined)
  #reading: Promise<void> | undefined
  #isStale = false

  constructor(read: () => Promise<T>, touchedBy: TouchedBy) {
    this.#read = read
    this.touchedBy = touchedBy
  }

  /** What was read last; undefined before the first answer. */
  get value(): ReadonlySignal<T | undefined> {
    return this.#value
  }

  /** Why the daemon refused the last read; undefined if it did not. */
  get problem(): ReadonlySignal<ProblemError | undefined> {
    return this.#problem
  }

  /** Reads it anew, once more if a read is under way. Throws when the daemon cannot be reached, not when it refuses. */
  refresh(): Promise<void> {
    this.#isStale = true
    this.#reading ??= this.#readWhileStale().finally(() => {
      this.#reading = undefined
    })
    return this.#reading
  }

  async #readWhileStale(): Promise<void> {
    while (this.#isStale) {
      this.#isStale = false
      try {
        this.#value.value = await this.#read()
        this.#problem.value = undefined
      } catch (error) {
        if (!(error instanceof ProblemError)) throw error
        this.#problem.value = error
      }
    }
  }
}
