import type { Outlet } from './holder.ts'
import { PatternWriter } from './pattern.ts'

const TICK_MS = 10
const PIECE_BYTES_MAX = 32 * 1024

/** Writes into an outlet, at a steady rate or as fast as it takes it. */
export class Load {
  readonly #outlet: Outlet
  readonly #writer = new PatternWriter()
  readonly #timer: NodeJS.Timeout | undefined
  #hasRoom = true
  #stopped = false

  /** `bytesPerSecond` null: without limit. */
  constructor(outlet: Outlet, bytesPerSecond: number | null) {
    this.#outlet = outlet
    outlet.drained = () => {
      this.#hasRoom = true
      if (bytesPerSecond === null) this.#fill()
    }
    if (bytesPerSecond === null) this.#fill()
    else this.#timer = setInterval(() => this.#tick((bytesPerSecond * TICK_MS) / 1_000), TICK_MS)
  }

  get written(): number {
    return this.#writer.written
  }

  /** Ends the stream, too. */
  stop(): void {
    this.#stopped = true
    clearInterval(this.#timer)
    this.#outlet.end()
  }

  /** What does not fit into the time of an outage is not made up for afterwards. */
  #tick(bytes: number): void {
    for (let left = Math.ceil(bytes); left > 0 && this.#hasRoom; left -= PIECE_BYTES_MAX)
      this.#hasRoom = this.#outlet.write(this.#writer.next(Math.min(left, PIECE_BYTES_MAX)))
  }

  #fill(): void {
    while (this.#hasRoom && !this.#stopped) this.#hasRoom = this.#outlet.write(this.#writer.next(PIECE_BYTES_MAX))
  }
}
