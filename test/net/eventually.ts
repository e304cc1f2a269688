import { setTimeout as sleep } from 'node:timers/promises'

const LOOK_MS = 50

/** Asks again and again until there is an answer, and fails after `timeoutMs`; for what no event tells of. */
export async function eventually<T>(what: string, timeoutMs: number, look: () => Promise<T | undefined>): Promise<T> {
  const endMs = performance.now() + timeoutMs
  for (;;) {
    const found = await look()
    if (found !== undefined) return found
    if (performance.now() > endMs) throw new Error(`No ${what} within ${timeoutMs / 1_000} s`)
    await sleep(LOOK_MS)
  }
}
