// Builds, packs, and looks at the package as its users will: is every export found, with its types, from ES modules?
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Runs a command of the shell; throws if it fails. Answers what it printed on standard output. */
function run(command: string): string {
  const { status, stdout } = spawnSync(command, { shell: true, stdio: ['ignore', 'pipe', 'inherit'], encoding: 'utf8' })
  if (status === 0) return stdout
  console.error(stdout)
  throw new Error(`\`${command}\` failed`)
}

function main(): void {
  for (const entry of ['src/index.ts', 'src/cli/main.ts']) {
    if (!existsSync(entry)) throw new Error(`${entry} does not exist, and package.json publishes it`)
  }
  run('npm run -s build')
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-package-'))
  try {
    run(`npm pack --ignore-scripts --silent --pack-destination "${folder}"`)
    const tarball = join(folder, `holdfast-${process.env['npm_package_version']}.tgz`)
    run(`publint run --strict "${tarball}"`)
    run(`attw --profile esm-only --format ascii "${tarball}"`)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

try {
  main()
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
