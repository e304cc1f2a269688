import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { Lab } from './lab/lab.ts'
import type { Measures, Scenario } from './scenario.ts'
import { timelineOf } from './timeline.ts'

/** All scenarios together take no longer. */
const TOTAL_MS = 300_000

export interface Outcome {
  readonly scenario: Scenario
  readonly seconds: number
  readonly measures: Measures
  readonly failure: string | undefined
}

/** Runs scenarios, several at a time, each in a lab of its own that is taken down whatever happens. */
export class Runner {
  readonly #dir: string
  readonly #done: (outcome: Outcome & { readonly timeline: string }) => void
  readonly #labs = new Set<Lab>()
  #stopped = false

  constructor(dir: string, done: (outcome: Outcome & { readonly timeline: string }) => void) {
    this.#dir = dir
    this.#done = done
  }

  async run(scenarios: readonly Scenario[], jobs: number): Promise<Outcome[]> {
    const endMs = performance.now() + TOTAL_MS
    // The long ones first, so that none of them is still running when all others are done.
    const queue = scenarios.filter(({ alone }) => alone !== true).toSorted((a, b) => b.secondsMax - a.secondsMax)
    const outcomes = new Map<Scenario, Outcome>()
    const work = async (queue: Scenario[]): Promise<void> => {
      for (let next = queue.shift(); next !== undefined && !this.#stopped; next = queue.shift()) {
        outcomes.set(next, await this.#one(next, endMs - performance.now()))
      }
    }
    await work(scenarios.filter(({ alone }) => alone === true))
    await Promise.all(Array.from({ length: Math.max(1, jobs) }, () => work(queue)))
    return scenarios.flatMap((scenario) => outcomes.get(scenario) ?? [])
  }

  /** Takes down what stands. */
  async stop(): Promise<void> {
    this.#stopped = true
    await Promise.allSettled([...this.#labs].map((lab) => lab.dispose()))
  }

  async #one(scenario: Scenario, remainingMs: number): Promise<Outcome> {
    const dir = join(this.#dir, scenario.id)
    await mkdir(dir, { recursive: true })
    const lab = new Lab(scenario.id, dir)
    this.#labs.add(lab)
    const startedMs = performance.now()
    let measures: Measures = {}
    const failures: unknown[] = []
    try {
      measures = await within(Math.min(scenario.secondsMax * 1_000, remainingMs), scenario.run(lab))
    } catch (error) {
      failures.push(error)
    }
    const seconds = (performance.now() - startedMs) / 1_000
    await lab.dispose().catch((error: unknown) => failures.push(error))
    this.#labs.delete(lab)
    const failure = failures.length === 0 ? undefined : failures.map(inFull).join('\n')
    const outcome = { scenario, seconds, measures, failure }
    if (!this.#stopped) this.#done({ ...outcome, timeline: timelineOf(lab) })
    return outcome
  }
}

function inFull(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}

async function within<T>(timeoutMs: number, work: Promise<T>): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(
    () => reject(new Error(`Not done within ${(timeoutMs / 1_000).toFixed(0)} s`)),
    Math.max(0, timeoutMs),
  )
  try {
    return await Promise.race([work, promise])
  } finally {
    clearTimeout(timer)
  }
}
