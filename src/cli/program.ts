import { Command } from 'commander'
import { version } from '../daemon/version.ts'
import { addConfig } from './config.ts'
import { addId } from './id.ts'
import { addPair } from './pair.ts'
import { addPeers } from './peers.ts'
import { addPipe } from './pipe.ts'
import { addTicket } from './ticket.ts'

/** The whole command line. Throws commander's errors instead of ending the process. */
export function program(): Command {
  const root = new Command('holdfast')
    .description('Keeps peers connected: pair two machines once, and what runs between them outlives the network.')
    .version(version(), '--version', 'print the version')
    .helpCommand(false)
    .exitOverride()
    // What went wrong is reported in one place, with the errors of the commands.
    .configureOutput({ outputError: () => {} })
    .configureHelp({
      subcommandTerm: (command) => `${command.name()} ${command.usage().replace(/^\[options\] ?/, '')}`,
    })
    .addHelpText(
      'after',
      `
A node, its peers and its settings live in one folder, which one process at a time may use.
\`holdfast <command> --help\` explains a command.

Examples:
  alice$ holdfast ticket                        prints an invitation, and waits
  bob$   holdfast pair hfticket1…               uses it, once for all time
  alice$ tar c photos | holdfast pipe bob       while on bob:
  bob$   holdfast pipe --accept alice | tar x

Exit codes: 0 done, 1 failed, 2 wrong usage, 130 ended by Ctrl-C.`,
    )
  for (const add of [addId, addTicket, addPair, addPeers, addPipe, addConfig]) add(root)
  root.hook('preSubcommand', withSettings)
  return root
}

/** Commands that take the settings of the daemon as flags. */
const settingsCommands = ['config']

async function withSettings(_root: Command, command: Command): Promise<void> {
  if (!settingsCommands.includes(command.name())) return
  const { addSettings } = await import('./settings-flags.ts')
  addSettings(command)
}
