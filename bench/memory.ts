import { setTimeout as sleep } from 'node:timers/promises'

const READINGS_MAX = 12
const PAUSE_MS = 250
/** Two readings this close are the same. */
const TOLERANCE_BYTES = 256 * 1024

/** Resident memory once garbage is collected and it no longer falls; needs `--expose-gc`. Bytes. */
export async function settledMemory(): Promise<number> {
  let lowest = Number.POSITIVE_INFINITY
  for (let reading = 0; reading < READINGS_MAX; reading++) {
    collectGarbage()
    await sleep(PAUSE_MS)
    const bytes = process.memoryUsage.rss()
    if (lowest - bytes < TOLERANCE_BYTES) return Math.min(lowest, bytes)
    lowest = bytes
  }
  return lowest
}

function collectGarbage(): void {
  if (globalThis.gc === undefined) throw new Error('measuring memory needs Node to be started with --expose-gc')
  // As under memory pressure: pages that V8 keeps for later would count as the peers'.
  globalThis.gc({ type: 'major', execution: 'sync', flavor: 'last-resort' })
}
