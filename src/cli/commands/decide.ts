// What people decide about a peer, by one command each: pause, resume, reconnect, block, unblock, rename, unpair.
import type { Command } from 'commander'
import type { PeerAction } from '../../daemon/client.ts'
import type { PeerView } from '../../daemon/contract/peer.ts'
import { type Control, withControl } from '../control.ts'
import { withHelp } from '../help.ts'
import { type FolderOptions, type JsonOptions, withFolder, withJson } from '../options.ts'
import { settled } from '../settled.ts'
import { choosePeer } from '../terminal/choose-peer.ts'
import { wanted } from '../terminal/confirm.ts'
import { note, print, printJson, shown } from '../terminal/output.ts'

type DecideOptions = FolderOptions & JsonOptions

interface Decision {
  readonly action: PeerAction
  readonly description: string
  /** What holds from then on, as a sentence that begins with the peer's name. */
  readonly done: string
  readonly help: string
  readonly needsDaemon?: string
}

const decisions: readonly Decision[] = [
  {
    action: 'pause',
    description: 'disconnect from a peer until `resume`; open streams continue after that',
    done: 'is paused until `holdfast resume <peer>`',
    help: 'Closes its links and refuses new ones, also after a restart. Keeps the session for an hour, so that streams can continue. The other side is notified.',
  },
  {
    action: 'resume',
    description: 'connect to a paused peer again',
    done: 'is no longer paused',
    help: 'The node dials it at once, if it can.',
  },
  {
    action: 'reconnect',
    description: 'dial a peer now instead of at its next scheduled attempt',
    done: 'is dialed now',
    help: 'Also dials a peer that has refused this node, and does nothing if the peer is connected. `holdfast doctor` explains why a peer cannot be reached.',
    needsDaemon: 'a node that starts dials all of its peers anyway',
  },
  {
    action: 'block',
    description: 'end the session with a peer, and refuse its connections until `unblock`',
    done: 'is blocked until `holdfast unblock <peer>`',
    help: 'Its streams end. It stays paired; `holdfast unpair <peer>` ends the pairing.',
  },
  {
    action: 'unblock',
    description: 'accept a blocked peer again',
    done: 'is no longer blocked',
    help: 'The node dials it at once, if it can. The other side stopped dialing, and begins again when it is reached.',
  },
]

/** The commands that do something to one peer. */
export function addDecisions(program: Command): void {
  for (const decision of decisions) addDecision(program, decision)
}

function addDecision(program: Command, { action, description, done, help, needsDaemon }: Decision): void {
  const command = program
    .command(action)
    .description(description)
    .argument('<peer>', 'the peer, by nickname or the start of its id')
  const described = withHelp(withJson(withFolder(command)), `${help}\n\nExample:\n  $ holdfast ${action} bob`)
  described.action(async (text: string, options: DecideOptions) => {
    await withControl({ ...options, ...(needsDaemon && { needsDaemon }) }, async (control) => {
      const peer = await control.api.act((await chosen(control, text)).id, action)
      tell(peer, done, options)
    })
  })
}

/** `holdfast rename`. */
export function addRename(program: Command): void {
  const command = program
    .command('rename')
    .description('change the name of a peer on this node')
    .argument('<peer>', 'the peer, by nickname or the start of its id')
    .argument('<name>', 'the new name, 1 to 64 bytes')
  withHelp(
    withJson(withFolder(command)),
    `
The other side is not notified.

Example:
  $ holdfast rename hf1qxw4 kitchen`,
  ).action(rename)
}

async function rename(text: string, name: string, options: DecideOptions): Promise<void> {
  await withControl(options, async (control) => {
    const before = await chosen(control, text)
    const peer = await control.api.change(before.id, { name })
    if (options.json) printJson({ id: peer.id, name: peer.name, before: before.name })
    else print(`${shown(before.name)} is now called ${shown(peer.name)}`)
  })
}

/** `holdfast unpair`. */
export function addUnpair(program: Command): void {
  const command = program
    .command('unpair')
    .description('end the pairing with a peer permanently')
    .argument('<peer>', 'the peer, by nickname or the start of its id')
    .option('-y, --yes', 'do not ask for confirmation')
  withHelp(
    withJson(withFolder(command)),
    `
Its streams end, and from then on each side refuses the other. The other side is notified at once, or at its next
attempt to connect. The command asks for confirmation; without a terminal it needs --yes.

Example:
  $ holdfast unpair bob --yes`,
  ).action(unpair)
}

async function unpair(text: string, options: DecideOptions & { readonly yes?: true }): Promise<void> {
  await withControl(options, async (control, signal) => {
    const { id, name } = await chosen(control, text)
    const isWanted = options.yes ?? (await wanted(`End the pairing with ${shown(name)} permanently?`, signal))
    if (!isWanted) return note(`${shown(name)} stays paired`)
    // A node that was opened for this has to reach the peer first, to tell it.
    if (control.node !== undefined) await settled(control.node, signal)
    await control.api.unpair(id)
    if (options.json) printJson({ unpaired: { id, name } })
    else print(`The pairing with ${shown(name)} has ended`)
  })
}

async function chosen({ api }: Control, text: string): Promise<PeerView> {
  return choosePeer(text, await api.peers())
}

function tell(peer: PeerView, done: string, { json }: JsonOptions): void {
  if (json) printJson({ id: peer.id, name: peer.name, state: peer.state })
  else print(`${shown(peer.name)} ${done}`)
}
