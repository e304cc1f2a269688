import { setTimeout as sleep } from 'node:timers/promises'
import { type Command, Option } from 'commander'
import type { Node, Peer } from '../node/api.ts'
import { TicketNotUsedError } from './errors.ts'
import { aborted } from './interrupt.ts'
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
import { duration, inWords } from './time.ts'
import { withNode } from './with-node.ts'

interface TicketOptions extends FolderOptions, NetworkOptions, NameOptions, JsonOptions {
  readonly expires: number
}

const expiresDefaultMs = 5 * 60_000
const expiresMinMs = 1_000
const expiresMaxMs = 24 * 3_600_000

/** `holdfast ticket`. */
export function addTicket(program: Command): void {
  const command = program
    .command('ticket')
    .description('print an invitation for one other node, and wait until it has been used')
    .addOption(
      new Option('--expires <time>', 'how long it is good for')
        .default(expiresDefaultMs, '5m')
        .argParser(duration(expiresMinMs, expiresMaxMs)),
    )
  withJson(withNetwork(withFolder(withName(command))))
    .addHelpText(
      'after',
      `
Whoever has the ticket can use it, once: hand it over as you would a password.

Examples:
  $ holdfast ticket
  $ holdfast ticket --expires 1h --advertise tcp://example.net:4001   behind a forwarded port
  $ holdfast ticket | head -1 | qrencode -t ansi                      as a QR code`,
    )
    .action(ticket)
}

async function ticket(options: TicketOptions): Promise<void> {
  const { expires, json } = options
  await withNode(await openOptions(options), async (node, signal) => {
    const text = await node.ticket({ expiresInMs: expires })
    const expiresAtMs = Date.now() + expires
    const paired = firstPaired(node, expires, signal)
    if (json) {
      printJson({ ticket: text, expiresAt: new Date(expiresAtMs).toISOString() })
    } else {
      print(text)
      note('On the other machine, run: holdfast pair <this ticket>')
      note(`It works once, within ${inWords(expires)}. Waiting to be paired; Ctrl-C ends it.`)
    }
    const { id, name } = await paired
    if (json) printJson({ paired: { id, name } })
    else note(`Paired with ${shown(name)}, ${id}`)
  })
}

async function firstPaired(node: Node, expiresInMs: number, signal: AbortSignal): Promise<Peer> {
  const over = new AbortController()
  try {
    return await Promise.race([
      new Promise<Peer>((resolve) => node.once('paired', resolve)),
      expiry(expiresInMs, over.signal),
      aborted(signal),
    ])
  } finally {
    over.abort()
  }
}

async function expiry(ms: number, over: AbortSignal): Promise<never> {
  await sleep(ms, undefined, { signal: over })
  throw new TicketNotUsedError(`Nobody used the ticket within ${inWords(ms)}; make another with \`holdfast ticket\``)
}
