import { createInterface } from 'node:readline'
import type { Command } from 'commander'
import { withControl } from '../control.ts'
import { UsageError } from '../errors.ts'
import { withHelp } from '../help.ts'
import { type JsonOptions, type NodeOptions, withJson, withNode } from '../options.ts'
import { note, print, printJson, shown } from '../terminal/output.ts'

interface PairOptions extends NodeOptions, JsonOptions {
  readonly wait?: true
}

/** The lines of a ticket that was wrapped come at once. */
const linesWithinMs = 1_000
/** As much as is looked at for a ticket. */
const inputCharsMax = 8_192

/** `holdfast pair`. */
export function addPair(program: Command): void {
  const command = program
    .command('pair')
    .description('pair with another node, by its ticket or by comparing a code on the local network')
    .argument(
      '[ticket|node...]',
      'what `holdfast ticket` printed on the other machine, - to read it from standard input, or a node on the local network',
    )
    .option('--wait', 'wait until a node on the local network asks to pair')
  withHelp(
    withJson(withNode(command)),
    `
Without an argument, the command lists the nodes on the local network. Run it on both machines, choose the other node on
one of them, and compare the six digits on the two screens. If they differ, somebody intercepts the connection: answer
no. With --json it prints a line {"request": {"code", …}} and reads yes or no from standard input.

Examples:
  $ holdfast pair hfticket1…
  $ ssh bob holdfast ticket | holdfast pair -   without showing the ticket
  $ holdfast pair                               lists the nodes nearby
  $ holdfast pair bob                           asks the nearby node bob
  $ holdfast pair --wait                        on the other machine`,
  ).action(pair)
}

/** A ticket that was pasted without quotes may be several words. */
async function pair(words: readonly string[], options: PairOptions): Promise<void> {
  const argument = words.length === 0 ? undefined : words.join(' ')
  if (options.wait && argument !== undefined) throw new UsageError('Either wait for a node with --wait, or name one')
  const { holdsTicket } = await import('../../identity/ticket.ts')
  if (argument === '-') return pairByTicket(await ticketFromInput(), options)
  if (argument !== undefined && holdsTicket(argument)) return pairByTicket(argument, options)
  await withControl(options, async (control, signal) => {
    const { pairNearby } = await import('./pair-nearby.ts')
    await pairNearby(control, { wanted: argument, waits: options.wait ?? false, json: options.json ?? false }, signal)
  })
}

async function pairByTicket(text: string, { json, ...options }: PairOptions): Promise<void> {
  // Read before the node starts, so that a typing error is told at once.
  const { decodeTicket } = await import('../../identity/ticket.ts')
  const { issuer, addresses } = decodeTicket(text)
  await withControl(options, async ({ api }, signal) => {
    note(`Looking for ${issuer} at ${addresses.join(', ')}`)
    const { id, name } = await api.pair(text, signal)
    if (json) printJson({ paired: { id, name } })
    else print(`Paired with ${shown(name)}, ${id}`)
  })
}

/** The ticket may come from a program that goes on after printing it, so the end of the input is not waited for; and it may be wrapped into lines. */
async function ticketFromInput(): Promise<string> {
  const { decodeTicket, holdsTicket } = await import('../../identity/ticket.ts')
  const lines = createInterface({ input: process.stdin })
  let text = ''
  let timer: NodeJS.Timeout | undefined
  for await (const line of lines) {
    text += `${line}\n`
    if (text.length > inputCharsMax || isTicket(text)) break
    // What is not whole by then has a mistake in it.
    if (holdsTicket(text)) timer ??= setTimeout(() => lines.close(), linesWithinMs)
  }
  clearTimeout(timer)
  return text

  function isTicket(so: string): boolean {
    try {
      return decodeTicket(so) !== undefined
    } catch {
      return false
    }
  }
}
