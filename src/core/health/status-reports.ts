import type { Status } from '../frame/frames.ts'
import type { LinkHealth } from './link-health.ts'

const INTERVAL_MS = 10_000
/** Points of the score that are worth telling. */
const SCORE_CHANGE = 5
/** A time is worth telling anew when it changed by a quarter of itself, and by more than what two turns of an event loop make. */
const TIME_CHANGE = 0.25
const TIME_CHANGE_MS = 5
const LOSS_CHANGE = 0.03

/** Decides when the other side is told what is measured here (SPEC.md, section 8). */
export class StatusReports {
  #last: Status | undefined
  #lastMs = -Infinity

  /** Called when a PING or PONG goes out; answers what is to go with it, if anything. */
  take(health: LinkHealth, nowMs: number): Status | undefined {
    if (nowMs - this.#lastMs < INTERVAL_MS) return undefined
    const score = health.score()
    const { roundTripMs, jitterMs, loss } = health
    if (score === undefined || roundTripMs === undefined) return undefined
    if (this.#last !== undefined && !this.#hasChanged(this.#last, roundTripMs, jitterMs, loss, score)) return undefined
    this.#last = { roundTripMs, jitterMs, loss, score }
    this.#lastMs = nowMs
    return this.#last
  }

  #hasChanged(last: Status, roundTripMs: number, jitterMs: number, loss: number, score: number): boolean {
    return (
      Math.abs(score - last.score) >= SCORE_CHANGE ||
      Math.abs(loss - last.loss) >= LOSS_CHANGE ||
      timeChanged(roundTripMs, last.roundTripMs) ||
      timeChanged(jitterMs, last.jitterMs)
    )
  }
}

function timeChanged(nowMs: number, beforeMs: number): boolean {
  return Math.abs(nowMs - beforeMs) > Math.max(TIME_CHANGE_MS, TIME_CHANGE * beforeMs)
}
