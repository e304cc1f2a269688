import { type Command, Option } from 'commander'
import type { EventView } from '../../daemon/contract/event.ts'
import { type Control, withControl } from '../control.ts'
import { followEvents } from '../follow-events.ts'
import { withHelp } from '../help.ts'
import { type FolderOptions, type JsonOptions, wholeNumber, withFolder, withJson } from '../options.ts'
import { choosePeer } from '../terminal/choose-peer.ts'
import { EventPrinter } from '../terminal/event-printer.ts'
import { note, printJson } from '../terminal/output.ts'

interface EventsOptions extends FolderOptions, JsonOptions {
  readonly follow?: true
  readonly all?: true
  readonly lines: number
}

const linesMax = 1_000

/** `holdfast events`. */
export function addEvents(program: Command): void {
  const command = program
    .command('events')
    .description('show what happened to the node and its peers, and why')
    .argument('[peer]', 'show only the events of this peer, given by nickname or the start of its id')
    .option('-f, --follow', 'keep printing new events, until Ctrl-C')
    .option('--all', 'print every event, including those that others imply; fold nothing')
    .addOption(
      new Option('-n, --lines <number>', 'how many of the latest events to print')
        .default(50)
        .argParser(wholeNumber(0, linesMax)),
    )
  withHelp(
    withJson(withFolder(command)),
    `
Each change is one line; repeated events are folded into one line with a count. With --json every event is printed.

Examples:
  $ holdfast events --follow
  $ holdfast events bob -n 200
  $ holdfast events -f --json | jq 'select(.type == "peer:disconnected").data'`,
  ).action(events)
}

async function events(text: string | undefined, options: EventsOptions): Promise<void> {
  const needsDaemon = options.follow ? {} : { needsDaemon: 'what has happened is known to a running one alone' }
  await withControl({ ...options, ...needsDaemon }, async (control, signal) => {
    const peer = text === undefined ? undefined : choosePeer(text, await control.api.peers()).id
    using printer = options.json ? undefined : new EventPrinter({ all: options.all ?? false })
    const tell = (event: EventView): void => (printer === undefined ? printJson(event) : printer.tell(event))
    const past = await pastEvents(control, peer, options.lines)
    if (printer === undefined) for (const event of past.events) printJson(event)
    else printer.tellPast(past.events)
    if (options.follow) await follow(control, peer, past.newest, signal, tell)
  })
}

/** The last `limit` events of the past, and the newest event of all: the stream goes on behind that, so no event is told twice or left out. */
async function pastEvents(
  { api }: Control,
  peer: string | undefined,
  limit: number,
): Promise<{ readonly events: readonly EventView[]; readonly newest: string }> {
  const { events, newest } = await api.log({ peer, limit: Math.max(1, limit) })
  return { events: limit === 0 ? [] : events, newest }
}

async function follow(
  control: Control,
  peer: string | undefined,
  after: string,
  signal: AbortSignal,
  tell: (event: EventView) => void,
): Promise<void> {
  const gone = (): void => note('The daemon has ended; waiting until it is back')
  for await (const event of followEvents(control, { after, peer, signal, gone })) tell(event)
  signal.throwIfAborted()
}
