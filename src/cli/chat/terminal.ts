import { clearScreenDown, createInterface, cursorTo, type Interface, moveCursor } from 'node:readline'
import { width } from '../terminal/text.ts'

export interface ChatTerminalOptions {
  /** A line was typed. */
  readonly line: (text: string) => void
  /** Ctrl-D was typed. */
  readonly ended: () => void
}

/** A terminal on which lines scroll by above the one that is being typed. */
export class ChatTerminal implements Disposable {
  readonly #out = process.stdout
  readonly #readline: Interface
  readonly #resized = (): void => void this.#generation++
  #row = 0
  /** After a change of the terminal's size nobody knows where what stands. */
  #generation = 0
  #closed = false

  constructor({ line, ended }: ChatTerminalOptions) {
    this.#readline = createInterface({ input: process.stdin, output: this.#out, historySize: 200 })
    this.#readline.on('line', (text) => {
      this.#eraseEcho(text)
      line(text)
      this.#prompt()
    })
    // In a terminal of its own the keyboard's Ctrl-C is no signal.
    this.#readline.on('SIGINT', () => process.kill(process.pid, 'SIGINT'))
    this.#readline.on('close', () => {
      this.#toTop(this.#readline.getCursorPos().rows)
      this.#closed = true
      ended()
    })
    this.#out.on('resize', this.#resized)
  }

  get columns(): number {
    return this.#out.columns || 80
  }

  set prompt(text: string) {
    this.#readline.setPrompt(text)
    this.#prompt()
  }

  /** Prints rows, none of them wider than the terminal, above the line that is typed. Answers a function that finds the first of them again. */
  print(rows: readonly string[]): () => number | undefined {
    const first = this.#row
    const generation = this.#generation
    this.#row += rows.length
    const text = rows.map((row) => `${row}\n`).join('')
    if (this.#closed) this.#out.write(text)
    else {
      const typedRows = this.#readline.getCursorPos().rows
      this.#toTop(typedRows)
      // readline goes up by as many rows as it was down before it draws.
      this.#out.write(text + '\n'.repeat(typedRows))
      this.#prompt()
    }
    return () => {
      const up = this.#row - first
      return generation === this.#generation && up + this.#readline.getCursorPos().rows < (this.#out.rows || 24)
        ? up
        : undefined
    }
  }

  /** Writes over what stands `up` rows above the line that is typed; not wider than that. */
  overwrite(up: number, column: number, text: string): void {
    const { rows, cols } = this.#readline.getCursorPos()
    moveCursor(this.#out, 0, -(up + rows))
    cursorTo(this.#out, column)
    this.#out.write(text)
    moveCursor(this.#out, 0, up + rows)
    cursorTo(this.#out, cols)
  }

  [Symbol.dispose](): void {
    this.#out.off('resize', this.#resized)
    if (!this.#closed) this.#readline.close()
  }

  #prompt(): void {
    if (!this.#closed) this.#readline.prompt(true)
  }

  #toTop(rows: number): void {
    if (rows > 0) moveCursor(this.#out, 0, -rows)
    cursorTo(this.#out, 0)
    clearScreenDown(this.#out)
  }

  /** What was typed is printed again as a message, if it is one. */
  #eraseEcho(text: string): void {
    this.#toTop(Math.floor(width(this.#readline.getPrompt() + text) / this.columns) + 1)
  }
}
