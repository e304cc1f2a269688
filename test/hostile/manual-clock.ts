import type { Clock, Timer } from '../../src/clock.ts'

/** A clock that stands still until a test moves it. */
export class ManualClock implements Clock {
  #nowMs = 0
  readonly #timers = new Set<{ readonly at: number; readonly callback: () => void }>()
  readonly #changed: (() => void)[] = []

  now(): number {
    return this.#nowMs
  }

  wallNow(): number {
    return Date.now()
  }

  after(delayMs: number, callback: () => void): Timer {
    const timer = { at: this.#nowMs + delayMs, callback }
    this.#timers.add(timer)
    this.#wake()
    return {
      cancel: () => {
        this.#timers.delete(timer)
        this.#wake()
      },
    }
  }

  advance(byMs: number): void {
    this.#nowMs += byMs
    for (const timer of [...this.#timers].toSorted((a, b) => a.at - b.at)) {
      if (timer.at <= this.#nowMs && this.#timers.delete(timer)) timer.callback()
    }
    this.#wake()
  }

  /** Resolves once this many timers run. The listener has one for each stranger, so that is how many it has seen. */
  async running(count: number): Promise<void> {
    while (this.#timers.size !== count) await new Promise<void>((resolve) => this.#changed.push(resolve))
  }

  #wake(): void {
    for (const resolve of this.#changed.splice(0)) resolve()
  }
}
