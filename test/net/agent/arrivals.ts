import { now } from '../../../demo/clock.ts'
import { pattern } from './pattern.ts'

/** A pause between two arrivals that is worth a word. */
const GAP_MS = 20

/** The bytes that come in on one stream: each is compared with what belongs at its offset, and long silences are reported. */
export class Arrivals {
  readonly #gap: (fromMs: number, toMs: number) => void
  #bytes = 0
  #wrongAt: number | undefined
  #lastMs = now()

  constructor(gap: (fromMs: number, toMs: number) => void) {
    this.#gap = gap
  }

  get bytes(): number {
    return this.#bytes
  }

  /** The first offset at which another byte came than belongs there: one that was lost, doubled or in another's place. */
  get wrongAt(): number | undefined {
    return this.#wrongAt
  }

  take(chunk: Buffer): void {
    const nowMs = now()
    if (nowMs - this.#lastMs >= GAP_MS) this.#gap(this.#lastMs, nowMs)
    this.#lastMs = nowMs
    if (this.#wrongAt === undefined) this.#compare(chunk)
    this.#bytes += chunk.length
  }

  #compare(chunk: Buffer): void {
    const expected = pattern(this.#bytes, chunk.length)
    if (expected.equals(chunk)) return
    this.#wrongAt = this.#bytes + chunk.findIndex((byte, at) => byte !== expected[at])
  }
}
