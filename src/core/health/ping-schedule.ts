import { type KeepAlive, pingIntervalMs, type ResolvedKeepAlive, resolveKeepAlive, sendsPings } from './keep-alive.ts'
import type { LinkHealth } from './link-health.ts'

/**
 * By how much an interval is drawn shorter or longer, as a share of it: longer by whoever pinged last, shorter by the other side. So the two take turns, and both have figures of their own at
 * the price of one ping an interval.
 */
const JITTER = 0.2
/** In mode `fixed` three failed checks must fit into three intervals. */
const FIXED_JITTER = 0.1
/**
 * The pings of the other side postpone one's own until so many intervals after one's own last, less a drawn share: also where the other side does not take turns, or pings more often, the figures
 * of this side are never older than two intervals.
 */
const POSTPONED_INTERVALS_MAX = 1.9

export interface PingScheduleOptions {
  /** Its score sets the pace. */
  readonly health: LinkHealth
  readonly keepAlive: KeepAlive
  /** From 0 to below 1. */
  readonly random: () => number
  /** Between pings of a busy link. */
  readonly busyPingMs: number
}

/**
 * When one link is pinged next, as long as it is not suspect: every second while it is busy, that is, while frames are unacknowledged on it; by its keep-alive mode
 * when it rests.
 */
export class PingSchedule {
  readonly #health: LinkHealth
  readonly #random: () => number
  readonly #busyPingMs: number
  #keepAlive: ResolvedKeepAlive
  #nextMs: number
  /** What `#nextMs` was drawn from. */
  #intervalMs = 0
  #sentMs: number
  /** A ping is due in every mode: frames came since the last, or the other side asks as if it heard nothing. */
  #isOwed = false

  /** Throws `RangeError` if `keepAlive` is out of its range. */
  constructor(nowMs: number, options: PingScheduleOptions) {
    this.#health = options.health
    this.#keepAlive = resolveKeepAlive(options.keepAlive)
    this.#random = options.random
    this.#busyPingMs = options.busyPingMs
    this.#nextMs = nowMs
    this.#sentMs = nowMs
  }

  get keepAlive(): ResolvedKeepAlive {
    return this.#keepAlive
  }

  get isOwed(): boolean {
    return this.#isOwed
  }

  /**
   * When the next ping is due. In mode `tcp` one that was due when the last frame was acknowledged waits for the next frame. One that is owed is sent all the same: the
   * acknowledgement of the last frame that came may be on its way, and as long as bytes are, the kernel's keep-alive rests.
   */
  dueMs(isBusy: boolean): number {
    if (!sendsPings(this.#keepAlive)) return Infinity
    return this.#keepAlive.mode === 'tcp' && !isBusy && !this.#isOwed ? Infinity : this.#nextMs
  }

  /** Throws `RangeError`, and changes nothing, if an option is out of its range. */
  setKeepAlive(keepAlive: KeepAlive, nowMs: number, isBusy: boolean): void {
    this.#keepAlive = resolveKeepAlive(keepAlive)
    // The ping that measures a new link again stays due.
    const owedMs = this.#isOwed ? this.#nextMs : Infinity
    this.#draw(nowMs, isBusy, 1)
    if (owedMs !== Infinity) this.owe(owedMs)
  }

  /** A ping is being sent, or is about to be. */
  sent(nowMs: number, isBusy: boolean): void {
    this.#isOwed = false
    this.#sentMs = nowMs
    this.#draw(nowMs, isBusy, 1)
  }

  /** The link has become busy. */
  hurry(nowMs: number): void {
    this.#nextMs = Math.min(this.#nextMs, nowMs + this.#busyPingMs)
  }

  /** A ping is due at `atMs` at the latest, in every mode. */
  owe(atMs: number): void {
    this.#isOwed = true
    this.#nextMs = Math.min(this.#nextMs, atMs)
  }

  /** The first ping of the link was answered. It may have waited for the end of the handshake, so another one follows soon. */
  measureAgain(nowMs: number): void {
    this.owe(nowMs + this.#busyPingMs)
  }

  /** The other side pinged a link that rests: both know that it lives. */
  postpone(nowMs: number): void {
    this.#draw(nowMs, false, -1)
    const intervals = POSTPONED_INTERVALS_MAX - FIXED_JITTER * this.#random()
    this.#nextMs = Math.min(this.#nextMs, this.#sentMs + intervals * this.#intervalMs)
  }

  /** The score of a link that rests may have changed: one that became worse is pinged sooner. */
  scoreChanged(nowMs: number): void {
    if (pingIntervalMs(this.#keepAlive, this.#health.score(false)) < this.#intervalMs && !this.#isOwed)
      this.#draw(nowMs, false, 1)
  }

  #draw(nowMs: number, isBusy: boolean, sign: 1 | -1): void {
    this.#intervalMs = isBusy ? this.#busyPingMs : pingIntervalMs(this.#keepAlive, this.#health.score(false))
    const share = this.#keepAlive.mode === 'fixed' ? FIXED_JITTER : JITTER
    const jitter = isBusy ? 0 : sign * share * this.#random()
    this.#nextMs = nowMs + this.#intervalMs * (1 + jitter)
  }
}
