// What becomes of an error: a sentence for people or an object for scripts, and an exit code.
import { CommanderError } from 'commander'
import { HoldfastError } from '../core/errors.ts'
import { visibleJson, visibleLines } from '../core/visible.ts'
import { FindingsError, UsageError } from './errors.ts'
import { Interrupted } from './terminal/interrupt.ts'
import { printError, styledNote } from './terminal/output.ts'

export function exitCodeOf(error: unknown): number {
  if (error instanceof Interrupted) return error.exitCode
  if (error instanceof CommanderError || error instanceof UsageError) return 2
  // By its code, since its class stands beside the schema, which takes time to load.
  if (error instanceof HoldfastError && error.code === 'config-invalid') return 2
  return 1
}

/** Tells standard error what went wrong: `holdfast: <sentence>`, or with `json` one line `{"error": {"code", "message"}}`. */
export function report(error: unknown, { json }: { json: boolean }): void {
  // Whoever pressed Ctrl-C knows why it ended. `holdfast` alone has printed its help.
  if (error instanceof Interrupted || (error instanceof CommanderError && error.code === 'commander.help')) return
  // The report has just said it.
  if (error instanceof FindingsError && !json) return
  const { code, message } = described(error)
  const line = json
    ? visibleJson(JSON.stringify({ error: { code, message } }))
    : `${styledNote('red', 'holdfast:')} ${visibleLines(message)}`
  printError(line)
}

function described(error: unknown): { code: string; message: string } {
  if (error instanceof CommanderError) return { code: 'usage', message: usage(error) }
  if (error instanceof HoldfastError) return { code: error.code, message: error.message }
  if (!(error instanceof Error)) return { code: 'internal', message: String(error) }
  // The system's own errors say what happened to what; anything else is a mistake of ours, and is to be found.
  if ('syscall' in error && 'code' in error) return { code: String(error.code), message: error.message }
  return {
    code: 'internal',
    message: `this is a mistake in Holdfast, please report it: ${error.stack ?? error.message}`,
  }
}

/** Commander's message in the form of all others: a sentence that says what to do. */
function usage({ message }: CommanderError): string {
  const [problem = '', suggestion] = message.replace(/^error: /, '').split('\n')
  const sentence = capitalized(problem.replace(/\.$/, ''))
  // "(Did you mean --json?)"; a sentence of ours about the right form comes after a full stop.
  if (suggestion) return `${sentence}; ${suggestion.replaceAll(/[()]/g, '').replace(/^D/, 'd')}`
  return sentence.includes('. ') ? sentence : `${sentence}; --help shows what there is`
}

const capitalized = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)
