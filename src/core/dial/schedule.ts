/** When a peer is dialed again. Times in milliseconds. */
export interface DialScheduleOptions {
  /** The first wait; each further one is `factor` times as long. Default 1 s. */
  readonly firstWaitMs: number
  /** Default 1.5, nine attempts in the first minute. */
  readonly factor: number
  /** Default 60 s. */
  readonly waitMsMax: number
  /** Each wait is drawn anew from 1 − jitter to 1 + jitter. Default 0.2. */
  readonly jitter: number
  /** A connection that held this long starts the schedule anew. Default 10 s. */
  readonly stableMs: number
}

export const defaultDialSchedule: DialScheduleOptions = {
  firstWaitMs: 1_000,
  factor: 1.5,
  waitMsMax: 60_000,
  jitter: 0.2,
  stableMs: 10_000,
}

/** The waits between attempts, counted from start to start: none, then 1 s × factorⁿ, 60 s at most. */
export class DialSchedule {
  readonly #options: DialScheduleOptions
  readonly #random: () => number
  #attempts = 0
  #nextMs = -Infinity
  #connectedMs: number | undefined

  constructor(options: DialScheduleOptions, random: () => number) {
    this.#options = options
    this.#random = random
  }

  /** Attempts since the last stable connection. */
  get attempts(): number {
    return this.#attempts
  }

  /** The earliest time for the next attempt. */
  get nextMs(): number {
    return this.#nextMs
  }

  attemptStarted(nowMs: number): void {
    const { firstWaitMs, factor, waitMsMax, jitter } = this.#options
    const wait = Math.min(firstWaitMs * factor ** this.#attempts, waitMsMax)
    this.#attempts++
    this.#nextMs = nowMs + wait * (1 + jitter * (2 * this.#random() - 1))
  }

  connected(nowMs: number): void {
    this.#connectedMs ??= nowMs
  }

  /**
   * All links were lost: the next attempt is due after `graceMs`. A connection that was stable starts the schedule anew; one that broke
   * sooner than the first wait counts as an attempt that failed, unless it was of use: it carried data before.
   */
  lost(nowMs: number, graceMs: number, wasOfUse = false): void {
    const { firstWaitMs, stableMs } = this.#options
    const heldMs = this.#connectedMs === undefined ? 0 : nowMs - this.#connectedMs
    this.#connectedMs = undefined
    if (heldMs >= stableMs) this.#attempts = 0
    if (heldMs >= firstWaitMs || wasOfUse || this.#attempts === 0) {
      this.#attempts = Math.max(0, this.#attempts - 1)
      this.#nextMs = nowMs
    }
    this.#nextMs = Math.max(this.#nextMs, nowMs + graceMs)
  }

  /** Something says that the network is back: no more waiting. */
  restart(nowMs: number): void {
    this.#attempts = 0
    this.#nextMs = nowMs
  }
}
