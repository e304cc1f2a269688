// The bench as a person runs it.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const program = join(import.meta.dirname, 'main.ts')

test('Ctrl-C ends the bench with a summary, and leaves no process and no file behind', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'holdfast-bench-'))
  const args = [program, '--seed', '1', '--cases', '50', '--jobs', '2', '--verbose']
  const bench = spawn(process.execPath, args, {
    env: { ...process.env, TMPDIR: dir },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let [summary, said] = ['', '']
  bench.stdout.on('data', (text) => (summary += String(text)))
  bench.stderr.on('data', (text) => (said += String(text)))
  await expect.poll(() => said, { timeout: 100_000 }).toMatch(/^Case \d+ of seed 1 /m)
  expect(processesThatName(dir)).not.toEqual([])
  bench.kill('SIGINT')
  const [code] = await once(bench, 'close')
  expect(code).toBe(130)
  expect(JSON.parse(summary)).toMatchObject({ seed: 1, cases: expect.any(Number) })
  await expect.poll(() => processesThatName(dir)).toEqual([])
  expect(await readdir(dir)).toEqual([])
  await rm(dir, { recursive: true })
})

/** The ids of all processes that have this in their command line. */
function processesThatName(text: string): string[] {
  return readdirSync('/proc').filter((name) => {
    try {
      return /^\d+$/.test(name) && readFileSync(`/proc/${name}/cmdline`, 'latin1').includes(text)
    } catch {
      return false
    }
  })
}
