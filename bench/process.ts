import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { pin } from './pin.ts'
import type { RoleName } from './roles.ts'
import { type Answer, Endpoint } from './rpc.ts'

const CHILD = fileURLToPath(new URL('./child.ts', import.meta.url))
const WORKER = fileURLToPath(new URL('./worker.ts', import.meta.url))

/** The processes that one run has started, so that none is left behind. */
export class Children {
  readonly #running = new Set<Child>()

  /** Starts child.ts with these arguments. */
  start(parameters: string[], answer: Answer): Child {
    return this.#start(CHILD, parameters, answer)
  }

  /** Starts worker.ts in a role; the sides are put on different cores. */
  startWorker(role: RoleName, side: 'server' | 'client'): Child {
    return this.#start(WORKER, [role, side], () => {
      throw new Error('a worker has nothing to ask')
    })
  }

  #start(file: string, parameters: string[], answer: Answer): Child {
    const child = new Child(file, parameters, answer, () => this.#running.delete(child))
    this.#running.add(child)
    return child
  }

  endAll(): void {
    for (const child of this.#running) child.end()
  }
}

/** A child process that answers calls. */
export class Child {
  readonly #process: ChildProcess
  readonly #endpoint: Endpoint
  readonly #name: string
  #ended: Error | undefined

  constructor(file: string, parameters: string[], answer: Answer, ended: () => void) {
    this.#name = parameters.join(' ')
    // Its output goes to standard error: the last line of standard output is the result.
    this.#process = fork(file, parameters, { execArgv: ['--expose-gc'], stdio: ['ignore', 2, 2, 'ipc'] })
    pin(this.#process.pid, parameters[1])
    this.#endpoint = new Endpoint(this.#process, answer)
    this.#process.on('error', (error) => this.#fail(error))
    this.#process.on('exit', (code, signal) => {
      this.#fail(new Error(`the process "${this.#name}" ended with ${signal ?? `exit code ${code}`}`))
      ended()
    })
  }

  /** Fails if the answer takes longer than `limitMs`, or the process ends before. */
  async call(method: string, parameters: unknown[], limitMs: number): Promise<unknown> {
    if (this.#ended !== undefined) throw this.#ended
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(
        () => reject(new Error(`"${method}" of "${this.#name}" took longer than ${limitMs / 1_000} s`)),
        limitMs,
      )
    })
    try {
      return await Promise.race([this.#endpoint.call(method, parameters), late])
    } finally {
      clearTimeout(timer)
    }
  }

  end(): void {
    this.#process.kill('SIGKILL')
  }

  #fail(error: Error): void {
    this.#ended ??= error
    this.#endpoint.fail(this.#ended)
  }
}
