import { Worker } from 'node:worker_threads'
import type { SeedResult } from './run-seed.ts'

/** A seed takes some tens of milliseconds of a processor, a mesh a few seconds; one that takes so much will never end. */
const SEED_CPU_MS_MAX = 60_000
/** Nor will one that waits, even on a busy machine. */
const SEED_MS_MAX = 600_000
const LOOK_EVERY_MS = 5_000
/** So many are given to a worker at a time, so that it never waits for the next. */
const AHEAD = 4

/** What a worker is told to run. */
export interface Assignment {
  readonly seed: number
  /** The number of nodes, where the seed does not say. */
  readonly nodes: number | undefined
}

/** Runs seeds in several threads, in order, as long as `next` names one; `done` gets each result. Resolves when the last has come. */
export async function runSeeds(
  workers: number,
  next: () => Assignment | undefined,
  done: (result: SeedResult) => void,
): Promise<void> {
  await Promise.all(Array.from({ length: workers }, () => runLane(next, done)))
}

/** One thread after another, should one have to be given up. */
async function runLane(next: () => Assignment | undefined, done: (result: SeedResult) => void): Promise<void> {
  let again: Assignment[] = []
  do {
    again = await runWorker(again, next, done)
  } while (again.length > 0)
}

/** Resolves with the seeds that were given to the worker and not run, if it had to be given up. */
function runWorker(
  first: readonly Assignment[],
  next: () => Assignment | undefined,
  done: (result: SeedResult) => void,
): Promise<Assignment[]> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./worker.ts', import.meta.url))
    const given: Assignment[] = []
    const give = (seed: Assignment | undefined): void => {
      if (seed === undefined) return
      given.push(seed)
      worker.postMessage(seed)
    }
    const finish = (): void => {
      clearInterval(timer)
      void worker.terminate().then(() => resolve(given))
    }
    const giveUp = (problem: string): void => {
      const lost = given.shift()
      if (lost !== undefined) done({ seed: lost.seed, problems: [problem], faults: 0, virtualMs: 0, hash: 0 })
      finish()
    }
    let cpuMs = 0
    let aliveCpuMs = 0
    let aliveMs = performance.now()
    const look = (): void => {
      worker.cpuUsage().then(
        ({ user, system }) => {
          cpuMs = (user + system) / 1_000
          if (cpuMs - aliveCpuMs > SEED_CPU_MS_MAX || performance.now() - aliveMs > SEED_MS_MAX)
            giveUp(`it did not end within ${SEED_CPU_MS_MAX / 1_000} s of a processor`)
        },
        // The thread has just ended.
        () => undefined,
      )
    }
    const timer = setInterval(look, LOOK_EVERY_MS)
    let ready = false
    worker.on('message', (result: SeedResult | 'ready') => {
      aliveCpuMs = cpuMs
      aliveMs = performance.now()
      if (result === 'ready') {
        ready = true
        return
      }
      given.shift()
      done(result)
      give(next())
      if (given.length === 0) finish()
    })
    worker.on('error', (error) => {
      if (ready) giveUp(`its thread broke down: ${error instanceof Error ? error.stack : String(error)}`)
      else reject(new Error('The threads of the simulation do not start', { cause: error }))
    })
    for (const seed of first) give(seed)
    while (given.length < AHEAD) {
      const seed = next()
      if (seed === undefined) break
      give(seed)
    }
    if (given.length === 0) finish()
  })
}
