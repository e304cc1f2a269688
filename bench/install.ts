import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { ContestantName } from './contestant.ts'

const HERE = fileURLToPath(new URL('.', import.meta.url))
/** The package that tells whether a contestant can run. */
const PACKAGES: Partial<Record<ContestantName, string>> = { libp2p: 'libp2p', iroh: '@number0/iroh' }

function isMissing(name: ContestantName): boolean {
  const packageName = PACKAGES[name]
  return packageName !== undefined && !existsSync(`${HERE}node_modules/${packageName}/package.json`)
}

/** Those that are not installed. */
export function missingCompetitors(names: readonly ContestantName[]): ContestantName[] {
  return names.filter(isMissing)
}

/** Installs the competitors if one that is asked for is missing, and answers with those that then still are. */
export function installCompetitors(names: readonly ContestantName[]): ContestantName[] {
  if (!names.some(isMissing)) return []
  process.stderr.write('the competitors are not installed yet: running "npm install" in bench/\n')
  // Not `npm ci`: see .npmrc. Its output goes to standard error, which leaves standard output to the results.
  const options = { cwd: HERE, stdio: ['ignore', 2, 2] as ['ignore', 2, 2], shell: process.platform === 'win32' }
  const { status } = spawnSync('npm', ['install', '--no-audit', '--no-fund', '--fetch-retries=1'], options)
  const missing = missingCompetitors(names)
  if (status !== 0 || missing.length > 0) {
    process.stderr.write(
      'installing them failed: run "npm install" in bench/ once this machine is online; going on with the others\n',
    )
  }
  return missing
}
