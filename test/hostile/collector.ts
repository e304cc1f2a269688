import type { FrameHandler } from '../../src/core/frame/decode.ts'
import type { Frame } from '../../src/core/frame/frames.ts'
import type { DataFrame } from './frame-arbitraries.ts'

/** Takes what a decoder tells, with the parts of each DATA frame put together. */
export class Collector implements FrameHandler {
  readonly frames: (Frame | DataFrame)[] = []
  #parts: Uint8Array[] = []
  #bytes = 0
  /** What is wrong with the order of parts. */
  readonly problems: string[] = []
  #expected: number | undefined

  /** Bytes of a DATA frame that is not complete. */
  get openBytes(): number {
    return this.#bytes
  }

  data(sequence: number, stream: number, offset: number, payload: Uint8Array, complete: boolean): void {
    if (payload.length === 0) this.problems.push('an empty part')
    if (this.#expected !== undefined && offset !== this.#expected)
      this.problems.push(`${offset} is not ${this.#expected}`)
    this.#expected = offset + payload.length
    this.#parts.push(Uint8Array.from(payload))
    this.#bytes += payload.length
    if (!complete) return
    const whole = Uint8Array.from(Buffer.concat(this.#parts))
    this.frames.push({ type: 'data', sequence, stream, offset: offset + payload.length - whole.length, payload: whole })
    this.#parts = []
    this.#bytes = 0
    this.#expected = undefined
  }

  frame(frame: Frame): void {
    this.frames.push(frame)
  }
}
