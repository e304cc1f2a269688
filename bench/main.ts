// `npm run bench`: see arguments.ts for its options and README.md for what is measured.
import { mkdtempSync, rmSync } from 'node:fs'
import { availableParallelism, cpus, release, tmpdir } from 'node:os'
import { join } from 'node:path'
import { type BenchArguments, HELP, parseArguments } from './arguments.ts'
import { FOLDER_VARIABLE } from './folder.ts'
import { installCompetitors } from './install.ts'
import type { Measure } from './measure.ts'
import { Children } from './process.ts'
import { table } from './report.ts'
import type { MeasureResult } from './result.ts'
import { runMeasures } from './run.ts'
import { runScenario } from './scenarios/run.ts'

async function main(parameters: string[]): Promise<void> {
  const [name, ...rest] = parameters
  if (name === undefined || name.startsWith('-')) await compare(parameters)
  else await runScenario(name, rest, startChildren)
}

async function compare(parameters: string[]): Promise<void> {
  const options = parseArguments(parameters)
  if (options.help) {
    console.log(HELP)
    return
  }
  const missing = installCompetitors(options.contestants)
  const children = startChildren()
  const results = await runMeasures({ options, missing, children })
  children.endAll()
  print(results, options)
}

/** However it ends, by Ctrl-C too: no child process and no folder stays behind. */
function startChildren(): Children {
  const children = new Children()
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-bench-'))
  process.env[FOLDER_VARIABLE] = folder
  process.on('exit', () => {
    children.endAll()
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
  })
  process.on('SIGINT', () => process.exit(130))
  process.on('SIGTERM', () => process.exit(143))
  return children
}

function print(results: ReadonlyMap<Measure, MeasureResult>, { json, rounds, quick, seed }: BenchArguments): void {
  const cpu = `${cpus()[0]?.model ?? process.arch} × ${availableParallelism()}`
  const machine = `${cpu}, ${process.platform} ${release()}, Node ${process.versions.node}`
  console.log(`${machine}; ${rounds} rounds; medians, and ratios formed round by round with their 95 % interval\n`)
  console.log(table(results))
  if (!json) return
  const byName = Object.fromEntries([...results].map(([{ name }, result]) => [name, result]))
  console.log(JSON.stringify({ ...byName, machine, rounds, quick, seed }))
}

try {
  await main(process.argv.slice(2))
} catch (error) {
  process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n`)
  process.exit(2)
}
