// npm run test:edges -- [--seed N] [--cases N] [--from N] [--only N] [--jobs N] [--bail] [--verbose]
import { randomInt } from 'node:crypto'
import { parseArgs } from 'node:util'
import { destroyEverything, runCases } from './bench.ts'
import { sides } from './case.ts'
import { reportOf } from './report.ts'
import type { CaseResult } from './run-case.ts'

const progressMs = 5_000
/** Of more failed cases only the numbers are shown. */
const shownMax = 20
const seedMax = 2 ** 31

const usage = `Runs \`holdfast pipe\` in real processes, with inputs, outputs, networks and faults drawn from a seed.

  npm run test:edges -- [--seed N] [--cases N] [--from N] [--jobs N] [--bail] [--verbose]
  npm run test:edges -- --seed N --only N

  --seed N    what the cases are drawn from (another one each time)
  --cases N   how many cases (200)
  --from N    the first one (0)
  --only N    this case alone
  --jobs N    how many at a time (4)
  --bail      stop at the first one that fails
  --verbose   show each case

The last line on standard output is a summary as JSON. The exit code is 1 if a case failed.`

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: String(randomInt(seedMax)) },
    cases: { type: 'string', default: '200' },
    from: { type: 'string', default: '0' },
    only: { type: 'string' },
    jobs: { type: 'string', default: '4' },
    bail: { type: 'boolean', default: false },
    verbose: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  },
})
if (values.help) {
  console.log(usage)
  process.exit(0)
}

function count(name: 'seed' | 'cases' | 'from' | 'only' | 'jobs', min: number): number {
  const value = Number(values[name])
  if (Number.isSafeInteger(value) && value >= min && value <= seedMax) return value
  console.error(`--${name} takes a whole number from ${min}, not "${values[name]}"\n\n${usage}`)
  process.exit(2)
}

const startedMs = performance.now()
const stop = new AbortController()
const failed: number[] = []
let done = 0
const twoGenerals: number[] = []
let struck = 0
let complete = 0
let caseMs = 0

function take(result: CaseResult): void {
  done++
  caseMs += result.tookMs
  if (result.isStruck) struck++
  if (sides.every((side) => result.codes[side] === 0)) complete++
  if (result.isTwoGenerals) twoGenerals.push(result.plan.index)
  const isFailed = result.problems.length > 0
  if (isFailed) failed.push(result.plan.index)
  if (values.verbose || (isFailed && failed.length <= shownMax)) console.error(reportOf(result))
  if (isFailed && values.bail) stop.abort()
}

const seed = count('seed', 0)
const only = values.only !== undefined
const cases = only ? 1 : count('cases', 1)
const from = only ? count('only', 0) : count('from', 0)
console.error(`Seed ${seed}: ${cases === 1 ? `case ${from}` : `${cases} cases from ${from} on`}`)
// Whatever ends this process, nothing of it stays behind.
process.on('exit', destroyEverything)
for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const) {
  process.on(signal, () => finish(code))
}
const progress = setInterval(() => console.error(`${done} of ${cases} cases, ${failed.length} failed`), progressMs)
await runCases({ seed, from, cases, jobs: count('jobs', 1), done: take, signal: stop.signal })
clearInterval(progress)
finish(failed.length > 0 ? 1 : 0)

/** Tells what was done, and ends. */
function finish(code: number): never {
  const seconds = (ms: number): number => Math.round(ms / 100) / 10
  const summary = {
    seed,
    cases: done,
    failed: failed.toSorted((a, b) => a - b),
    struck,
    complete,
    twoGenerals,
    meanCaseSeconds: seconds(caseMs / Math.max(1, done)),
    seconds: seconds(performance.now() - startedMs),
  }
  console.log(JSON.stringify(summary))
  process.exit(code)
}
