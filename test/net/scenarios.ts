// Runs the scenarios, inside of the sandbox that main.ts has made.
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { asJson, outcomeLine, table } from './report.ts'
import { Runner } from './runner.ts'
import { scenarios } from './scenarios/all.ts'

/** In memory, and gone with the sandbox. */
const FOLDER = '/run/holdfast'
/** Scenarios mostly wait. */
const JOBS_PER_CORE = 4

const usage = `Lets real networks fail under real processes, in namespaces of Linux.

  npm run test:net -- [--json] [--jobs N] [--verbose] [NAME …]

  --json      what was measured, as the last line
  --jobs N    how many scenarios at a time (${JOBS_PER_CORE} per core)
  --verbose   what both sides saw, also of what succeeds
  NAME        a part of the names of those to run: ${scenarios.map(({ id }) => id).join(', ')}
`

function print(text: string): void {
  process.stdout.write(`${text}\n`)
}

const { values, positionals } = parseArgs({
  args: process.argv.slice(2),
  allowPositionals: true,
  options: {
    json: { type: 'boolean', default: false },
    jobs: { type: 'string', default: String(JOBS_PER_CORE * availableParallelism()) },
    verbose: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  },
})
const chosen = scenarios.filter(({ id }) => positionals.length === 0 || positionals.some((part) => id.includes(part)))
if (values.help || chosen.length === 0) {
  print(usage)
  process.exit(values.help ? 0 : 2)
}

const runner = new Runner(FOLDER, ({ timeline, ...outcome }) => {
  print(outcomeLine(outcome))
  if (values.verbose || outcome.failure !== undefined) print(timeline)
})
for (const signal of ['SIGINT', 'SIGTERM', 'disconnect'] as const) {
  process.once(signal, () => void runner.stop().finally(() => process.exit(130)))
}

const outcomes = await runner.run(chosen, Number(values.jobs))
print(table(outcomes))
if (values.json) print(asJson(outcomes))
process.exit(outcomes.every(({ failure }) => failure === undefined) ? 0 : 1)
