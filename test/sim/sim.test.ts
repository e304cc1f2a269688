import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { drawPlan } from './plan.ts'
import { FAULTS_MIN } from './plan-faults.ts'
import { runSeed } from './run-seed.ts'

const SEEDS = 100
const TIMEOUT_MS = 90_000
const run = promisify(execFile)
const main = join(import.meta.dirname, 'main.ts')

describe('the simulation', () => {
  it(`fails none of ${SEEDS} seeds`, { timeout: TIMEOUT_MS }, async () => {
    const { stdout } = await run(process.execPath, [main, '--seeds', String(SEEDS)])
    const summary: unknown = JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '')
    expect(summary).toEqual({
      seeds: SEEDS,
      failed: [],
      faults: expect.any(Number),
      virtualHours: expect.any(Number),
      wallSeconds: expect.any(Number),
    })
    const { faults, virtualHours } = summary as { faults: number; virtualHours: number }
    expect(faults).toBeGreaterThanOrEqual(SEEDS * FAULTS_MIN)
    expect(virtualHours).toBeGreaterThanOrEqual(SEEDS / 6)
  })

  it('repeats a seed in every event', { timeout: TIMEOUT_MS }, async () => {
    for (const weather of ['storm', 'spaced', 'outages']) {
      const seed = seedOf((plan) => plan.weather === weather)
      expect(await runSeed(seed)).toEqual(await runSeed(seed))
    }
    const restarts = seedOf(({ faults }) => faults.some(({ kind }) => kind === 'restart'))
    expect(await runSeed(restarts)).toEqual(await runSeed(restarts))
    const pairs = seedOf(({ pairing }) => pairing === 'ticket')
    expect(await runSeed(pairs)).toEqual(await runSeed(pairs))
  })

  it('is not the same for two seeds', async () => {
    const [one, other] = [await runSeed(1), await runSeed(2)]
    expect(one.hash).not.toBe(other.hash)
  })

  it('rejects what is no number', async () => {
    const failed: unknown = await run(process.execPath, [main, '--seeds', 'many']).catch((error: unknown) => error)
    expect(failed).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--seeds takes a whole number, not "many"'),
    })
  })
})

function seedOf(wanted: (plan: ReturnType<typeof drawPlan>) => boolean): number {
  let seed = 1
  while (!wanted(drawPlan(seed))) seed++
  return seed
}
