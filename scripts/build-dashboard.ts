import { globSync, statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))

/** Builds the dashboard into dist/web by Vite, in less than a second. */
export async function buildDashboard(): Promise<void> {
  const { build } = await import('vite')
  await build({ configFile: `${root}vite.config.ts`, logLevel: 'warn' })
}

/** Builds it if that was not done yet, or if its source has changed since. */
export async function buildStaleDashboard(): Promise<void> {
  const builtMs = changedMs(['dist/web/index.html'])
  const sourceMs = changedMs(globSync(['web/**/*', 'src/format/*.ts', 'vite.config.ts', 'package.json'], { cwd: root }))
  if (builtMs < sourceMs) await buildDashboard()
}

/** When the newest of these files was changed; 0 if there is none. */
function changedMs(paths: readonly string[]): number {
  return Math.max(0, ...paths.map((path) => statSync(`${root}${path}`, { throwIfNoEntry: false })?.mtimeMs ?? 0))
}
