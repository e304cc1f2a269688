// npm run sim -- --seeds N [--base M] [--nodes N] [--verbose], or --seed S
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { NODES_MAX } from './names.ts'
import { type Assignment, runSeeds } from './pool.ts'
import { runSeed, type SeedResult } from './run-seed.ts'

const PROGRESS_MS = 2_000
/** Of more failed seeds only the numbers are shown. */
const SHOWN_MAX = 10

const usage = `Runs whole nodes on a simulated network, in virtual time, with faults drawn from seeds.

  npm run sim -- [--seeds N] [--base M] [--nodes N] [--workers W] [--bail] [--verbose]
  npm run sim -- --seed S [--nodes N] [--verbose]

  --seeds N     how many seeds (100)
  --base M      the first one (1); "fresh" takes the time of day, so that every run has other seeds
  --seed S      this one alone
  --nodes N     how many nodes, 2 to ${NODES_MAX}; without it most seeds have two, and some are meshes
  --workers W   in how many threads (one per core)
  --bail        stop at the first one that fails
  --verbose     one after the other, with a timeline of each

The last line on standard output is a summary as JSON. The exit code is 1 if a seed failed.`

const startedMs = performance.now()
const failed: SeedResult[] = []
let seeds = 0
let faults = 0
let virtualMs = 0

function done(result: SeedResult): void {
  seeds++
  faults += result.faults
  virtualMs += result.virtualMs
  if (result.problems.length === 0) return
  failed.push(result)
  if (failed.length > SHOWN_MAX) return
  console.error(`Seed ${result.seed} failed:`)
  for (const problem of result.problems.slice(0, 10)) console.error(`  ${problem}`)
  console.error(`  to repeat it: npm run sim -- --seed ${result.seed}${nodesOption} --verbose`)
  if (values.bail) finish(1)
}

/** Prints what was done and ends. */
function finish(code: number): never {
  const summary = {
    base,
    seeds,
    failed: failed.map(({ seed }) => seed).sort((a, b) => a - b),
    faults,
    virtualHours: round(virtualMs / 3_600_000),
    wallSeconds: round((performance.now() - startedMs) / 1_000),
  }
  console.log(JSON.stringify(summary))
  process.exit(failed.length > 0 ? 1 : code)
}

function round(value: number): number {
  return Math.round(value * 100) / 100
}

function count(text: string, name: string): number {
  const value = Number(text)
  if (Number.isSafeInteger(value) && value >= 0) return value
  console.error(`--${name} takes a whole number, not "${text}"\n\n${usage}`)
  process.exit(2)
}

/** Milliseconds since 1970 as a number of a seed: runs that are further apart than they have seeds share none. */
function baseOf(text: string): number {
  return text === 'fresh' ? Date.now() : count(text, 'base')
}

function nodeCount(text: string): number {
  const value = count(text, 'nodes')
  if (value >= 2 && value <= NODES_MAX) return value
  console.error(`--nodes takes a number from 2 to ${NODES_MAX}, not "${text}"\n\n${usage}`)
  process.exit(2)
}

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '100' },
    base: { type: 'string', default: '1' },
    seed: { type: 'string' },
    nodes: { type: 'string' },
    workers: { type: 'string', default: String(availableParallelism()) },
    bail: { type: 'boolean', default: false },
    verbose: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  },
})
if (values.help) {
  console.log(usage)
  process.exit(0)
}
const total = values.seed === undefined ? count(values.seeds, 'seeds') : 1
const base = values.seed === undefined ? baseOf(values.base) : count(values.seed, 'seed')
let nextSeed = base
const end = base + total
const nodes = values.nodes === undefined ? undefined : nodeCount(values.nodes)
const nodesOption = nodes === undefined ? '' : ` --nodes ${nodes}`
const next = (): Assignment | undefined => (nextSeed < end ? { seed: nextSeed++, nodes } : undefined)

// Whoever read this has gone, as `head` does; an error about that must not count as one of a seed.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => process.exit(1))
process.on('SIGINT', () => finish(130))
process.on('SIGTERM', () => finish(143))

if (values.seed === undefined)
  console.error(
    `Seeds ${base} to ${end - 1}; to repeat them: npm run sim -- --base ${base} --seeds ${total}${nodesOption}`,
  )
if (values.verbose) {
  for (let one = next(); one !== undefined; one = next())
    done(await runSeed(one.seed, one.nodes, (line) => console.error(line)))
} else {
  const progress = setInterval(() => console.error(`${seeds} of ${total} seeds, ${failed.length} failed`), PROGRESS_MS)
  await runSeeds(Math.max(1, count(values.workers, 'workers')), next, done)
  clearInterval(progress)
}
finish(0)
