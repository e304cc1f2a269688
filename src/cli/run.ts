// One run of the command line, from its arguments to its exit code.
import { CommanderError } from 'commander'
import { exitCodeOf, report } from './failure.ts'
import { program } from './program.ts'
import { flushOutput, outputFailure, silenceNotes } from './terminal/output.ts'

/** Does what the arguments say and ends the process: 0 done, 1 failed, 2 wrong usage, 128 + n ended by signal n (Ctrl-C: 130). */
export async function run(args: readonly string[]): Promise<void> {
  const json = args.includes('--json')
  if (json) silenceNotes()
  let failure = await failureOf(args)
  await flushOutput()
  failure ??= outputFailure()
  if (failure !== undefined) report(failure, { json })
  process.exit(failure === undefined ? 0 : exitCodeOf(failure))
}

async function failureOf(args: readonly string[]): Promise<unknown> {
  try {
    await program().parseAsync(args, { from: 'user' })
    return undefined
  } catch (error) {
    // Commander throws this after it has printed the help or the version that somebody asked for, too.
    return error instanceof CommanderError && error.exitCode === 0 ? undefined : error
  }
}
