import type { Clock, Timer } from '../../clock.ts'
import { type HeapItem, IndexedHeap } from '../../core/indexed-heap.ts'

/**
 * By how much a deadline, or the timer, may be early: it is left to come in vain then, since to move it at every frame would cost more. Longer than the deadlines of a link in
 * use are apart. One that is early by more is moved, as when a ping of a link at rest was answered: a process with a few such links would else wake up for nothing most of the time.
 */
const EARLY_MS_MAX = 5_000

/** Something with a deadline, told when that has come. */
export class Deadline implements HeapItem<Deadline> {
  place = -1
  /** Infinity: none is set. */
  atMs = Infinity
  readonly #deadlines: Deadlines
  readonly #owner: DeadlineOwner

  constructor(deadlines: Deadlines, owner: DeadlineOwner) {
    this.#deadlines = deadlines
    this.#owner = owner
  }

  /** Infinity for none. */
  set(atMs: number): void {
    if (!isEarlyEnough(this.atMs, atMs)) this.#deadlines.move(this, atMs)
  }

  isBefore(other: Deadline): boolean {
    return this.atMs < other.atMs
  }

  /** For `Deadlines`: it has come, and none is set any more. */
  come(): void {
    this.#owner.deadlineCame()
  }
}

export interface DeadlineOwner {
  /** The deadline has come, or would have if it had been moved. */
  deadlineCame(): void
}

/**
 * The deadlines of all sessions of a node, behind one timer of the system. A timer for each would be made anew at each ping, and takes half a kilobyte
 * with the list that Node makes for its delay.
 */
export class Deadlines {
  readonly #clock: Clock
  readonly #heap = new IndexedHeap<Deadline>()
  #timer: Timer | undefined
  #timerMs = Infinity
  #isTelling = false

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** For `Deadline`. */
  move(deadline: Deadline, atMs: number): void {
    deadline.atMs = atMs
    if (atMs === Infinity) {
      if (deadline.place >= 0) this.#heap.remove(deadline)
    } else if (deadline.place >= 0) this.#heap.moved(deadline)
    else this.#heap.add(deadline)
    this.#arm()
  }

  #arm(): void {
    const firstMs = this.#heap.first?.atMs ?? Infinity
    if (this.#isTelling || isEarlyEnough(this.#timerMs, firstMs)) return
    this.#timer?.cancel()
    this.#timer = undefined
    this.#timerMs = firstMs
    if (firstMs < Infinity)
      this.#timer = this.#clock.after(Math.max(0, firstMs - this.#clock.now()), () => this.#timeHasCome())
  }

  #timeHasCome(): void {
    this.#timer = undefined
    this.#timerMs = Infinity
    this.#isTelling = true
    const nowMs = this.#clock.now()
    try {
      // Each once: one that sets its next deadline for now has its turn after the others'.
      for (let left = this.#heap.size; left > 0; left--) {
        const { first } = this.#heap
        if (first === undefined || first.atMs > nowMs) return
        this.#heap.remove(first)
        first.atMs = Infinity
        first.come()
      }
    } finally {
      // Also when an owner throws: the others are told in the next turn.
      this.#isTelling = false
      this.#arm()
    }
  }
}

/** What is set for `atMs` may stay so, though it is wanted at `wantedMs`. */
function isEarlyEnough(atMs: number, wantedMs: number): boolean {
  return atMs <= wantedMs && wantedMs <= atMs + EARLY_MS_MAX
}
