import type { HoldfastStream } from '../../src/node/api.ts'
import type { DirectionOracle } from './oracle.ts'
import type { ReaderPlan } from './plan-streams.ts'
import type { NodeClock } from './virtual-clock.ts'

/** Reads one end of a stream at the pace of its plan, and shows the oracle what comes. */
export class Reader {
  readonly #stream: HoldfastStream
  readonly #plan: ReaderPlan
  readonly #oracle: DirectionOracle
  readonly #clock: NodeClock
  readonly #progress: () => void
  #sincePause = 0
  #heldUntilMs = 0
  #stopped = false

  /** `progress` is called after each piece. */
  constructor(
    stream: HoldfastStream,
    plan: ReaderPlan,
    oracle: DirectionOracle,
    clock: NodeClock,
    progress: () => void,
  ) {
    this.#stream = stream
    this.#plan = plan
    this.#oracle = oracle
    this.#clock = clock
    this.#progress = progress
    stream.on('end', () => oracle.gotEnd())
    if (plan.kind === 'slow') this.#readSlowly(plan.bytes, plan.everyMs)
    else stream.on('data', (bytes: Buffer) => this.#got(bytes))
  }

  /** Reads nothing until then. */
  hold(untilMs: number): void {
    this.#heldUntilMs = Math.max(this.#heldUntilMs, untilMs)
    if (this.#plan.kind !== 'slow') this.#pause(untilMs - this.#clock.now())
  }

  stop(): void {
    this.#stopped = true
  }

  #got(bytes: Buffer): void {
    if (this.#stopped) return
    this.#oracle.got(bytes)
    this.#progress()
    if (this.#plan.kind !== 'halting') return
    this.#sincePause += bytes.length
    if (this.#sincePause < this.#plan.everyBytes) return
    this.#sincePause = 0
    this.#pause(this.#plan.pauseMs)
  }

  #pause(forMs: number): void {
    this.#stream.pause()
    this.#clock.after(forMs, () => {
      if (this.#clock.now() >= this.#heldUntilMs && !this.#stream.destroyed) this.#stream.resume()
    })
  }

  #readSlowly(bytes: number, everyMs: number): void {
    let waiting = false
    const read = (): void => {
      waiting = false
      if (this.#stream.destroyed || this.#stopped) return
      const heldMs = this.#heldUntilMs - this.#clock.now()
      if (heldMs > 0) {
        wait(heldMs)
        return
      }
      const piece = this.#stream.read(Math.min(bytes, Math.max(1, this.#stream.readableLength))) as Buffer | null
      if (piece === null) return
      this.#got(piece)
      wait(everyMs)
    }
    const wait = (forMs: number): void => {
      waiting = true
      this.#clock.after(forMs, read)
    }
    // Raised when there is something after there was nothing, and at the end.
    this.#stream.on('readable', () => {
      if (!waiting) read()
    })
  }
}
