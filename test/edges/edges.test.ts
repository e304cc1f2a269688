// Seeded cases as part of the long tests. HOLDFAST_EDGES_SEED repeats a run.
import { randomInt } from 'node:crypto'
import { expect, test } from 'vitest'
import { runCases } from './bench.ts'
import { reportOf } from './report.ts'

const cases = 200
const jobs = 4
const timeoutMs = 15 * 60_000
/** Of more failed cases only the number is shown. */
const shownMax = 10

test(`in ${cases} seeded cases, what goes into a pipe comes out, and both commands know whether it did`, {
  timeout: timeoutMs,
}, async () => {
  const seed = Number(process.env['HOLDFAST_EDGES_SEED'] ?? randomInt(2 ** 31))
  process.stdout.write(`Seed of the edge cases: ${seed}\n`)
  const failures: string[] = []
  const done = (result: Parameters<typeof reportOf>[0]): void => {
    if (result.problems.length > 0) failures.push(reportOf(result))
  }
  await runCases({ seed, from: 0, cases, jobs, done })
  if (failures.length > shownMax) failures.splice(shownMax, Infinity, `and ${failures.length - shownMax} more`)
  expect(failures.join('\n\n')).toBe('')
})
