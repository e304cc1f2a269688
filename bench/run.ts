import type { BenchArguments } from './arguments.ts'
import type { ContestantName } from './contestant.ts'
import { about, Forecast } from './forecast.ts'
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
  const { options, missing } = run
  const contestants = options.contestants.filter((name) => !missing.includes(name)).length
  const forecast = new Forecast(
    options.measures.map((name) => {
      const { turnMs } = measures[name]
      return { name, turns: roundsOf(measures[name], options) * contestants, turnMs }
    }),
  )
  progress.say(`${options.measures.length} measures, ${contestants} contestants: ${about(forecast.leftMs)}`)
  for (const [at, name] of options.measures.entries()) {
    const measure = measures[name]
    const startMs = performance.now()
    const show = (text: string): void =>
      progress.show(`${name} (${at + 1} of ${options.measures.length}): ${text}; ${about(forecast.leftMs)} left`)
    const outcomes = await runMeasure(measure, run, show, (ms) => forecast.turnTaken(name, ms))
    forecast.partDone(name)
    results.set(measure, evaluate(measure, outcomes))
    progress.done(name, outcomes, performance.now() - startMs)
  }
  return results
}

/** Every measure has processes of its own, so that none inherits another's heap, and a hung one costs no more than that measure. */
async function runMeasure(
  measure: Measure,
  run: Run,
  show: (text: string) => void,
  turnTaken: (ms: number) => void,
): Promise<Map<ContestantName, Outcome<Sample>>> {
  const { contestants, seed } = run.options
  const rounds = roundsOf(measure, run.options)
  const pairs = new Map<ContestantName, Pair>()
  const outcomes = await runRounds({
    names: contestants,
    rounds,
    seed,
    sample: async (name) => {
      const startMs = performance.now()
      try {
        return await takeSample(measure, name, run, pairs)
      } finally {
        if (!run.missing.includes(name)) turnTaken(performance.now() - startMs)
      }
    },
    progress: (name, round) => show(`round ${round + 1} of ${rounds}, ${name}`),
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
