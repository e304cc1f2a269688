import type { Clock, Timer } from '../../src/clock.ts'
import { IndexedHeap } from '../../src/core/indexed-heap.ts'
import { HeapTimer } from './heap-timer.ts'

/** Real timers take no longer delay: they would fire at once. */
const DELAY_MS_MAX = 2_147_483_647
/** So often may timers of no delay set others of no delay before it is taken for a loop without end. */
const TURNS_MAX = 10_000
const EPOCH_MS = 1_767_225_600_000
/** Taken before anything guards it: it is called for every moment. */
const nextTurn = setImmediate

/**
 * Time that passes only in `run`, which jumps from timer to timer. All timers fall on whole milliseconds. Those of one moment fire
 * together; then all promises and ticks settle before time goes on: one turn of Node's event loop does that, since what comes of a turn's
 * callbacks is worked off before the next.
 */
export class VirtualClock implements Clock {
  readonly #heap = new IndexedHeap<HeapTimer>()
  #nowMs = 0
  #order = 0
  /** Called after every moment, when everything that comes of it has settled. */
  settled: () => void = () => undefined

  now(): number {
    return this.#nowMs
  }

  wallNow(): number {
    return EPOCH_MS + this.#nowMs
  }

  get pendingTimers(): number {
    return this.#heap.size
  }

  after(delayMs: number, callback: () => void): HeapTimer {
    if (!(delayMs <= DELAY_MS_MAX)) throw new RangeError(`No timer takes a delay of ${delayMs} ms`)
    const atMs = Math.max(this.#nowMs, Math.ceil(this.#nowMs + delayMs))
    const timer = new HeapTimer(this.#heap, atMs, ++this.#order, callback)
    this.#heap.add(timer)
    return timer
  }

  /** A clock for one node, that can be stopped and set. */
  view(): NodeClock {
    return new NodeClock(this)
  }

  /** Lets time pass until `untilMs`, or until `done` says so; it is asked after every moment. Rejects with what a timer throws. */
  async run(untilMs: number, done: () => boolean = () => false): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    let turns = 0
    const step = (): void => {
      try {
        const before = this.#nowMs
        this.settled()
        if (done()) return resolve()
        if ((this.#heap.first?.atMs ?? Infinity) > untilMs) {
          this.#nowMs = Math.max(this.#nowMs, untilMs)
          return resolve()
        }
        this.#turn()
        turns = before === this.#nowMs ? turns + 1 : 0
        if (turns > TURNS_MAX) throw new Error(`At ${this.#nowMs} ms timers set each other without end`)
      } catch (error) {
        return reject(error)
      }
      nextTurn(step)
    }
    nextTurn(step)
    return promise
  }

  /** Everything that is due at the next moment, but not what is set meanwhile. */
  #turn(): void {
    const last = this.#order
    this.#nowMs = this.#heap.first!.atMs
    for (let timer = this.#heap.first; timer !== undefined; timer = this.#heap.first) {
      if (timer.atMs > this.#nowMs || timer.order > last) return
      this.#heap.remove(timer)
      timer.fire()
    }
  }
}

/** The clock of one process: its timers wait while it is stopped, and its wall clock can be set. */
export class NodeClock implements Clock {
  readonly #clock: VirtualClock
  readonly #timers = new Set<NodeTimer>()
  beforeStop: () => void = () => undefined
  #state: 'running' | 'paused' | 'stopped' = 'running'
  #wallOffsetMs = 0
  #resumedMs = 0
  #wasRead = false
  /** Timers that came due during a pause. */
  #held: NodeTimer[] = []

  constructor(clock: VirtualClock) {
    this.#clock = clock
  }

  now(): number {
    this.#wasRead = true
    return this.#clock.now()
  }

  wallNow(): number {
    this.#wasRead = true
    return this.#clock.wallNow() + this.#wallOffsetMs
  }

  /** When the process was last continued; 0 if it never was stopped. */
  get resumedMs(): number {
    return this.#resumedMs
  }

  /** Whether anybody has looked at this clock since this was asked last: nothing happens in a node without that. */
  takeWasRead(): boolean {
    const wasRead = this.#wasRead
    this.#wasRead = false
    return wasRead
  }

  /** How many timers have neither fired nor been cancelled. */
  get pendingTimers(): number {
    return this.#timers.size
  }

  after(delayMs: number, callback: () => void): Timer {
    const timer = new NodeTimer(this.#timers, callback)
    if (this.#state === 'stopped') return timer
    this.#timers.add(timer)
    timer.base = this.#clock.after(delayMs, () => {
      if (this.#state === 'paused') this.#held.push(timer)
      else timer.fire()
    })
    return timer
  }

  /** Somebody sets the machine's clock. */
  jumpWall(byMs: number): void {
    this.#wallOffsetMs += byMs
  }

  pause(): void {
    if (this.#state !== 'running') return
    this.beforeStop()
    this.#state = 'paused'
  }

  /** What came due meanwhile fires at once, in order, as in a process that is continued. */
  resume(): void {
    if (this.#state !== 'paused') return
    this.#state = 'running'
    this.#resumedMs = this.#clock.now()
    const held = this.#held
    this.#held = []
    for (const timer of held) timer.base = this.#clock.after(0, () => timer.fire())
  }

  /** The process is gone: no timer of it fires ever again. */
  stop(): void {
    this.#state = 'stopped'
    this.#held = []
    for (const timer of this.#timers) timer.cancel()
  }
}

class NodeTimer implements Timer {
  base: HeapTimer | undefined
  readonly #timers: Set<NodeTimer>
  readonly #callback: () => void

  constructor(timers: Set<NodeTimer>, callback: () => void) {
    this.#timers = timers
    this.#callback = callback
  }

  /** Not after `cancel`, though its moment came during a pause. */
  fire(): void {
    if (this.#timers.delete(this)) this.#callback()
  }

  cancel(): void {
    this.#timers.delete(this)
    this.base?.cancel()
  }
}
