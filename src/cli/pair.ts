import { createInterface } from 'node:readline'
import type { Command } from 'commander'
import {
  type FolderOptions,
  type JsonOptions,
  type NameOptions,
  type NetworkOptions,
  openOptions,
  withFolder,
  withJson,
  withName,
  withNetwork,
} from './options.ts'
import { note, print, printJson, shown } from './output.ts'
import { withNode } from './with-node.ts'

interface PairOptions extends FolderOptions, NetworkOptions, NameOptions, JsonOptions {}

/** `holdfast pair`. */
export function addPair(program: Command): void {
  const command = program
    .command('pair')
    .description('pair with the node that made a ticket')
    .argument('<ticket>', 'what `holdfast ticket` printed there, or - to read it from standard input')
  withJson(withNetwork(withFolder(withName(command))))
    .addHelpText(
      'after',
      `
Examples:
  $ holdfast pair hfticket1…
  $ ssh bob holdfast ticket | holdfast pair -      hides the ticket from others on this machine`,
    )
    .action(pair)
}

async function pair(argument: string, options: PairOptions): Promise<void> {
  const { json } = options
  const text = argument === '-' ? await firstLine() : argument
  // Read before the node starts, so that a typing error is told at once.
  const { decodeTicket } = await import('../identity/ticket.ts')
  const { issuer, addresses } = decodeTicket(text)
  await withNode(await openOptions(options), async (node, signal) => {
    if (!json) note(`Looking for ${issuer} at ${addresses.join(', ')}`)
    const peer = await node.pair(text, { signal })
    if (json) printJson({ paired: { id: peer.id, name: peer.name } })
    else print(`Paired with ${shown(peer.name)}, ${peer.id}`)
  })
}

/** The ticket may come from a program that goes on after printing it, so the end of the input is not waited for. */
async function firstLine(): Promise<string> {
  const lines = createInterface({ input: process.stdin })
  for await (const line of lines) return line
  return ''
}
