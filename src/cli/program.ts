import { Command } from 'commander'
import { version } from '../daemon/version.ts'
import { addChat } from './commands/chat.ts'
import { addConfig } from './commands/config.ts'
import { addDashboard } from './commands/dashboard.ts'
import { addDecisions, addRename, addUnpair } from './commands/decide.ts'
import { addDoctor } from './commands/doctor.ts'
import { addEvents } from './commands/events.ts'
import { addId } from './commands/id.ts'
import { addPair } from './commands/pair.ts'
import { addPeers } from './commands/peers.ts'
import { addPing } from './commands/ping.ts'
import { addPipe } from './commands/pipe.ts'
import { addStatus } from './commands/status.ts'
import { addTicket } from './commands/ticket.ts'
import { addUp } from './commands/up.ts'
import { withHelp } from './help.ts'

/** As the help lists them. */
const groups: readonly (readonly [title: string, commands: readonly ((program: Command) => void)[]])[] = [
  ['This node', [addUp, addConfig, addId, addDashboard]],
  ['Pairing', [addTicket, addPair, addUnpair]],
  ['Status', [addStatus, addPeers, addEvents, addPing, addDoctor]],
  ['Managing peers', [addDecisions, addRename]],
  ['Data', [addChat, addPipe]],
]

/** The whole command line. Throws commander's errors instead of ending the process. */
export function program(): Command {
  const root = new Command('holdfast')
    .description('Keeps peers connected: pair two machines once, and their streams survive network outages.')
    .version(version(), '--version', 'print the version')
    .helpCommand(false)
    .exitOverride()
    // What went wrong is reported in one place, with the errors of the commands.
    .configureOutput({ outputError: () => {} })
    .configureHelp({
      subcommandTerm: (command) => `${command.name()} ${command.usage().replace(/^\[options\] ?/, '')}`,
      // Beside the longest flags of settings no more room is left on a narrow terminal.
      minWidthToWrap: 30,
    })
  withHelp(
    root,
    `
A node, its peers and its settings live in one folder. Commands talk to the daemon that runs on this folder. If none
runs, they open the node themselves. Name a peer by its nickname or by the start of its id: hf1 and at least four more
characters. \`holdfast <command> --help\` explains a command.

Examples:
  alice$ holdfast ticket                        prints an invitation, and waits
  bob$   holdfast pair hfticket1…               uses it; once is enough
  alice$ holdfast status --watch                the state of all peers, and why
  alice$ holdfast doctor bob                    why bob cannot be reached

Exit codes: 0 done, 1 failed, 2 wrong usage, 130 ended by Ctrl-C.`,
  )
  for (const [title, adds] of groups) {
    root.commandsGroup(`${title}:`)
    for (const add of adds) add(root)
  }
  root.hook('preSubcommand', withSettings)
  return root
}

/** Commands that take the settings of the daemon as flags. */
const settingsCommands = ['up', 'config']

async function withSettings(_root: Command, command: Command): Promise<void> {
  if (!settingsCommands.includes(command.name())) return
  const { addSettings } = await import('./settings-flags.ts')
  addSettings(command)
}
