// Runs every npm script whose name begins with `check:`, as many at a time as there are cores, and prints what
// failed. Names given as arguments select: `npm run check -- types lint`.
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'

interface Outcome {
  readonly name: string
  readonly ok: boolean
  readonly output: string
}

/** Runs one shell command and collects what it prints. npm has put the pinned tools first in PATH. */
function run(name: string, command: string): Promise<Outcome> {
  const { promise, resolve } = Promise.withResolvers<Outcome>()
  const startedMs = performance.now()
  const env = { ...process.env, NO_COLOR: '1' }
  const child = spawn(command, { shell: true, env, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  const collect = (chunk: Buffer) => {
    output += chunk.toString()
  }
  child.stdout.on('data', collect)
  child.stderr.on('data', collect)
  child.on('close', (code) => {
    const seconds = ((performance.now() - startedMs) / 1000).toFixed(1)
    console.log(`${code === 0 ? 'ok    ' : 'FAILED'} check:${name} (${seconds} s)`)
    resolve({ name, ok: code === 0, output: output.trim() })
  })
  return promise
}

const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> }
const checks = Object.entries(manifest.scripts)
  .filter(([script]) => script.startsWith('check:'))
  .map(([script, command]) => ({ name: script.slice('check:'.length), command }))

const selected = process.argv.slice(2)
const unknown = selected.find((name) => !checks.some((check) => check.name === name))
if (unknown !== undefined) {
  console.error(`no check is named "${unknown}"; there are ${checks.map(({ name }) => name).join(', ')}`)
  process.exit(2)
}
const queue = checks.filter(({ name }) => selected.length === 0 || selected.includes(name))

const failures: Outcome[] = []
await Promise.all(
  Array.from({ length: availableParallelism() }, async () => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const outcome = await run(next.name, next.command)
      if (!outcome.ok) failures.push(outcome)
    }
  }),
)

for (const { name, output } of failures) console.log(`\n── check:${name} ──\n${output}`)
if (failures.length > 0) process.exitCode = 1
