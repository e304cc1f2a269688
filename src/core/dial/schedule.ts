import { type DialHint, dialHintRules } from './hints.ts'
import type { DialScheduleOptions } from './schedule-options.ts'

/** A wait is not drawn longer than this share of the outage so far, where the schedule leaves the choice. */
const OUTAGE_SHARE = 0.6

/** Where the attempts of an outage stand. */
type Series =
  | { readonly kind: 'fresh'; readonly dueMs: number }
  | { readonly kind: 'waiting'; readonly dueMs: number; readonly attempts: number; readonly sinceMs: number }

/**
 * The waits between attempts, counted from start to start: none, then `firstWaitMs` × factorⁿ, `waitMsMax` at most, ± jitter.
 *
 *            start                     attemptStarted
 *              │                       ┌────────────┐
 *              ▼     attemptStarted    ▼            │     lost: too soon (nothing of use, or less than the first wait):
 *            fresh ───────────────▶ waiting ────────┘       the connection was an attempt that failed: waiting, as it was
 *              ▲                     │    ▲               lost, held for the first wait or of use:
 *              │  restart, a hint    │    │                 waiting, due at once, with one attempt less or more
 *              ├─────────────────────┘    │ lost          lost, stable: fresh, due at once
 *              │  lost, stable            │
 *              └─────────────────── (connected) ◀── connected, from either
 *
 * A connection that held for a part of `stableMs` takes back that part of the attempts, one at least. So a peer that is lost every few seconds is not waited for
 * longer and longer (57 s after thirty outages of 2 s, with one attempt less each), and one whose connections hold for a second only is.
 *
 * Being connected stands beside the series, since further links are dialed meanwhile, and by the same waits. For those counts since when nothing more was
 * wanted: where one of several links is lost, the session may have been connected for days, and that says nothing about how long the lost link held.
 *
 * **How soon after an outage.** The aim is an attempt within max(1.5 s, 0.6 × the outage) after its end, 60 s at most. Waits of 1 s × 1.5ⁿ cannot
 * give that in every moment: even without jitter, an outage that ends just after the attempt at 2.5 s waits 2.25 s for the one at 4.75 s;
 * and with every wait at its shortest, −20 %, 1.8 s instead of 1.5 s are still waited at 2 s. With an even jitter of ± 20 % an early attempt and a
 * long wait after it add up to 0.75 × the outage + 1.2 s, and a wait of 60 s to 72 s. So a wait that was drawn longer than both the even one
 * and 0.6 × the outage so far is mirrored at the longer of these, and one above `waitMsMax` at that: every wait stays within ± jitter and no two
 * peers are more alike for it. What remains, in simulated outages of 0.1 s to 10 min, each decade as frequent (schedule-promise.test.ts):
 *
 * | dials during the outage    | outages that miss the aim | by (p50, p99 of all) | at most |
 * | -------------------------- | ------------------------- | -------------------- | ------- |
 * | fail at once, even jitter  | 5.2 %                     | 0, 1.0 s             | 11.7 s  |
 * | fail at once               | 3.0 %                     | 0, 0.4 s             | 1.0 s   |
 * | vanish, SYN sent again     | none                      |                      |         |
 *
 * Those that miss it last between 1 and 40 s. Most outages swallow packets, and there the kernel repeats the SYN of the attempts that hang (after
 * 1, 3, 7 s), which is why they are not ended early. Where dials fail at once for want of a network, its return is a hint.
 */
export class DialSchedule {
  readonly #options: DialScheduleOptions
  readonly #random: () => number
  #series: Series = { kind: 'fresh', dueMs: -Infinity }
  #connectedMs: number | undefined
  /** Since when there is nobody to dial: there are as many links as are wanted, or none is. */
  #contentMs: number | undefined
  #hintedMs = -Infinity

  constructor(options: DialScheduleOptions, random: () => number) {
    this.#options = options
    this.#random = random
  }

  /** Attempts since the last stable connection. */
  get attempts(): number {
    return this.#series.kind === 'fresh' ? 0 : this.#series.attempts
  }

