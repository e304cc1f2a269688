// Checks the types of bench/. A plain checkout does not have the systems that it measures against (bench/package.json);
// then what the compiler says of the files that adapt them is left out.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'

const adapters = ['libp2p', 'iroh']

if (!existsSync('bench/tsconfig.json')) throw new Error('bench/tsconfig.json does not exist')
const { stdout } = spawnSync('tsc -p bench/tsconfig.json --noEmit --pretty false', { shell: true, encoding: 'utf8' })
const installed = existsSync('bench/node_modules/libp2p')
const errors = stdout
  .split(/\n(?! )/)
  .filter((error) => error !== '')
  .filter((error) => installed || !adapters.some((name) => error.startsWith(`bench/contestants/${name}.ts`)))
for (const error of errors) console.error(error)
if (errors.length > 0) process.exitCode = 1
