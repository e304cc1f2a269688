import type { WriteStream } from 'node:tty'
import { LiveScreen } from '../src/cli/terminal/live-screen.ts'
import type { Board } from './board.ts'
import { screen } from './screen.ts'
import type { View } from './view.ts'

const NOTES_KEPT = 8

/** The live view on a terminal, redrawn in place. */
export class TerminalView implements View {
  readonly #board: Board
  readonly #screen: LiveScreen
  readonly #colour: boolean
  readonly #notes: string[] = []

  constructor(board: Board, terminal: WriteStream, colour: boolean) {
    this.#board = board
    this.#screen = new LiveScreen(terminal)
    this.#colour = colour
  }

  note(text: string): void {
    this.#notes.push(text)
    if (this.#notes.length > NOTES_KEPT) this.#notes.shift()
  }

  draw(nowMs: number): void {
    this.#screen.draw(screen(this.#board, this.#notes, nowMs, this.#screen, this.#colour))
  }

  close(): void {
    this.#screen[Symbol.dispose]()
  }
}
