import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { FromChild, ToChild } from './messages.ts'
import type { Role } from './schedule.ts'

/** How long a child may take to close its node before it is killed. */
const STOP_MS_MAX = 3_000
/** So much of what a child prints is kept, to show it if the child dies. */
const OUTPUT_KEPT = 4_096

export interface ChildEvents {
  message(message: FromChild): void
  /** It ended without having been asked to. */
  died(reason: string): void
}

/** One of the two processes that run a node, as its parent sees it. */
export class Child {
  readonly role: Role
  readonly #process
  readonly #ended: Promise<void>
  #output = ''
  #frozen = false
  #stopping = false

  constructor(role: Role, events: ChildEvents) {
    this.role = role
    const program = fileURLToPath(new URL(`./${role}.ts`, import.meta.url))
    // What it prints must not end up in the middle of the live view.
    this.#process = fork(program, { stdio: ['ignore', 'pipe', 'pipe', 'ipc'] })
    for (const output of [this.#process.stdout, this.#process.stderr]) {
      output?.on('data', (text) => {
        this.#output = (this.#output + String(text)).slice(-OUTPUT_KEPT)
      })
    }
    this.#process.on('message', (message) => events.message(message as FromChild))
    this.#ended = new Promise((resolve) => {
      this.#process.on('error', (error) => {
        events.died(`the ${role} could not be started or reached: ${error.message}`)
        if (this.#process.pid === undefined) resolve()
      })
      this.#process.once('close', (code, signal) => {
        if (!this.#stopping) {
          events.died(`the ${role} ended unexpectedly (${signal ?? `exit code ${code}`})${this.#said()}`)
        }
        resolve()
      })
    })
  }

  /** What it printed, for an error message. */
  #said(): string {
    return this.#output === '' ? '' : `; it printed:\n${this.#output.trimEnd()}`
  }

  send(message: ToChild): void {
    // The callback keeps a channel that is just closing from raising an error; `died` tells of it.
    if (this.#process.connected) this.#process.send(message, () => {})
  }

  /** Stops the process in its tracks, as if its machine had hung. */
  freeze(): void {
    this.#frozen = true
    this.#process.kill('SIGSTOP')
  }

  thaw(): void {
    this.#frozen = false
    this.#process.kill('SIGCONT')
  }

  /** Lets it close its node and exit, or kills it if that takes too long. */
  async stop(): Promise<void> {
    this.#stopping = true
    if (this.#frozen) this.thaw()
    this.send({ type: 'stop' })
    const timer = setTimeout(() => this.kill(), STOP_MS_MAX)
    await this.#ended
    clearTimeout(timer)
  }

  kill(): void {
    this.#stopping = true
    this.#process.kill('SIGKILL')
  }
}
