// Cases one after the other, in as many lanes as wanted, each with a stage of its own.

import { Command } from '../e2e/command.ts'
import { type Case, describeCase } from './case.ts'
import { caseOf } from './case-of.ts'
import { PipeCommand } from './command.ts'
import { type CaseResult, runCase } from './run-case.ts'
import { Stage } from './stage.ts'

export interface BenchOptions {
  readonly seed: number
  /** The first case, and how many. */
  readonly from: number
  readonly cases: number
  readonly jobs: number
  readonly done: (result: CaseResult) => void
  /** No case begins any more. */
  readonly signal?: AbortSignal
}

export async function runCases({ seed, from, cases, jobs, done, signal }: BenchOptions): Promise<void> {
  let next = from
  const take = (): Case | undefined =>
    next < from + cases && signal?.aborted !== true ? caseOf(seed, next++) : undefined
  await Promise.all(Array.from({ length: Math.min(jobs, cases) }, () => runLane(take, done)))
}

async function runLane(take: () => Case | undefined, done: (result: CaseResult) => void): Promise<void> {
  let stage: Stage | undefined
  try {
    for (let plan = take(); plan !== undefined; plan = take()) {
      stage ??= await Stage.open()
      const result = await runCase(plan, stage).catch((error: unknown) => {
        throw new Error(`Case ${plan.index} of seed ${plan.seed} could not be run: ${describeCase(plan)}`, {
          cause: error,
        })
      })
      done(result)
      // What a failed case has left behind must not fail the next one.
      if (result.problems.length === 0) continue
      await stage.close()
      stage = undefined
    }
  } finally {
    await stage?.close()
  }
}

/** Ends all processes and removes all folders at once, for a process that ends. */
export function destroyEverything(): void {
  PipeCommand.killAll()
  void Command.endAll()
  Stage.removeAll()
}
