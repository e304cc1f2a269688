import type { Clock, Timer } from '../../src/clock.ts'

/** What a process shows of when it ran. */
interface Process extends Clock {
  /** When it was last continued after a stop; 0 if it never was. */
  readonly resumedMs: number
  /** Called when it is about to be stopped. */
  beforeStop: () => void
}

/**
 * The base of one stall-tolerant clock. Its tick does nothing that others see before they look at the clock, so it needs no moment of its own:
 * the ticks that have come due are made up for at the next look, each at the time at which it would have fired. A tick that came
 * due while the process was stopped fires when it is continued. Every other timer is the process's own.
 */
export class LazyTicks implements Clock {
  readonly #process: Process
  #tick: { readonly dueMs: number; readonly fire: () => void } | undefined
  /** A stall-tolerant clock sets its first tick when it is made, and each further one when a tick fires. */
  #ticking = true
  /** The time at which a tick fires that is made up for. */
  #tickMs: number | undefined

  constructor(process: Process) {
    this.#process = process
    process.beforeStop = () => void this.now()
  }

  now(): number {
    if (this.#tickMs !== undefined) return this.#tickMs
    const nowMs = this.#process.now()
    if (this.#tick !== undefined && this.#tick.dueMs <= nowMs) this.#catchUp(nowMs)
    return nowMs
  }

  /** Of a tick that is made up for, the wall's time at that tick: else every quiet while would look like a sleep. */
  wallNow(): number {
    const wallMs = this.#process.wallNow()
    return this.#tickMs === undefined ? wallMs : wallMs - (this.#process.now() - this.#tickMs)
  }

  after(delayMs: number, callback: () => void): Timer {
    // Without a delay nothing ticks: listeners are told of a stall, before the next tick is set.
    if (!this.#ticking || delayMs === 0) return this.#process.after(delayMs, callback)
    this.#ticking = false
    const tick = { dueMs: this.now() + delayMs, fire: callback }
    this.#tick = tick
    return {
      cancel: () => {
        if (this.#tick === tick) this.#tick = undefined
      },
    }
  }

  #catchUp(nowMs: number): void {
    for (let tick = this.#tick; tick !== undefined && tick.dueMs <= nowMs; tick = this.#tick) {
      this.#tick = undefined
      this.#tickMs = Math.max(tick.dueMs, this.#process.resumedMs)
      this.#ticking = true
      tick.fire()
    }
    this.#tickMs = undefined
  }
}
