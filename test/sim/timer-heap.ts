import type { Timer } from '../../src/clock.ts'

/** A timer in the heap. `place` is its index there, or -1 when it has fired or was cancelled. */
export class HeapTimer implements Timer {
  readonly atMs: number
  /** Timers of one time fire in the order in which they were made. */
  readonly order: number
  place = -1
  readonly #heap: TimerHeap
  readonly #fire: () => void

  constructor(heap: TimerHeap, atMs: number, order: number, fire: () => void) {
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

/** Timers, the earliest first: a binary heap in which each knows its place, so that cancelling one leaves nothing behind. */
export class TimerHeap {
  readonly #timers: HeapTimer[] = []

  get size(): number {
    return this.#timers.length
  }

  get first(): HeapTimer | undefined {
    return this.#timers[0]
  }

  add(timer: HeapTimer): void {
    this.#timers.push(timer)
    this.#up(timer, this.#timers.length - 1)
  }

  remove(timer: HeapTimer): void {
    const at = timer.place
    const last = this.#timers.pop()!
    timer.place = -1
    if (last === timer) return
    this.#up(last, at)
    this.#down(last, last.place)
  }

  #up(timer: HeapTimer, from: number): void {
    let at = from
    while (at > 0) {
      const above = (at - 1) >> 1
      const parent = this.#timers[above]!
      if (!timer.isBefore(parent)) break
      this.#put(parent, at)
      at = above
    }
    this.#put(timer, at)
  }

  #down(timer: HeapTimer, from: number): void {
    let at = from
    for (;;) {
      let below = 2 * at + 1
      const left = this.#timers[below]
      if (left === undefined) break
      const right = this.#timers[below + 1]
      const child = right?.isBefore(left) === true ? right : left
      if (child === right) below++
      if (!child.isBefore(timer)) break
      this.#put(child, at)
      at = below
    }
    this.#put(timer, at)
  }

  #put(timer: HeapTimer, at: number): void {
    this.#timers[at] = timer
    timer.place = at
  }
}
