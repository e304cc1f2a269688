// Results go to standard output and nothing else does; hints and progress go to standard error.
import { once } from 'node:events'
import { styleText } from 'node:util'
import { visible, visibleJson } from '../../core/visible.ts'
import { InputOutputError } from '../errors.ts'

let failure: InputOutputError | undefined
let printed = false

/** Prints a line of the result. */
export function print(line: string): void {
  if (!printed) {
    printed = true
    // A reader that has seen enough (`holdfast peers | head -0`) is no failure, and ends no command that still has something to do.
    process.stdout.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') failure = new InputOutputError('output', error)
    })
  }
  process.stdout.write(`${line}\n`)
}

/** Prints a part of the result for scripts: one JSON object on one line. */
export function printJson(value: object): void {
  print(visibleJson(JSON.stringify(value)))
}

let areNotesPrinted = true

/** For `--json`: a program reads standard error as well, and finds errors there, as objects, and nothing else. */
export function silenceNotes(): void {
  areNotesPrinted = false
}

/** Tells the person at the terminal something that is no part of the result: a hint, progress, a warning. Prints nothing with `--json`. */
export function note(line: string): void {
  if (areNotesPrinted) printError(line)
}

/** Prints a line on standard error, with `--json` too. */
export function printError(line: string): void {
  process.stderr.write(`${line}\n`)
}

/** Resolves when standard output has room for more, or takes nothing any more: a slow reader is waited for, not remembered. */
export async function outputDrained(): Promise<void> {
  const { stdout } = process
  if (!stdout.writableNeedDrain || stdout.destroyed) return
  const over = new AbortController()
  const { signal } = over
  await Promise.race(['drain', 'error', 'close'].map((event) => once(stdout, event, { signal }))).catch(() => undefined)
  over.abort()
}

/** Resolves when nobody reads standard output any more; rejects with `InputOutputError` when it fails otherwise. For ever pending without either. */
export function outputClosed(signal: AbortSignal): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const failed = (error: NodeJS.ErrnoException): void => {
    if (error.code === 'EPIPE') resolve()
    else reject(new InputOutputError('output', error))
  }
  process.stdout.on('error', failed)
  signal.addEventListener('abort', () => process.stdout.off('error', failed), { once: true })
  return promise
}

/** Resolves when what was printed has left the process, or cannot. */
export async function flushOutput(): Promise<void> {
  if (printed) await new Promise<void>((resolve) => process.stdout.write('', () => resolve()))
}

/** Why the result could not be printed whole, if it could not. */
export function outputFailure(): InputOutputError | undefined {
  return failure
}

// Standard error may be closed as well; there is nobody left to tell.
process.stderr.on('error', () => {})

export type Style = Parameters<typeof styleText>[0]

/** A text of the result in a style, where standard output shows styles. */
export function styled(style: Style, text: string): string {
  return styleText(style, text, { stream: process.stdout })
}

/** The same for what goes to standard error. */
export function styledNote(style: Style, text: string): string {
  return styleText(style, text, { stream: process.stderr })
}

/** So wide lines of the result may be; those in a file or a pipe may have any width. */
export function outputColumns(): number {
  return process.stdout.columns || Infinity
}

/** What comes from peers and people, for the screen: what would act on it is made visible. */
export function shown(text: string): string {
  return visible(text)
}
