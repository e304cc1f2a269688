// `npm run demo`: a file over one stream, there and back between two processes, through everything a network does wrong.
import { buildStaleDashboard } from '../scripts/build-dashboard.ts'
import { Board } from './board.ts'
import { type Options, readOptions, UsageError } from './options.ts'
import { judge } from './result.ts'
import { Run } from './run.ts'
import { schedule } from './schedule.ts'
import { summary } from './summary.ts'
import type { View } from './view.ts'
import { LinesView } from './view-lines.ts'
import { TerminalView } from './view-terminal.ts'

/** The shell's own code for a process that was interrupted. */
const EXIT_INTERRUPTED = 130

async function main(): Promise<number> {
  const options = await readOptions(process.argv.slice(2))
  await buildStaleDashboard()
  const faults = schedule(options.seed, options.seconds)
  const board = new Board({ ...options, faultsPlanned: faults.length })
  const view = viewOf(options, board)
  view.note(`seed ${options.seed}, ${faults.length} faults planned`)
  const run = new Run(options, board, view, faults)

  let interrupted = false
  const interrupt = (): void => {
    // The second Ctrl-C is impatience: nothing is asked any more.
    if (interrupted) run.kill()
    interrupted = true
    run.fail('interrupted')
  }
  // A reader that leaves, as `head` does, or a terminal that is closed: the folders must go all the same.
  for (const output of [process.stdout, process.stderr]) output.on('error', () => run.fail('nobody reads the output'))
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, interrupt)

  const result = judge(await run.run())
  if (interrupted) {
    process.stderr.write('Interrupted; both nodes have ended and their folders are removed.\n')
    return EXIT_INTERRUPTED
  }
  const words = `\n${summary(board, result)}\n`
  if (options.json) process.stderr.write(words)
  process.stdout.write(options.json ? `${JSON.stringify(result)}\n` : words)
  return result.ok ? 0 : 1
}

function viewOf(options: Options, board: Board): View {
  if (options.json) return new LinesView(board, process.stderr)
  if (!process.stdout.isTTY || process.env['TERM'] === 'dumb') return new LinesView(board, process.stdout)
  return new TerminalView(board, process.stdout, !process.env['NO_COLOR'])
}

try {
  if (process.platform === 'win32')
    throw new UsageError('the demonstration stops processes by SIGSTOP, which Windows lacks')
  process.exitCode = await main()
} catch (error) {
  if (!(error instanceof UsageError)) throw error
  process.stderr.write(`error: ${error.message}\n`)
  process.exitCode = 2
}
