import { monitorEventLoopDelay } from 'node:perf_hooks'

/** How much later than they should callbacks came since the last answer, in seconds. */
export interface Lag {
  readonly meanS: number
  readonly p99S: number
  readonly maxS: number
}

const RESOLUTION_MS = 20

/** Measures how late the event loop is, from the first time that it is asked for: a timer of Node's own looks at it every 20 ms. */
export class EventLoopLag {
  readonly #histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS })

  /** Reads, and begins anew. */
  read(): Lag {
    const histogram = this.#histogram
    const lag = { meanS: lateS(histogram.mean), p99S: lateS(histogram.percentile(99)), maxS: lateS(histogram.max) }
    histogram.reset()
    histogram.enable()
    return lag
  }

  stop(): void {
    this.#histogram.disable()
  }
}

/** What was measured is from one look to the next; 0 before there was any. */
function lateS(nanoseconds: number): number {
  return Number.isFinite(nanoseconds) ? Math.max(0, nanoseconds / 1e9 - RESOLUTION_MS / 1e3) : 0
}
