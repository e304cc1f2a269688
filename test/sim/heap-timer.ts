import type { Timer } from '../../src/clock.ts'
import type { HeapItem, IndexedHeap } from '../../src/core/indexed-heap.ts'

/** A timer of the virtual clock; its place is -1 when it has fired or was cancelled. */
export class HeapTimer implements Timer, HeapItem<HeapTimer> {
  readonly atMs: number
  /** Timers of one time fire in the order in which they were made. */
  readonly order: number
  place = -1
  readonly #heap: IndexedHeap<HeapTimer>
  readonly #fire: () => void

  constructor(heap: IndexedHeap<HeapTimer>, atMs: number, order: number, fire: () => void) {
    this.#heap = heap
    this.atMs = atMs
    this.order = order
    this.#fire = fire
  }

  fire(): void {
    this.#fire()
  }

  cancel(): void {
    if (this.place >= 0) this.#heap.remove(this)
  }

  isBefore(other: HeapTimer): boolean {
    return this.atMs < other.atMs || (this.atMs === other.atMs && this.order < other.order)
  }
}
