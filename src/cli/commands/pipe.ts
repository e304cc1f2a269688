import type { Command } from 'commander'
import { UsageError } from '../errors.ts'
import { withHelp } from '../help.ts'
import { type FolderOptions, type NetworkOptions, withFolder, withNetwork } from '../options.ts'

export interface PipeOptions extends FolderOptions, NetworkOptions {
  readonly accept?: true
  readonly quiet?: true
}

/** `holdfast pipe`. */
export function addPipe(program: Command): void {
  const command = program
    .command('pipe')
    .description('connect standard input and output of two machines by a stream that survives lost connections')
    .argument('[peer]', 'the peer, by nickname or the start of its id; with --accept: the only one to accept')
    .option('--accept', 'wait until a peer opens the pipe')
    .option('--quiet', 'print nothing about the connection')
  withHelp(
    withNetwork(withFolder(command)),
    `
The pipe ends when both directions have ended. Exit code 0 means that each side wrote everything from the other side's
standard input to its standard output. Either both sides exit with 0 or neither does. A terminal as standard input does
not keep the pipe open after the other side has ended. Any other input does, because a program may answer what it has
read; use </dev/null if there is nothing to send.

Examples:
  $ tar c photos | holdfast pipe bob           here, and on bob:
  $ holdfast pipe --accept alice | tar x`,
  ).action(pipe)
}

async function pipe(name: string | undefined, options: PipeOptions): Promise<void> {
  if (name === undefined && !options.accept) {
    throw new UsageError('Name the peer to open the pipe to, or wait for one with --accept')
  }
  // What carries the bytes would take a third of the start of every other command.
  const { runPipe } = await import('../pipe/run-pipe.ts')
  await runPipe(name, options)
}
