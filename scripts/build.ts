// Builds dist/: the compiler strips the types of src/ and writes declarations, Vite builds the dashboard. Nothing of an older build stays.
import { spawnSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { buildDashboard } from './build-dashboard.ts'

rmSync('dist', { recursive: true, force: true })
const { status } = spawnSync('tsc -p tsconfig.build.json', { shell: true, stdio: 'inherit' })
if (status === 0) await buildDashboard()
process.exitCode = status ?? 1
