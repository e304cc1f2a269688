import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { Commands } from '../agent/commands.ts'
import type { AgentEvent, Call, FromAgent, Reply } from '../agent/messages.ts'

const program = join(import.meta.dirname, '..', 'agent', 'main.ts')
/** So much of what an agent prints is kept, to show it if it dies. */
const OUTPUT_KEPT = 4_096

type Names = { [K in keyof Commands]: Commands[K] extends (...args: never) => unknown ? K : never }[keyof Commands]
type Result<K extends Names> = Promise<Awaited<ReturnType<Commands[K]>>>

/** A process under test, as its scenario sees it: it does what it is asked, and everything that happened to it is kept. */
export class Agent {
  readonly name: string
  readonly events: AgentEvent[] = []
  readonly started: Promise<unknown>
  readonly #process: ChildProcess
  readonly #exited: Promise<unknown>
  readonly #calls = new Map<number, (reply: Reply) => void>()
  readonly #waiting = new Set<() => void>()
  #callCount = 0
  #output = ''
  #death: Error | undefined

  constructor(name: string, [command, ...args]: [string, ...string[]]) {
    this.name = name
    this.#process = spawn(command, [...args, program], { stdio: ['ignore', 'pipe', 'pipe', 'ipc'] })
    for (const output of [this.#process.stdout, this.#process.stderr])
      output?.on('data', (text) => (this.#output = (this.#output + String(text)).slice(-OUTPUT_KEPT)))
    this.#process.on('message', (message) => this.#received(message as FromAgent))
    this.started = once(this.#process, 'spawn')
    this.#exited = once(this.#process, 'close').then(([code, signal]) =>
      this.#died(`The process of ${name} has ended (${signal ?? `exit code ${code}`}) ${this.#output}`.trimEnd()),
    )
  }

  /** Gives a command and answers its result. */
  ask<K extends Names>(name: K, ...args: Parameters<Commands[K]>): Result<K> {
    const call: Call = { call: ++this.#callCount, name, args }
    return new Promise((resolve, reject) => {
      if (this.#death !== undefined) {
        reject(this.#death)
        return
      }
      this.#calls.set(call.call, (reply) => {
        if ('error' in reply) reject(new Error(`${this.name}, asked for ${name}: ${reply.error}`))
        else resolve(reply.value as Awaited<Result<K>>)
      })
      this.#process.send(call, () => undefined)
    })
  }

  /** The first event since `sinceMs` that `found` accepts, whether it has happened or not; fails after `timeoutMs`. */
  async event<E extends AgentEvent>(
    what: string,
    found: (event: AgentEvent) => event is E,
    { sinceMs, timeoutMs }: { sinceMs: number; timeoutMs: number },
  ): Promise<E> {
    const look = (): E | undefined => this.since(sinceMs).find(found)
    const timeout = AbortSignal.timeout(Math.ceil(timeoutMs))
    for (let event = look(); ; event = look()) {
      if (event !== undefined) return event
      if (timeout.aborted) throw new Error(`${this.name}: no ${what} within ${timeoutMs / 1_000} s`)
      await this.#changed(timeout)
    }
  }

  since(sinceMs: number): AgentEvent[] {
    return this.events.filter(({ atMs }) => atMs >= sinceMs)
  }

  stop(): void {
    this.#process.kill('SIGSTOP')
  }

  continue(): void {
    this.#process.kill('SIGCONT')
  }

  /** Ends the process as if its machine had lost power, and resolves when it is gone. */
  async kill(): Promise<void> {
    this.#process.kill('SIGKILL')
    await this.#exited
  }

  #received(message: FromAgent): void {
    if ('event' in message) {
      this.events.push(message.event)
      this.#look()
      return
    }
    this.#calls.get(message.call)?.(message)
    this.#calls.delete(message.call)
  }

  #changed(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        signal.removeEventListener('abort', done)
        this.#waiting.delete(done)
        resolve()
      }
      signal.addEventListener('abort', done)
      this.#waiting.add(done)
    })
  }

  #look(): void {
    for (const look of this.#waiting) look()
  }

  #died(message: string): void {
    this.#death = new Error(message)
    for (const [call, settle] of this.#calls) settle({ call, error: message })
    this.#calls.clear()
  }
}
