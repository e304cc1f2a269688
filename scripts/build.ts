// Builds dist/ from src/: the compiler strips the types and writes declarations. Nothing of an older build stays.
import { spawnSync } from 'node:child_process'
import { rmSync } from 'node:fs'

rmSync('dist', { recursive: true, force: true })
const { status } = spawnSync('tsc -p tsconfig.build.json', { shell: true, stdio: 'inherit' })
process.exitCode = status ?? 1
