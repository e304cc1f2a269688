import { seededRandom } from './statistics.ts'

/** What became of one contestant. */
export interface Outcome<Sample> {
  /** By round; empty places where a round has no sample. */
  readonly samples: (Sample | undefined)[]
  /** Why it did not go on to the end. */
  failure: string | undefined
}

export interface RoundsOptions<Name, Sample> {
  readonly names: readonly Name[]
  readonly rounds: number
  /** Decides the order within each round. */
  readonly seed: number
  sample(name: Name, round: number): Promise<Sample>
  /** Called before each sample. */
  progress?(name: Name, round: number): void
}

/**
 * Lets all contestants take their turn in every round, one at a time and in an order that is shuffled anew, so that
 * what drifts on the machine falls on all of them and none always follows the same one. A contestant that fails is out;
 * the others go on.
 */
export async function runRounds<Name, Sample>(
  options: RoundsOptions<Name, Sample>,
): Promise<Map<Name, Outcome<Sample>>> {
  const random = seededRandom(options.seed)
  const outcomes = new Map<Name, Outcome<Sample>>(
    options.names.map((name) => [name, { samples: [], failure: undefined }]),
  )
  for (let round = 0; round < options.rounds; round++) {
    for (const [name, outcome] of shuffled([...outcomes], random)) {
      if (outcome.failure !== undefined) continue
      options.progress?.(name, round)
      try {
        outcome.samples[round] = await options.sample(name, round)
      } catch (error) {
        outcome.failure = `round ${round + 1}: ${firstLine(error)}`
      }
    }
  }
  return outcomes
}

/** Fisher and Yates's shuffle, of a copy. */
function shuffled<T>(items: readonly T[], random: () => number): T[] {
  const rest = [...items]
  return items.flatMap(() => rest.splice(Math.floor(random() * rest.length), 1))
}

/** Messages of native modules bring their stack along. */
function firstLine(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error)
  return message.split('\n', 1)[0] ?? message
}
