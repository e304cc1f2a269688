// A screen of a terminal that is drawn again and again, and leaves no trace.
import type { WriteStream } from 'node:tty'
import { shortened } from './text.ts'

const enter = '\u001b[?1049h\u001b[?25l'
const leave = '\u001b[?25h\u001b[?1049l'
const home = '\u001b[H'
const toEndOfScreen = '\u001b[J'

/** Takes the terminal until it is disposed of, or the process exits. */
export class LiveScreen implements Disposable {
  readonly #terminal: WriteStream
  readonly #restore = (): void => void this.#terminal.write(leave)

  constructor(terminal: WriteStream) {
    this.#terminal = terminal
    terminal.write(enter)
    // A second Ctrl-C ends the process at once.
    process.once('exit', this.#restore)
  }

  get columns(): number {
    return this.#terminal.columns || 80
  }

  /** Lines that do not fit are left out, and the last one says how many. In one write, so that nothing flickers. */
  draw(lines: readonly string[]): void {
    const rows = this.#terminal.rows || 24
    const fitting =
      lines.length <= rows
        ? lines
        : [...lines.slice(0, rows - 1), shortened(`… ${lines.length - rows + 1} more lines`, this.columns)]
    // Erased before and not behind the lines: behind one that fills the terminal, the cursor still stands on its last character.
    this.#terminal.write(home + toEndOfScreen + fitting.join('\r\n'))
  }

  [Symbol.dispose](): void {
    process.off('exit', this.#restore)
    this.#restore()
  }
}
