import { parseArgs } from 'node:util'
import { CONTESTANTS, type ContestantName } from './contestant.ts'
import { MEASURES, type MeasureName } from './measure.ts'
import { SCENARIOS } from './scenarios/all.ts'

export const HELP = `Usage: npm run bench [-- options]

Measures Holdfast beside plain node:tls, js-libp2p and iroh, each in two processes on loopback, and takes turns.

  --json                  print the results as one JSON object, as the last line
  --only a,b              these measures alone: ${MEASURES.join(', ')}
  --contestants a,b       these contestants alone: ${CONTESTANTS.join(', ')}
  --rounds N              rounds of each measure, 20 by default (idleMemory: at most 3)
  --seed N                decides the order in each round, 1 by default
  --quick                 3 rounds, shorter, with fewer peers: to see that everything works, not to judge by
  --help

Other benchmarks, each with options and a --help of its own: npm run bench -- NAME [options]
  ${SCENARIOS.join(', ')}`

export interface BenchArguments {
  readonly json: boolean
  readonly help: boolean
  readonly quick: boolean
  readonly measures: readonly MeasureName[]
  readonly contestants: readonly ContestantName[]
  readonly rounds: number
  readonly seed: number
}

/** Reads the command line; throws an error that says what is wrong. */
export function parseArguments(parameters: string[]): BenchArguments {
  const { values } = parseArgs({
    args: parameters,
    options: {
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
      quick: { type: 'boolean', default: false },
      only: { type: 'string' },
      contestants: { type: 'string' },
      rounds: { type: 'string' },
      seed: { type: 'string', default: '1' },
    },
  })
  return {
    json: values.json,
    help: values.help,
    quick: values.quick,
    measures: choose('--only', values.only, MEASURES),
    contestants: choose('--contestants', values.contestants, CONTESTANTS),
    rounds: wholeNumber('--rounds', values.rounds ?? (values.quick ? '3' : '20'), 1),
    seed: wholeNumber('--seed', values.seed, 0),
  }
}

/** The named ones in their usual order; all of them if none is named. */
function choose<T extends string>(option: string, text: string | undefined, known: readonly T[]): readonly T[] {
  if (text === undefined) return known
  const names = text.split(',').map((name) => name.trim())
  const unknown = names.find((name) => !known.some((each) => each === name))
  if (unknown !== undefined) throw new Error(`${option} does not know "${unknown}"; it knows ${known.join(', ')}`)
  return known.filter((each) => names.includes(each))
}

function wholeNumber(option: string, text: string, least: number): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < least)
    throw new Error(`${option} needs a whole number from ${least} on, not "${text}"`)
  return value
}
