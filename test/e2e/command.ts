// The command line as a real process, as a test sees it.
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..', '..')
/** What runs it. */
export const program = join(root, 'src', 'cli', 'main.ts')

export interface Exit {
  readonly code: number | null
  readonly stdout: Buffer
  readonly stderr: string
}

/** A process. What it prints is kept; what it waits for comes from `input`. */
export class Process {
  static readonly #running = new Set<Process>()
  readonly #child: ChildProcessWithoutNullStreams
  readonly #out: Buffer[] = []
  readonly #waiting = new Set<() => void>()
  #errors = ''
  /** Resolves when the process has ended and everything that it printed has been read. */
  readonly exit: Promise<Exit>

  constructor(file: string, args: readonly string[]) {
    // No setting of the person who runs the tests plays a part.
    const others = Object.entries(process.env).filter(([name]) => !name.startsWith('HOLDFAST_'))
    const own = { XDG_CONFIG_HOME: '/nowhere', XDG_CACHE_HOME: join(root, 'node_modules', '.cache'), NO_COLOR: '1' }
    const env = { ...Object.fromEntries(others), ...own }
    this.#child = spawn(file, args, { env, stdio: 'pipe' })
    Process.#running.add(this)
    this.#child.stdin.on('error', () => {})
    this.#child.stdout.on('data', (chunk: Buffer) => {
      this.#out.push(chunk)
      this.#look()
    })
    this.#child.stderr.on('data', (chunk: Buffer) => {
      this.#errors += chunk.toString()
      this.#look()
    })
    this.exit = new Promise((resolve) => {
      this.#child.once('close', (code) => {
        Process.#running.delete(this)
        resolve({ code, stdout: this.stdout, stderr: this.stderr })
        this.#look()
      })
    })
  }

  /** Ends what a failed test left behind. */
  static async endAll(): Promise<void> {
    await Promise.all(
      [...Process.#running].map((command) => {
        command.kill('SIGKILL')
        return command.exit
      }),
    )
  }

  get stdout(): Buffer {
    return Buffer.concat(this.#out)
  }

  get stderr(): string {
    return this.#errors
  }

  /** Its standard input. */
  get input(): NodeJS.WritableStream {
    return this.#child.stdin
  }

  /** The process's own stream, to read slowly from or to close. */
  get output(): NodeJS.ReadableStream & { destroy(): void } {
    return this.#child.stdout
  }

  /** Closes standard input and waits for the end. */
  finish(input?: Uint8Array | string): Promise<Exit> {
    if (input === undefined) this.#child.stdin.end()
    else this.#child.stdin.end(input)
    return this.exit
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }

  /** Resolves with the first match in what it has printed on standard error. */
  says(pattern: RegExp): Promise<RegExpExecArray> {
    return this.#until(pattern, () => this.#errors)
  }

  /** Resolves with the first match in what it has printed on standard output. */
  prints(pattern: RegExp): Promise<RegExpExecArray> {
    return this.#until(pattern, () => this.stdout.toString('latin1'))
  }

  #until(pattern: RegExp, text: () => string): Promise<RegExpExecArray> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        const match = pattern.exec(text())
        if (match === null && Process.#running.has(this)) return
        this.#waiting.delete(look)
        if (match !== null) resolve(match)
        else
          reject(
            new Error(
              `It ended without ${String(pattern)}:\n${this.#errors}${this.stdout.toString('latin1').slice(0, 500)}`,
            ),
          )
      }
      this.#waiting.add(look)
      look()
    })
  }

  #look(): void {
    for (const look of this.#waiting) look()
  }
}

/** One run of `holdfast`. */
export class Command extends Process {
  constructor(...args: string[]) {
    super(process.execPath, [program, ...args])
  }
}
