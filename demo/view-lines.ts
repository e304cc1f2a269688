import { bytes } from '../src/format/figures.ts'
import type { Board } from './board.ts'
import { now } from './clock.ts'
import { scoreText, stateText } from './told.ts'
import type { View } from './view.ts'

const PROGRESS_EVERY_MS = 1_000

/** One line for each event and one a second for the progress, for logs and pipes. */
export class LinesView implements View {
  readonly #board: Board
  readonly #output: NodeJS.WritableStream
  #progressAtMs = 0

  constructor(board: Board, output: NodeJS.WritableStream) {
    this.#board = board
    this.#output = output
  }

  note(text: string): void {
    this.#line(now(), text)
  }

  draw(nowMs: number): void {
    if (this.#board.startedAtMs === undefined || nowMs - this.#progressAtMs < PROGRESS_EVERY_MS) return
    this.#progressAtMs = nowMs
    const { peer } = this.#board
    const health = peer === undefined ? '' : `   ${stateText(peer.state, Date.now())}, score ${scoreText(peer.health)}`
    this.#line(nowMs, `out ${this.#progress('out')}   back ${this.#progress('back')}${health}`)
  }

  close(): void {}

  #progress(direction: 'out' | 'back'): string {
    const { tracks, size } = this.#board
    const share = Math.floor((tracks[direction].bytes / size) * 100)
    return `${bytes(tracks[direction].bytes)} (${share} %) at ${bytes(this.#board.rate(direction))}/s`
  }

  #line(nowMs: number, text: string): void {
    const seconds = (this.#board.elapsedMs(nowMs) / 1_000).toFixed(2)
    this.#output.write(`${seconds.padStart(7)} s  ${text}\n`)
  }
}
