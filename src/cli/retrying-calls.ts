// Calls to a daemon that may be restarted in the meantime. What reads and what writes waits for it alike.
import { setTimeout as sleep } from 'node:timers/promises'
import { HoldfastError } from '../core/errors.ts'
import { withSignal } from '../node/timing/with-signal.ts'
import type { Control } from './control.ts'

/** The wait before a call is made again: the first, and the longest after each has been twice as long as the one before. */
export const retryMsMin = 100
const retryMsMax = 1_000
/** A daemon that was stopped (SIGSTOP) takes calls and answers none. */
const answerTimeoutMs = 30_000

/** Codes of errors after which the same call may succeed, and what to say of each; undefined for what needs no word. */
const passing: ReadonlyMap<string, string | undefined> = new Map([
  ['daemon-unreachable', 'The daemon has ended; waiting until it is back'],
  ['answer-lost', 'The daemon has ended; waiting until it is back'],
  ['node-closed', 'The daemon has ended; waiting until it is back'],
  ['store-closed', 'The daemon has ended; waiting until it is back'],
  ['too-many-requests', undefined],
  ['events-unread', undefined],
])

/** Whether the same call may succeed later, without anybody doing something else than to start the daemon again or to make room on its disk. */
export function mayPass(error: unknown): error is Error {
  if (error instanceof AnswerTimeoutError) return true
  return error instanceof HoldfastError && (passing.has(error.code) || isBusy(error))
}

/** Why a call is made again, for people. Undefined where it takes but a moment. */
function whyAgain(error: Error): string | undefined {
  if (error instanceof AnswerTimeoutError) return 'The daemon does not answer; waiting until it does'
  if (!(error instanceof HoldfastError)) return undefined
  return isBusy(error) ? `${error.message}. Trying again until it works` : passing.get(error.code)
}

/** Its disk is full, or as many clients follow its events as may. */
function isBusy({ code }: HoldfastError): boolean {
  return code === 'store-failed' || code === 'event-clients-full'
}

class AnswerTimeoutError extends Error {}

export interface RetryingCallsOptions {
  readonly control: Control
  readonly signal: AbortSignal
  /** The daemon cannot do what it is asked for; says why, once until `back`. */
  readonly gone: (why: string) => void
  readonly back?: () => void
}

/** Makes calls again until the daemon answers them, and tells once when it is gone and once when it is back. */
export class RetryingCalls {
  readonly #options: RetryingCallsOptions
  #isGone = false

  constructor(options: RetryingCallsOptions) {
    this.#options = options
  }

  get control(): Control {
    return this.#options.control
  }

  get signal(): AbortSignal {
    return this.#options.signal
  }

  /**
   * What the call answers. `call` may be made several times, also after an attempt that was done and whose answer was lost. Throws what
   * no other attempt would change, and the reason of the signal.
   */
  async answer<T>(call: (signal: AbortSignal) => Promise<T>, signal = this.#options.signal): Promise<T> {
    for (let delayMs = retryMsMin; ; delayMs = Math.min(2 * delayMs, retryMsMax)) {
      try {
        const attempt = (until: AbortSignal): Promise<T> => withSignal(call(until), until)
        const answer = await within(answerTimeoutMs, signal, attempt, () => new AnswerTimeoutError())
        this.answered()
        return answer
      } catch (error) {
        signal.throwIfAborted()
        if (!mayPass(error)) throw error
        this.failed(error)
      }
      await pause(delayMs, signal)
    }
  }

  /** An attempt has failed that is made again. */
  failed(error: Error): void {
    const why = whyAgain(error)
    if (this.#isGone || why === undefined) return
    this.#isGone = true
    this.#options.gone(why)
  }

  /** The daemon has answered. */
  answered(): void {
    if (!this.#isGone) return
    this.#isGone = false
    this.#options.back?.()
  }
}

/** Resolves after a time; throws the reason of the signal. */
export async function pause(delayMs: number, signal: AbortSignal): Promise<void> {
  await sleep(delayMs, undefined, { signal }).catch(() => undefined)
  signal.throwIfAborted()
}

/** Does the work with a signal that is aborted after `timeoutMs` (default: never) as well, and throws the error of `late` then. */
export async function within<T>(
  timeoutMs: number | undefined,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
  late: () => Promise<Error> | Error,
): Promise<T> {
  signal.throwIfAborted()
  if (timeoutMs === undefined) return work(signal)
  const over = new AbortController()
  const timer = setTimeout(() => over.abort(new Error('The time is over')), timeoutMs)
  try {
    return await work(AbortSignal.any([signal, over.signal]))
  } catch (error) {
    if (signal.aborted || !over.signal.aborted) throw error
    throw await late()
  } finally {
    clearTimeout(timer)
  }
}
