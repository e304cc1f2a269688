import { createInterface } from 'node:readline/promises'
import { UsageError } from '../errors.ts'

/** Asks before something that nobody can undo. Throws `UsageError` where there is no terminal, so nobody who could answer. */
export async function wanted(question: string, signal: AbortSignal): Promise<boolean> {
  if (process.stdin.isTTY) return confirmed(question, signal)
  throw new UsageError(`Nobody is there to answer '${question}'; add --yes`)
}

/** Asks a question on standard error, unless it is empty, and reads the answer from standard input. Anything but yes is no; so is the end of the input. */
export async function confirmed(question: string, signal: AbortSignal): Promise<boolean> {
  const answer = await answerTo(question === '' ? '' : `${question} [y/N] `, signal)
  return /^y(es)?$/i.test(answer?.trim() ?? '')
}

/** What a person types in a line; undefined at the end of the input. Throws the signal's reason. */
export async function answerTo(question: string, signal: AbortSignal): Promise<string | undefined> {
  signal.throwIfAborted()
  const lines = createInterface({ input: process.stdin, output: process.stderr })
  const ended = new AbortController()
  lines.once('close', () => ended.abort())
  // In raw mode Ctrl-C is a key like others.
  lines.on('SIGINT', () => process.kill(process.pid, 'SIGINT'))
  try {
    return await lines.question(question, { signal: AbortSignal.any([signal, ended.signal]) })
  } catch (error) {
    signal.throwIfAborted()
    if (ended.signal.aborted) return undefined
    throw error
  } finally {
    lines.close()
  }
}
