import { setTimeout as sleep } from 'node:timers/promises'
import { type Command, Option } from 'commander'
import { NodeClosedError } from '../../core/errors.ts'
import type { PeerRef } from '../../daemon/contract/common.ts'
import type { TicketView } from '../../daemon/contract/pairing.ts'
import { type Control, withControl } from '../control.ts'
import { TicketNotUsedError, UsageError } from '../errors.ts'
import { followEvents } from '../follow-events.ts'
import { withHelp } from '../help.ts'
import { type JsonOptions, type NodeOptions, withJson, withNode } from '../options.ts'
import { note, outputColumns, print, printJson, shown } from '../terminal/output.ts'
import { width } from '../terminal/text.ts'
import { clockTime, durationBetween } from '../terminal/time.ts'

interface TicketOptions extends NodeOptions, JsonOptions {
  readonly expires: number
  /** False after `--no-qr`. */
  readonly qr: boolean
  /** False after `--no-wait`. */
  readonly wait: boolean
}

const expiresDefaultMs = 5 * 60_000
const expiresMinMs = 1_000
const expiresMaxMs = 24 * 3_600_000

/** `holdfast ticket`. */
export function addTicket(program: Command): void {
  const command = program
    .command('ticket')
    .description('print an invitation for one other node, and wait until it is used')
    .addOption(
      new Option('--expires <time>', 'how long it is valid, such as 90s or 1h')
        .default(expiresDefaultMs, '5m')
        .argParser(durationBetween(expiresMinMs, expiresMaxMs)),
    )
    .option('--no-qr', 'print no QR code; without a terminal there never is one')
    .option('--no-wait', 'exit at once; the daemon keeps the ticket open')
  withHelp(
    withJson(withNode(command)),
    `
Anybody who has the ticket can use it, once. Hand it over like a password.

Examples:
  $ holdfast ticket
  $ holdfast ticket --expires 1h
  $ holdfast ticket --advertise tcp://example.net:4001   behind a forwarded port
  $ holdfast ticket --no-wait | wl-copy                  into the clipboard`,
  ).action(ticket)
}

async function ticket(options: TicketOptions): Promise<void> {
  const { expires, json, wait } = options
  await withControl(options, async (control, signal) => {
    if (!wait && control.daemon === undefined) {
      throw new UsageError(
        'Without a daemon the ticket ends with this command; leave --no-wait away, or run `holdfast up` first',
      )
    }
    // Followed before there is a ticket, so that whoever is quick is not missed.
    const over = new AbortController()
    const paired = wait ? await whoPairs(control, AbortSignal.any([signal, over.signal])) : undefined
    try {
      const made = await control.api.ticket(expires)
      await tellTicket(made, options)
      if (paired === undefined) return
      note(`It works once, until ${clockTime(made.expiresAtMs, Date.now())}. Waiting to be paired; Ctrl-C ends it.`)
      const { id, name } = await Promise.race([paired.first, expiry(expires, over.signal)])
      if (json) printJson({ paired: { id, name } })
      else note(`Paired with ${shown(name)}, ${id}`)
    } finally {
      over.abort()
    }
  })
}

/** The next peer that is paired, from when this resolves. */
async function whoPairs(control: Control, signal: AbortSignal): Promise<{ readonly first: Promise<PeerRef> }> {
  const began = Promise.withResolvers<void>()
  const first = nextPaired(control, signal, began.resolve)
  await Promise.race([began.promise, first])
  // Whoever waits for it may be told of something else first.
  first.catch(() => undefined)
  return { first }
}

async function nextPaired(control: Control, signal: AbortSignal, began: () => void): Promise<PeerRef> {
  for await (const { type, peer } of followEvents(control, { signal, began })) {
    if (type === 'peer:paired' && peer !== null) return peer
  }
  signal.throwIfAborted()
  throw new NodeClosedError()
}

async function tellTicket({ ticket, expiresAtMs }: TicketView, { json, qr }: TicketOptions): Promise<void> {
  if (json) return printJson({ ticket, expiresAt: new Date(expiresAtMs).toISOString() })
  print(ticket)
  if (qr && process.stdout.isTTY) await showCode(ticket)
  note('On the other machine, run: holdfast pair <this ticket>')
}

async function showCode(ticket: string): Promise<void> {
  // Loaded where it is shown alone.
  const { qrCode } = await import('../terminal/qr-code.ts')
  // In upper case it takes a third less room, and is the same ticket.
  const lines = qrCode(ticket.toUpperCase())
  const needed = width(lines[0] ?? '')
  if (needed <= outputColumns()) for (const line of lines) print(line)
  else note(`(The terminal is too narrow for the QR code, which takes ${needed} columns)`)
}

async function expiry(ms: number, over: AbortSignal): Promise<never> {
  await sleep(ms, undefined, { signal: over })
  throw new TicketNotUsedError('Nobody used the ticket in time; make another with `holdfast ticket`')
}
