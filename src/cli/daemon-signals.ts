// What signals mean to a daemon: stop in order, read the configuration again, or give up at once.
import { closeSync, openSync } from 'node:fs'
import { endBy, Interrupted } from './terminal/interrupt.ts'

const stopping = ['SIGINT', 'SIGTERM'] as const
/** So long a start that is not wanted any more may take to get where it can be ended in order. A file system that does not answer may never do so. */
const startMsMax = 2_000

/** From now on until it is disposed of, signals are the daemon's. */
export class DaemonSignals {
  /** Resolves when somebody wants the daemon to stop. Rejects with `Interrupted` when the terminal that it belongs to is gone. */
  readonly stopped: Promise<void>
  readonly #stop: (outcome: void | Promise<never>) => void
  readonly #hadTerminal: boolean
  #isStopping = false
  #isStarting = true
  #timer: NodeJS.Timeout | undefined
  #reload: (() => void) | undefined

  constructor() {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.stopped = promise
    this.#stop = resolve
    // A failure to be told later is no unhandled one before.
    promise.catch(() => undefined)
    this.#hadTerminal = hasTerminal()
    for (const signal of stopping) process.on(signal, this.#stopWanted)
    process.on('SIGHUP', this.#hangup)
  }

  /** From now on somebody waits for `stopped`. */
  started(): void {
    this.#isStarting = false
    clearTimeout(this.#timer)
  }

  /** What SIGHUP does from now on. */
  onReload(reload: () => void): void {
    this.#reload = reload
  }

  /** A second signal does not wait for what the first one has begun. */
  readonly #stopWanted = (signal: NodeJS.Signals): void => {
    if (this.#isStopping) endBy(signal)
    this.#isStopping = true
    if (this.#isStarting) this.#timer = setTimeout(() => endBy(signal), startMsMax)
    this.#stop()
  }

  /** A terminal that is closed sends the signal that daemons are told to reload by; then there is no terminal any more. */
  readonly #hangup = (): void => {
    if (!this.#hadTerminal || hasTerminal()) return this.#reload?.()
    this.#isStopping = true
    this.#stop(Promise.reject(new Interrupted('SIGHUP')))
  };

  [Symbol.dispose](): void {
    clearTimeout(this.#timer)
    for (const signal of stopping) process.off(signal, this.#stopWanted)
    process.off('SIGHUP', this.#hangup)
  }
}

/** Whether the process belongs to a terminal that is still there. */
function hasTerminal(): boolean {
  try {
    closeSync(openSync('/dev/tty', 'r'))
    return true
  } catch {
    return false
  }
}
