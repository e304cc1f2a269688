import type { Clock, Timer } from '../clock.ts'

/** How long one address is given before the next is tried beside it (RFC 8305, section 5). */
const STAGGER_MS = 250

/**
 * Tries `candidates` in turn, each a little after the one before or as soon as one has failed, until one succeeds; then the others are
 * aborted. Rejects with the errors when all have failed, or with the signal's reason.
 */
export function race<T>(
  candidates: readonly T[],
  attempt: (candidate: T, signal: AbortSignal) => Promise<void>,
  signal: AbortSignal,
  clock: Clock,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const others = new AbortController()
    const errors: unknown[] = []
    let started = 0
    let timer: Timer | undefined
    let settled = false

    const settle = (finish: () => void): void => {
      if (settled) return
      settled = true
      timer?.cancel()
      signal.removeEventListener('abort', aborted)
      others.abort(new Error('The race for an address is over'))
      finish()
    }
    const aborted = (): void => settle(() => reject(signal.reason as Error))
    const failed = (error: unknown): void => {
      errors.push(error)
      if (errors.length < candidates.length) startNext()
      else
        settle(() => reject(errors.length === 1 ? (error as Error) : new AggregateError(errors, 'No address answered')))
    }
    const startNext = (): void => {
      timer?.cancel()
      if (settled || started === candidates.length) return
      const candidate = candidates[started++] as T
      if (started < candidates.length) timer = clock.after(STAGGER_MS, startNext)
      attempt(candidate, others.signal).then(() => settle(resolve), failed)
    }

    if (signal.aborted || candidates.length === 0) {
      reject(signal.aborted ? (signal.reason as Error) : new Error('There is no address to dial'))
      return
    }
    signal.addEventListener('abort', aborted)
    startNext()
  })
}
