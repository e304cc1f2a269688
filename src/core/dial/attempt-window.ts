import type { DialScheduleOptions } from './schedule-options.ts'

/** Attempts to reach one absent peer in a minute, unless its schedule asks for more. */
export const ATTEMPTS_PER_MINUTE_MAX = 9
const MINUTE_MS = 60_000

/** The attempts of one absence of a peer: when they were begun, and when the next one may be. */
export class AttemptWindow {
  /** The options may change meanwhile. */
  readonly #schedule: DialScheduleOptions
  /** Of the last minute, the oldest first. */
  #beganMs: number[] = []

  constructor(schedule: DialScheduleOptions) {
    this.#schedule = schedule
  }

  began(nowMs: number): void {
    this.#beganMs = this.#beganMs.filter((atMs) => nowMs - atMs < MINUTE_MS)
    this.#beganMs.push(nowMs)
  }

  /** When the next attempt may begin; in the past if that is now. */
  get nextMs(): number {
    const binding = this.#beganMs.at(-attemptsPerMinute(this.#schedule))
    return binding === undefined ? -Infinity : binding + MINUTE_MS
  }
}

/** Whoever asks for shorter waits than the default wants more attempts. */
export function attemptsPerMinute({ firstWaitMs, factor, waitMsMax }: DialScheduleOptions): number {
  let attempts = 0
  for (let atMs = 0, waitMs = firstWaitMs; atMs < MINUTE_MS; attempts++) {
    atMs += waitMs
    waitMs = Math.min(waitMs * factor, waitMsMax)
  }
  return Math.max(ATTEMPTS_PER_MINUTE_MAX, attempts)
}
