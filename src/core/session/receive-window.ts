import { ACKNOWLEDGE_AFTER_MS, type MemoryBudget } from './limits.ts'

/**
 * The receiver's side of a window: what may be sent to it, as an absolute offset. It is raised when half of it has been read, and
 * doubled when that took less than four round trips, so that a reader that keeps up is never the limit. Growth comes from the
 * node's budget and is given back when the window closes.
 */
export class ReceiveWindow {
  readonly #bytesMax: number
  readonly #budget: MemoryBudget
  readonly #firstBytes: number
  #bytes: number
  #limit: number
  #consumed = 0
  #raisedMs: number

  constructor(firstBytes: number, bytesMax: number, budget: MemoryBudget, nowMs: number) {
    this.#firstBytes = firstBytes
    this.#bytes = firstBytes
    this.#limit = firstBytes
    this.#bytesMax = bytesMax
    this.#budget = budget
    this.#raisedMs = nowMs
  }

  /** What the sender has been told, or will be as soon as the pending frame goes out. */
  get limit(): number {
    return this.#limit
  }

  get bytes(): number {
    return this.#bytes
  }

  /** The reader took `bytes`. True if the limit rose and the sender should hear of it. */
  consume(bytes: number, nowMs: number, roundTripMs: number): boolean {
    this.#consumed += bytes
    if (this.#limit - this.#consumed > this.#bytes / 2) return false
    if (nowMs - this.#raisedMs < 4 * roundTripMs + ACKNOWLEDGE_AFTER_MS) this.#grow()
    this.#raisedMs = nowMs
    this.#limit = this.#consumed + this.#bytes
    return true
  }

  /** Gives back what was grown. */
  close(): void {
    this.#budget.give(this.#bytes - this.#firstBytes)
    this.#bytes = this.#firstBytes
  }

  #grow(): void {
    const more = Math.min(this.#bytes, this.#bytesMax - this.#bytes)
    if (more > 0 && this.#budget.take(more)) this.#bytes += more
  }
}
