import type { Clock, Timer } from '../../clock.ts'
import { UnreachableError } from '../errors.ts'

/** How long one candidate is given before the next is tried beside it (RFC 8305, section 5). */
const STAGGER_MS = 250

/**
 * What came of one candidate: it won; it failed; it had its time, but another won (`overtaken`); or the race was called off while it ran (`aborted`,
 * with the signal's reason). One that had just begun when another won says nothing, and is not reported.
 */
export type RaceOutcome = 'reached' | 'failed' | 'overtaken' | 'aborted'

export type RaceObserver<T> = (candidate: T, outcome: RaceOutcome, error: unknown) => void

/**
 * Tries `candidates` in turn, each a little after the one before or as soon as one has failed, until one succeeds; then the others are
 * aborted. One that hangs so delays none of the rest. Rejects with the errors when all have failed, with `UnreachableError` when there is no candidate, or
 * with the signal's reason.
 */
export function race<T>(
  candidates: readonly T[],
  attempt: (candidate: T, signal: AbortSignal) => Promise<void>,
  signal: AbortSignal,
  clock: Clock,
  observe: RaceObserver<T> = () => undefined,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const others = new AbortController()
    const errors: unknown[] = []
    /** Those that run, with the time when they began. */
    const running = new Map<T, number>()
    let started = 0
    let timer: Timer | undefined
    let settled = false

    const settle = (finish: () => void, outcome: RaceOutcome, error?: unknown): void => {
      if (settled) return
      settled = true
      timer?.cancel()
      signal.removeEventListener('abort', aborted)
      others.abort(new Error('The race for an address is over'))
      for (const [candidate, startedMs] of running) {
        if (outcome === 'aborted' || clock.now() - startedMs >= STAGGER_MS) observe(candidate, outcome, error)
      }
      finish()
    }
    const aborted = (): void => settle(() => reject(signal.reason as Error), 'aborted', signal.reason)
    const failed = (candidate: T, error: unknown): void => {
      if (settled) return
      running.delete(candidate)
      observe(candidate, 'failed', error)
      errors.push(error)
      if (errors.length < candidates.length) startNext()
      else
        settle(
          () => reject(errors.length === 1 ? (error as Error) : new AggregateError(errors, 'No address answered')),
          'failed',
        )
    }
    const reached = (candidate: T): void => {
      if (settled) return
      running.delete(candidate)
      observe(candidate, 'reached', undefined)
      settle(resolve, 'overtaken')
    }
    const startNext = (): void => {
      timer?.cancel()
      if (settled || started === candidates.length) return
      const candidate = candidates[started++] as T
      if (started < candidates.length) timer = clock.after(STAGGER_MS, startNext)
      running.set(candidate, clock.now())
      attempt(candidate, others.signal).then(
        () => reached(candidate),
        (error: unknown) => failed(candidate, error),
      )
    }

    if (signal.aborted || candidates.length === 0) {
      reject(signal.aborted ? (signal.reason as Error) : new UnreachableError('There is no address to dial'))
      return
    }
    signal.addEventListener('abort', aborted)
    startNext()
  })
}
