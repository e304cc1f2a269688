import type { DialScheduleOptions } from './schedule-options.ts'

/** Connections begun to one absent peer in a minute, to all its addresses together, unless its schedule asks for more attempts than that. */
export const CONNECTIONS_PER_MINUTE_MAX = 9
/**
 * When the nth connection of a minute may begin, counted from the first. A peer with one address is dialed as its schedule says, since that is never faster. A peer with
 * several is dialed at three of them at first, which leaves six: they are spread so that no wait is longer than the absence so far, or 2 s.
 */
const EARLIEST_MS = [0, 0, 0, 1_000, 3_000, 6_000, 12_000, 22_000, 38_000] as const
const MINUTE_MS = 60_000

/** The connections of one absence of a peer: when they were begun, and how many may be now. */
export class ConnectionWindow {
  readonly #most: number
  /** Of the last minute, the oldest first. */
  #beganMs: number[] = []

  constructor(schedule: DialScheduleOptions) {
    this.#most = Math.max(CONNECTIONS_PER_MINUTE_MAX, attemptsPerMinute(schedule))
  }

  began(nowMs: number): void {
    this.#forgetBefore(nowMs)
    this.#beganMs.push(nowMs)
  }

  /** When the next connection may begin; in the past if that is now. */
  get nextMs(): number {
    const count = this.#beganMs.length
    // So many of them must be more than a minute ago.
    const gone = Math.max(0, count - this.#most + 1)
    const [firstMs = -Infinity] = this.#beganMs.slice(gone)
    const goneMs = this.#beganMs[gone - 1] ?? -Infinity
    return Math.max(goneMs + MINUTE_MS, firstMs + this.#earliestMs(count - gone))
  }

  /** How many connections may begin now, beside each other. */
  room(nowMs: number): number {
    this.#forgetBefore(nowMs)
    const sinceMs = nowMs - (this.#beganMs[0] ?? nowMs)
    let room = 0
    while (this.#beganMs.length + room < this.#most && this.#earliestMs(this.#beganMs.length + room) <= sinceMs) room++
    return room
  }

  #earliestMs(count: number): number {
    return this.#most > CONNECTIONS_PER_MINUTE_MAX ? 0 : (EARLIEST_MS[count] ?? MINUTE_MS)
  }

  #forgetBefore(nowMs: number): void {
    this.#beganMs = this.#beganMs.filter((atMs) => nowMs - atMs < MINUTE_MS)
  }
}

/** A schedule with shorter waits than the default makes more attempts. */
export function attemptsPerMinute({ firstWaitMs, factor, waitMsMax }: DialScheduleOptions): number {
  let attempts = 0
  for (let atMs = 0, waitMs = firstWaitMs; atMs < MINUTE_MS; attempts++) {
    atMs += waitMs
    waitMs = Math.min(waitMs * factor, waitMsMax)
  }
  return attempts
}
