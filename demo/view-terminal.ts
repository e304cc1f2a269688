import type { Board } from './board.ts'
import { screen } from './screen.ts'
import type { View } from './view.ts'

const NOTES_KEPT = 8

const ENTER = '\x1b[?1049h\x1b[?25l' // The alternate screen, without cursor: what was there before comes back at the end.
const LEAVE = '\x1b[?25h\x1b[?1049l'
const HOME = '\x1b[H'
const CLEAR_TO_LINE_END = '\x1b[K'
const CLEAR_BELOW = '\x1b[J'

/** The live view on a terminal, redrawn in place. */
export class TerminalView implements View {
  readonly #board: Board
  readonly #terminal: NodeJS.WriteStream
  readonly #colour: boolean
  readonly #notes: string[] = []
  readonly #restore = (): void => this.close()
  #open = true

  constructor(board: Board, terminal: NodeJS.WriteStream, colour: boolean) {
    this.#board = board
    this.#terminal = terminal
    this.#colour = colour
    terminal.write(ENTER)
    // Whatever ends the process, an error that nobody caught included.
    process.once('exit', this.#restore)
  }

  note(text: string): void {
    this.#notes.push(text)
    if (this.#notes.length > NOTES_KEPT) this.#notes.shift()
  }

  draw(nowMs: number): void {
    if (!this.#open) return
    const { columns, rows } = this.#terminal
    // Before its first resize a terminal may claim to be 0 × 0.
    const size = { columns: columns || 80, rows: rows || 24 }
    const lines = screen(this.#board, this.#notes, nowMs, size, this.#colour)
    this.#terminal.write(HOME + lines.map((line) => line + CLEAR_TO_LINE_END).join('\r\n') + CLEAR_BELOW)
  }

  close(): void {
    if (!this.#open) return
    this.#open = false
    process.off('exit', this.#restore)
    this.#terminal.write(LEAVE)
  }
}
