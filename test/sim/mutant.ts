import { spawn } from 'node:child_process'
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Mutation } from './mutations.ts'

const root = join(import.meta.dirname, '../..')

export interface Outcome {
  readonly code: number | null
  /** What the simulation printed about its first failure. */
  readonly output: string
}

/**
 * Runs the simulation on a copy of the project with one mistake in it, or with none, until a seed fails. The copy is not below
 * node_modules, where Node strips no types; packages are found through a link.
 */
export async function runMutant(mutation: Mutation | undefined, seeds: number, timeoutMs: number): Promise<Outcome> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-mutant-'))
  try {
    await cp(join(root, 'src'), join(folder, 'src'), { recursive: true })
    await cp(join(root, 'test/sim'), join(folder, 'test/sim'), { recursive: true })
    await cp(join(root, 'package.json'), join(folder, 'package.json'))
    await symlink(join(root, 'node_modules'), join(folder, 'node_modules'))
    if (mutation !== undefined) await mutate(join(folder, 'src', mutation.file), mutation)
    return await simulate(folder, seeds, mutation, timeoutMs)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function mutate(path: string, { name, before, after }: Mutation): Promise<void> {
  const source = await readFile(path, 'utf8')
  const count = source.split(before).length - 1
  if (count !== 1) throw new Error(`"${name}": what it changes stands ${count} times in ${path}; adapt mutations.ts`)
  await writeFile(
    path,
    source.replace(before, () => after),
  )
}

function simulate(
  folder: string,
  seeds: number,
  { nodes, base = 1 }: Partial<Mutation> = {},
  timeoutMs: number,
): Promise<Outcome> {
  const command = ['test/sim/main.ts', '--seeds', String(seeds), '--base', String(base), '--workers', '1', '--bail']
  if (nodes !== undefined) command.push('--nodes', String(nodes))
  const child = spawn(process.execPath, command, {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'pipe'],
    timeout: timeoutMs,
  })
  let output = ''
  child.stderr.on('data', (bytes: Buffer) => {
    output += bytes.toString()
  })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => resolve({ code, output: output.slice(0, 2_000) }))
  })
}
