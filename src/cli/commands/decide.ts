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
    description: 'let go of a peer until `resume`; open streams go on then',
    done: 'is paused until `holdfast resume <peer>`',
    help: 'Its links are closed and new ones refused, also after a restart. The session is kept for an hour, so that streams can go on. The other side is told.',
  },
  {
    action: 'resume',
    description: 'end a pause',
    done: 'is not paused any more',
    help: 'It is dialed at once, if it can be.',
  },
  {
    action: 'reconnect',
    description: 'dial a peer now, whatever the schedule says',
    done: 'is dialed now',
    help: 'Asks one anew that has refused this node, and does nothing for one that is connected. `holdfast doctor` says why a peer cannot be reached.',
    needsDaemon: 'a node that starts dials all of its peers anyway',
  },
  {
    action: 'block',
    description: 'end the session with a peer and refuse it until `unblock`',
    done: 'is blocked until `holdfast unblock <peer>`',
    help: 'Its streams end. It stays paired; `holdfast unpair <peer>` ends that as well.',
  },
  {
    action: 'unblock',
    description: 'admit a blocked peer again',
    done: 'is not blocked any more',
    help: 'It is dialed at once, if it can be. The other side has stopped dialing, and takes it up again when it is reached.',
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
    .description('call a peer something else, on this node')
    .argument('<peer>', 'the peer, by nickname or the start of its id')
    .argument('<name>', 'what it is to be called, 1 to 64 bytes')
  withHelp(
    withJson(withFolder(command)),
    `
The other side does not hear of it.

Example:
  $ holdfast rename hf1qxw4 kitchen`,
  ).action(rename)
}

async function rename(text: string, name: string, options: DecideOptions): Promise<void> {
  await withControl(options, async (control) => {
    const before = await chosen(control, text)
    const peer = await control.api.change(before.id, { name })
    if (options.json) printJson({ id: peer.id, name: peer.name, before: before.name })
    else print(`${shown(before.name)} is called ${shown(peer.name)} now`)
  })
}

/** `holdfast unpair`. */
export function addUnpair(program: Command): void {
  const command = program
    .command('unpair')
    .description('end the pairing with a peer, for good')
    .argument('<peer>', 'the peer, by nickname or the start of its id')
    .option('-y, --yes', 'do not ask')
  withHelp(
    withJson(withFolder(command)),
    `
Its streams end, and each side refuses the other from then on. The other side is told if it can be reached; else it
learns that at its next attempt. Asks before; without a terminal it takes --yes.

Example:
  $ holdfast unpair bob --yes`,
  ).action(unpair)
}

async function unpair(text: string, options: DecideOptions & { readonly yes?: true }): Promise<void> {
  await withControl(options, async (control, signal) => {
    const { id, name } = await chosen(control, text)
    const isWanted = options.yes ?? (await wanted(`End the pairing with ${shown(name)} for good?`, signal))
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
