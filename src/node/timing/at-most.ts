import type { Clock } from '../../clock.ts'

/** Resolves when `work` is settled, one way or the other, or after `timeoutMs`. */
export function atMost(clock: Clock, timeoutMs: number, work: Promise<unknown>): Promise<void> {
  return new Promise((resolve) => {
    const timer = clock.after(timeoutMs, resolve)
    const settled = (): void => {
      timer.cancel()
      resolve()
    }
    work.then(settled, settled)
  })
}
