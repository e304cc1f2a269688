// A screen of a terminal that is drawn again and again, and leaves no trace.
import type { WriteStream } from 'node:tty'
import { shortened } from './text.ts'

const enter = '\u001b[?1049h\u001b[?25l'
const leave = '\u001b[?25h\u001b[?1049l'
const home = '\u001b[H'
const toEndOfScreen = '\u001b[J'

/** What is needed of a terminal. */
export type ScreenTerminal = Pick<WriteStream, 'write' | 'columns' | 'rows'>

/** Takes the terminal until it is disposed of, or the process exits. */
export class LiveScreen implements Disposable {
  readonly #terminal: ScreenTerminal
  readonly #restore = (): void => this[Symbol.dispose]()
  #isOpen = true

  constructor(terminal: ScreenTerminal) {
    this.#terminal = terminal
    terminal.write(enter)
    // A second Ctrl-C ends the process at once, and so does an error that nobody has caught.
    process.once('exit', this.#restore)
  }

  // Before its first resize a terminal may claim to be 0 × 0.

  get columns(): number {
    return this.#terminal.columns || 80
  }

  get rows(): number {
    return this.#terminal.rows || 24
  }

  /** Lines that do not fit are left out, and the last one says how many. In one write, so that nothing flickers. */
  draw(lines: readonly string[]): void {
    if (!this.#isOpen) return
    const { columns, rows } = this
    const fitting =
      lines.length <= rows
        ? lines
        : [...lines.slice(0, rows - 1), shortened(`… ${lines.length - rows + 1} more lines`, columns)]
    // Erased before and not behind the lines: behind one that fills the terminal, the cursor still stands on its last character.
    this.#terminal.write(home + toEndOfScreen + fitting.join('\r\n'))
  }

  [Symbol.dispose](): void {
    if (!this.#isOpen) return
    this.#isOpen = false
    process.off('exit', this.#restore)
    this.#terminal.write(leave)
  }
}
