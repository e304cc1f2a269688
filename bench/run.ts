import type { BenchArguments } from './arguments.ts'
import type { ContestantName } from './contestant.ts'
import type { Measure, Sample } from './measure.ts'
import { measures } from './measures/all.ts'
import { Pair } from './pair.ts'
import type { Children } from './process.ts'
import { Progress } from './progress.ts'
import { evaluate, type MeasureResult } from './result.ts'
import { type Outcome, runRounds } from './rounds.ts'

/** What a run works with. */
export interface Run {
  readonly options: BenchArguments
  /** Contestants that are not installed. */
  readonly missing: readonly ContestantName[]
  readonly children: Children
}

/** Runs the measures that were asked for, one after the other, each with all contestants in turn. */
export async function runMeasures(run: Run): Promise<Map<Measure, MeasureResult>> {
  const results = new Map<Measure, MeasureResult>()
  const progress = new Progress(process.stderr)
  for (const name of run.options.measures) {
    const measure = measures[name]
    const outcomes = await runMeasure(measure, run, progress)
    results.set(measure, evaluate(measure, outcomes))
    progress.done(name, outcomes)
  }
  return results
}

/** Every measure has processes of its own, so that none inherits another's heap, and a hung one costs no more than that measure. */
async function runMeasure(
  measure: Measure,
  run: Run,
  progress: Progress,
): Promise<Map<ContestantName, Outcome<Sample>>> {
  const { contestants, seed } = run.options
  const rounds = roundsOf(measure, run.options)
  const pairs = new Map<ContestantName, Pair>()
  const outcomes = await runRounds({
    names: contestants,
    rounds,
    seed,
    sample: (name) => takeSample(measure, name, run, pairs),
    progress: (name, round) => progress.show(`${measure.name}: round ${round + 1} of ${rounds}, ${name}`),
  })
  for (const pair of pairs.values()) pair.end()
  return outcomes
}

function roundsOf({ freshEachRound, roundsMax }: Measure, { rounds, quick }: BenchArguments): number {
  return Math.min(rounds, quick && freshEachRound ? 1 : (roundsMax ?? rounds))
}

type Pairs = Map<ContestantName, Pair>

async function takeSample(measure: Measure, name: ContestantName, run: Run, pairs: Pairs): Promise<Sample> {
  if (run.missing.includes(name)) throw new Error('not installed')
  const pair = pairs.get(name) ?? (await Pair.start(run.children, name, measure, run.options.quick))
  pairs.set(name, pair)
  let keep = false
  try {
    const sample = await pair.round()
    keep = !measure.freshEachRound
    return sample
  } finally {
    if (!keep) {
      pair.end()
      pairs.delete(name)
    }
  }
}
