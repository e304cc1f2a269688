// Programs that the benchmark runs and ends again.
import { type ChildProcess, type SpawnOptions, spawn, spawnSync } from 'node:child_process'
import { join } from 'node:path'

const ROOT = join(import.meta.dirname, '..', '..')
/** As it is installed. From source, each start would take the types off first. */
const MAIN = join(ROOT, 'dist', 'cli', 'main.js')
const OUTPUT_TIMEOUT_MS = 60_000

/** Builds what `holdfast` runs. Throws with what the build prints if it fails. */
export function buildHoldfast(): void {
  const { status, stdout, stderr } = spawnSync('npm', ['run', 'build'], { cwd: ROOT, encoding: 'utf8' })
  if (status !== 0) throw new Error(`npm run build failed: ${stdout}${stderr}`)
}

/** A running program; what it writes to standard error is kept, for the message if it fails. */
export class Program implements Disposable {
  readonly process: ChildProcess
  /** Resolves with the exit code. */
  readonly exit: Promise<number | null>
  readonly #name: string
  #errors = ''

  constructor(file: string, parameters: readonly string[], options: SpawnOptions) {
    this.#name = `${file} ${parameters[0] ?? ''}`
    this.process = spawn(file, parameters, options)
    this.process.stderr?.on('data', (chunk: Buffer) => {
      this.#errors += chunk.toString()
    })
    this.exit = new Promise((resolve) => {
      this.process.once('error', () => resolve(null))
      this.process.once('close', resolve)
    })
  }

  /** Resolves with the first match in what it writes. Rejects when it ends before, or takes too long. */
  async writes(to: 'stdout' | 'stderr', pattern: RegExp): Promise<RegExpExecArray> {
    const { promise, resolve, reject } = Promise.withResolvers<RegExpExecArray>()
    let text = ''
    this.process[to]?.on('data', (chunk: Buffer) => {
      text += chunk.toString()
      const match = pattern.exec(text)
      if (match !== null) resolve(match)
    })
    const late = setTimeout(() => reject(new Error(`${this.#name} does not start`)), OUTPUT_TIMEOUT_MS)
    void this.exit.then(() => reject(new Error(`${this.#name} ended: ${this.#errors}`)))
    try {
      return await promise
    } finally {
      clearTimeout(late)
    }
  }

  /** Throws unless it ends with exit code 0. */
  async succeeds(): Promise<void> {
    const code = await this.exit
    if (code !== 0) throw new Error(`${this.#name} ended with exit code ${code}: ${this.#errors}`)
  }

  [Symbol.dispose](): void {
    this.process.kill('SIGKILL')
  }
}

/** One run of `holdfast`, as it is installed. */
export function holdfast(parameters: readonly string[], options: SpawnOptions = {}): Program {
  return new Program(process.execPath, [MAIN, ...parameters], { stdio: ['ignore', 'pipe', 'pipe'], ...options })
}
