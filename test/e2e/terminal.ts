// The command line on a terminal of its own, by `script` of util-linux.
import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from 'node:child_process'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..', '..')

/** Where there is no `script`, nothing can be seen on a terminal. */
export const hasTerminals = spawnSync('script', ['--version']).status === 0

export interface Size {
  readonly columns: number
  readonly rows: number
}

/** One run of `holdfast` on a terminal. */
export class Terminal {
  readonly #child: ChildProcessWithoutNullStreams
  readonly #waiting = new Set<() => void>()
  #output = ''
  /** Resolves with the exit code. */
  readonly exit: Promise<number | null>

  constructor({ columns, rows }: Size, ...args: string[]) {
    const command = [process.execPath, join(root, 'src', 'cli', 'main.ts'), ...args]
      .map((part) => `'${part}'`)
      .join(' ')
    const env = { ...process.env, TERM: 'xterm', XDG_CACHE_HOME: join(root, 'node_modules', '.cache') }
    const inside = `stty cols ${columns} rows ${rows}; exec ${command}`
    this.#child = spawn('script', ['--quiet', '--return', '--flush', '--command', inside, '/dev/null'], { env })
    // A character may come in two pieces.
    this.#child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      this.#output += chunk
      for (const look of this.#waiting) look()
    })
    this.exit = new Promise((resolve) => this.#child.once('close', (code) => resolve(code)))
  }

  /** All that was written to it. */
  get output(): string {
    return this.#output
  }

  type(text: string): void {
    this.#child.stdin.write(text)
  }

  /** Resolves when this has been written to it. */
  async shows(pattern: RegExp): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const look = (): void => {
      if (pattern.test(this.#output)) resolve()
    }
    this.#waiting.add(look)
    look()
    void this.exit.then(() => reject(new Error(`It ended without ${String(pattern)}:\n${this.#output}`)))
    await promise
    this.#waiting.delete(look)
  }
}
