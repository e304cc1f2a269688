// Ctrl-C and its relatives: the first asks the command to stop in order, the second ends the process at once.
import { constants } from 'node:os'

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** The command was ended by a signal. */
export class Interrupted extends Error {
  /** As shells count: 128 and the number of the signal, so 130 after Ctrl-C. */
  readonly exitCode: number
  constructor(signal: NodeJS.Signals) {
    super(`ended by ${signal}`)
    this.exitCode = 128 + constants.signals[signal]
  }
}

/** From now on until it is disposed of, a signal aborts with `Interrupted` as the reason instead of ending the process. */
export class Interruption {
  readonly #controller = new AbortController()
  readonly #listener = (signal: NodeJS.Signals): void => {
    const interrupted = new Interrupted(signal)
    if (this.signal.aborted) endBy(signal)
    this.#controller.abort(interrupted)
  }

  constructor() {
    for (const signal of signals) process.on(signal, this.#listener)
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  [Symbol.dispose](): void {
    for (const signal of signals) process.off(signal, this.#listener)
  }
}

/** Ends this process at once, by the signal itself: `process.exit` waits for threads, and a file system that hangs keeps one for ever. */
export function endBy(signal: NodeJS.Signals): void {
  process.removeAllListeners(signal)
  process.kill(process.pid, signal)
}

/** Never resolves; rejects with the signal's reason when it is aborted. */
export function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason as Error)
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true })
  })
}
