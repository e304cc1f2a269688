import type { SentFrame } from './send-log.ts'

/** For how long the best sample counts, at least; at most twice as long. */
const WINDOW_MS = 2_000

/** The rate at which a link delivers: the best of the last samples, each taken as BBR does (draft-cheng-iccrg-delivery-rate-estimation). */
export class DeliveryRate {
  #deliveredBytes = 0
  #deliveredMs = 0
  #best = 0
  #bestBefore = 0
  #windowStartMs = 0

  get deliveredBytes(): number {
    return this.#deliveredBytes
  }

  get deliveredMs(): number {
    return this.#deliveredMs
  }

  /** 0 until the first sample. */
  get bytesPerMs(): number {
    return Math.max(this.#best, this.#bestBefore)
  }

  /** Nothing was in flight until now, so the time before counts for no sample. */
  restart(nowMs: number): void {
    this.#deliveredMs = nowMs
  }

  delivered(frame: SentFrame, nowMs: number): void {
    this.#deliveredBytes += frame.bytes.length
    this.#deliveredMs = nowMs
    const intervalMs = nowMs - frame.deliveredMs
    if (frame.repeated || intervalMs <= 0) return
    if (nowMs - this.#windowStartMs > WINDOW_MS) {
      this.#bestBefore = nowMs - this.#windowStartMs > 2 * WINDOW_MS ? 0 : this.#best
      this.#best = 0
      this.#windowStartMs = nowMs
    }
    const sample = (this.#deliveredBytes - frame.deliveredBytes) / intervalMs
    if (sample > this.#best) this.#best = sample
  }
}
