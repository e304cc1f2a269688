import type { Clock, Timer } from '../clock.ts'
import { DialSchedule, defaultDialSchedule } from '../core/dial/schedule.ts'

/** One attempt ends after this long, hello and answer included. */
export const DIAL_TIMEOUT_MS = 10_000

export interface DialerHost {
  /** There is somebody to dial, and a reason to. Asked before every attempt. */
  readonly wantsDial: boolean
  /** Makes one attempt at all addresses; resolves when a link is attached. */
  attempt(signal: AbortSignal): Promise<void>
  /** An attempt begins. */
  started(attempt: number): void
  /** The attempt with this number came to nothing. */
  failed(error: unknown, attempt: number): void
}

/**
 * Makes attempts to reach one peer, as long as its host wants them. They are counted from start to start: one that hangs neither delays
 * the next nor is ended by it.
 */
export class Dialer {
  readonly #clock: Clock
  readonly #host: DialerHost
  readonly #schedule: DialSchedule
  readonly #running = new Set<AbortController>()
  #timer: Timer | undefined
  #stopped = false

  constructor(clock: Clock, random: () => number, host: DialerHost) {
    this.#clock = clock
    this.#host = host
    this.#schedule = new DialSchedule(defaultDialSchedule, random)
  }

  /** When the next attempt is due, on the clock. */
  get nextMs(): number {
    return this.#schedule.nextMs
  }

  /** A link was attached. Attempts that are under way may have been answered by the other side, so they go on. */
  connected(): void {
    this.#schedule.connected(this.#clock.now())
    if (this.#host.wantsDial) this.soon()
    else this.#cancelTimer()
  }

  /** All links are lost: dial, at once or after the grace in which the peer may come. */
  lost(graceMs: number, wasOfUse = false): void {
    this.#schedule.lost(this.#clock.now(), graceMs, wasOfUse)
    this.#arm()
  }

  /** Somebody waits for the peer: no grace any more, if nothing was tried yet. */
  hurry(): void {
    if (this.#schedule.attempts === 0 && this.#running.size === 0) this.now()
  }

  /** Dial now, whatever the schedule says: the network seems to be back, or a link is suspect. */
  now(): void {
    this.#schedule.restart(this.#clock.now())
    this.#arm()
  }

  /** Dial when the schedule allows, unless that is planned already. */
  soon(): void {
    if (this.#timer === undefined) this.#arm()
  }

  /** Nothing is wanted for a while. */
  pause(): void {
    this.#cancelTimer()
    this.#abortAll()
  }

  /** Ends all attempts, for good. */
  stop(): void {
    this.#stopped = true
    this.#cancelTimer()
    this.#abortAll()
  }

  #arm(): void {
    this.#cancelTimer()
    if (this.#stopped || !this.#host.wantsDial) return
    this.#timer = this.#clock.after(Math.max(0, this.#schedule.nextMs - this.#clock.now()), () => this.#due())
  }

  #due(): void {
    this.#timer = undefined
    if (this.#stopped || !this.#host.wantsDial) return
    if (this.#clock.now() >= this.#schedule.nextMs) void this.#attempt()
    this.#arm()
  }

  async #attempt(): Promise<void> {
    this.#schedule.attemptStarted(this.#clock.now())
    const controller = new AbortController()
    const timeout = this.#clock.after(DIAL_TIMEOUT_MS, () => controller.abort(new Error('No answer within 10 s')))
    this.#running.add(controller)
    const attempt = this.#schedule.attempts
    this.#host.started(attempt)
    try {
      await this.#host.attempt(controller.signal)
      this.#running.delete(controller)
      // All of these were dialed from here, so none of them is the one that the other side counts on.
      this.#abortAll()
    } catch (error) {
      // What was ended from here did not fail.
      if (this.#running.delete(controller)) this.#host.failed(error, attempt)
    } finally {
      timeout.cancel()
    }
  }

  #abortAll(): void {
    for (const controller of this.#running) controller.abort(new Error('The attempt is not needed any more'))
    this.#running.clear()
  }

  #cancelTimer(): void {
    this.#timer?.cancel()
    this.#timer = undefined
  }
}
