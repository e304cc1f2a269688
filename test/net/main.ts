// npm run test:net -- [--json] [--jobs N] [--verbose] [PART OF A SCENARIO'S NAME …]
import { join } from 'node:path'
import { runSandboxed, whyNoSandbox } from './sandbox.ts'

/** With this variable, being unable to run is a failure. */
const REQUIRED = 'HOLDFAST_NET_REQUIRED'

const obstacle = await whyNoSandbox()
if (obstacle === undefined) {
  // Whoever presses Ctrl-C presses it for the scenarios too: they take down what they built, and this waits for them.
  process.on('SIGINT', () => undefined)
  process.exitCode = await runSandboxed(join(import.meta.dirname, 'scenarios.ts'), process.argv.slice(2))
} else if (process.env[REQUIRED] === '1') {
  process.stderr.write(`The network tests cannot run, and ${REQUIRED} demands them: ${obstacle}\n`)
  process.exitCode = 1
} else {
  process.stdout.write(`Network tests skipped: ${obstacle}\n`)
}
