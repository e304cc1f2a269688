import { describe, expect, it } from 'vitest'
import { type Outcome, runMutant } from './mutant.ts'
import { type Mutation, mutations } from './mutations.ts'

/** Enough for every mistake to be met; most are with the first few. */
const SEEDS = 60
const SEEDS_UNBROKEN = 10
const TIMEOUT_MS = 240_000
const AT_A_TIME = 2

/** Starts a run as soon as one of the places is free. */
const places = Array.from({ length: AT_A_TIME }, () => Promise.resolve())
let runs = 0
function start(mutation: Mutation | undefined, seeds: number): Promise<Outcome> {
  const place = runs++ % AT_A_TIME
  const outcome = places[place]!.then(() => runMutant(mutation, seeds, TIMEOUT_MS))
  places[place] = outcome.then(
    () => undefined,
    () => undefined,
  )
  return outcome
}

describe('the oracle of the simulation', () => {
  const unbroken = start(undefined, SEEDS_UNBROKEN)
  const broken = mutations.map((mutation) => ({ mutation, outcome: start(mutation, SEEDS) }))

  it('is content with the protocol as it is', { timeout: TIMEOUT_MS }, async () => {
    expect(await unbroken).toMatchObject({ code: 0 })
  })

  for (const { mutation, outcome } of broken) {
    it(`notices when ${mutation.name}`, { timeout: TIMEOUT_MS }, async () => {
      const { code, output } = await outcome
      expect(output).toMatch(/^Seed \d+ failed:$/m)
      if (mutation.problem !== undefined) expect(output).toMatch(mutation.problem)
      expect(code).toBe(1)
    })
  }
})
