import { type Command, Option } from 'commander'
import { UsageError } from '../errors.ts'
import { withHelp } from '../help.ts'
import { type JsonOptions, type NodeOptions, wholeNumber, withJson, withNode } from '../options.ts'
import { durationBetween } from '../terminal/time.ts'

export interface ChatOptions extends NodeOptions, JsonOptions {
  readonly send?: string
  /** In milliseconds. */
  readonly timeout?: number
  readonly lines?: number
}

const linesMax = 1_000
const timeoutMsMin = 1_000
const timeoutMsMax = 24 * 3_600_000

/** `holdfast chat`. */
export function addChat(program: Command): void {
  const command = program
    .command('chat')
    .description('chat with peers; messages written during an outage are delivered after it')
    .argument('[peer...]', 'the peers to chat with, by nickname or the start of the id (default: all peers)')
    .option('--send <text>', 'send this to each of the peers, wait until they have it, and exit')
    .addOption(
      new Option(
        '--timeout <time>',
        'with --send or in a pipe: how long to wait for the daemon, and for delivery, such as 90s or 1h (default: for ever)',
      ).argParser(durationBetween(timeoutMsMin, timeoutMsMax)),
    )
    .addOption(
      new Option(
        '-n, --lines <number>',
        'how many earlier messages to show (default: 20 on a terminal, else 0)',
      ).argParser(wholeNumber(0, linesMax)),
    )
  withHelp(
    withJson(withNode(command)),
    `
On a terminal, type a message and press Enter. One tick marks a message that waits, two ticks one that the other side
has. /help explains the rest; Ctrl-D leaves. In a pipe, each line of standard input is a message, and messages from
peers are printed. The command ends when standard input has ended and everything is delivered. Exit code 0 means that
the other side has stored everything. A line that cannot be sent is reported, and the exit code is 1.

Examples:
  $ holdfast chat bob
  $ holdfast chat bob --send 'the backup is done' --timeout 1m
  $ tail -f alarms.log | holdfast chat bob carol
  $ holdfast chat --json < /dev/null -n 100          the last hundred messages`,
  ).action(chat)
}

async function chat(names: string[], options: ChatOptions): Promise<void> {
  if (options.send !== undefined && names.length === 0) throw new UsageError('Name the peers to send to')
  // What talks would take a third of the start of every other command.
  const { runChat } = await import('../chat/run-chat.ts')
  await runChat(names, options)
}