  /** The earliest time for the next attempt. */
  get nextMs(): number {
    return this.#series.dueMs
  }

  attemptStarted(nowMs: number): void {
    const sinceMs = this.#series.kind === 'fresh' ? nowMs : this.#series.sinceMs
    const dueMs = nowMs + this.#drawWaitMs(nowMs - sinceMs)
    this.#series = { kind: 'waiting', dueMs, attempts: this.attempts + 1, sinceMs }
  }

  connected(nowMs: number): void {
    this.#connectedMs ??= nowMs
  }

  /**
   * All links were lost: the next attempt is due after `graceMs`. A connection that was stable starts the schedule anew, one that held for less does so in part; one that
   * broke sooner than the first wait counts as an attempt that failed, unless it was of use: it carried data before.
   */
  lost(nowMs: number, graceMs: number, wasOfUse = false): void {
    const heldMs = this.#connectedMs === undefined ? 0 : nowMs - this.#connectedMs
    this.#connectedMs = undefined
    this.#contentMs = undefined
    this.#goOn(heldMs, nowMs, graceMs, wasOfUse)
  }

  /** Nobody is to be dialed for now. */
  content(nowMs: number): void {
    this.#contentMs ??= nowMs
  }

  /** Somebody is to be dialed. If nobody was until now, that was as long a connection as it lasted: one of several links is lost or in doubt. */
  wanting(nowMs: number): void {
    if (this.#contentMs === undefined) return
    const heldMs = nowMs - this.#contentMs
    this.#contentMs = undefined
    this.#goOn(heldMs, nowMs, 0, false)
  }

  #goOn(heldMs: number, nowMs: number, graceMs: number, wasOfUse: boolean): void {
    const { firstWaitMs, stableMs } = this.#options
    const earliestMs = nowMs + graceMs
    const attempts = heldMs >= stableMs ? 0 : this.attempts
    const counts = heldMs < firstWaitMs && !wasOfUse
    if (attempts === 0) this.#series = { kind: 'fresh', dueMs: earliestMs }
    else if (counts)
      this.#series = { kind: 'waiting', dueMs: Math.max(this.nextMs, earliestMs), attempts, sinceMs: nowMs }
    else {
      const remaining = Math.floor(attempts * (1 - heldMs / stableMs))
      this.#series = { kind: 'waiting', dueMs: earliestMs, attempts: Math.min(attempts - 1, remaining), sinceMs: nowMs }
    }
  }

  /** No more waiting: the schedule begins anew. */
  restart(nowMs: number): void {
    this.#contentMs = undefined
    this.#series = { kind: 'fresh', dueMs: nowMs }
  }

  /**
   * Something says that the peer may be reached again. The attempt is due after `spreadMs`, or later if the last hint was but a moment ago
   * (hints.ts); never later than it would be without the hint. Whether a wait has become shorter.
   */
  hint(hint: DialHint, nowMs: number, spreadMs: number): boolean {
    const { effect, everyMs } = dialHintRules[hint]
    const before = this.nextMs
    const startMs = Math.max(nowMs, this.#hintedMs + everyMs)
    const dueMs = Math.min(before, startMs + spreadMs)
    const restarts = effect === 'restart' && startMs === nowMs
    if (restarts) this.#series = { kind: 'fresh', dueMs }
    else this.#series = { ...this.#series, dueMs }
    if (restarts || dueMs < before) this.#hintedMs = startMs
    return dueMs < before
  }

  #drawWaitMs(outageMs: number): number {
    const { firstWaitMs, factor, waitMsMax, jitter } = this.#options
    const even = Math.min(firstWaitMs * factor ** this.attempts, waitMsMax)
    const most = Math.min(waitMsMax, Math.max(even, OUTAGE_SHARE * outageMs))
    const drawn = even * (1 + jitter * (2 * this.#random() - 1))
    return drawn > most ? 2 * most - drawn : drawn
  }
}
