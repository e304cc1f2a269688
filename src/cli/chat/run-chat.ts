import type { PeerRef } from '../../daemon/contract/common.ts'
import type { PeerView } from '../../daemon/contract/peer.ts'
import type { ChatOptions } from '../commands/chat.ts'
import { type Control, withControl } from '../control.ts'
import { RetryingCalls } from '../retrying-calls.ts'
import { choosePeer } from '../terminal/choose-peer.ts'
import { note } from '../terminal/output.ts'
import { runPipe } from './pipe.ts'
import { sendOnce } from './send-once.ts'
import { talk } from './talk.ts'

/** A daemon that is killed is started again by whatever watches over it within this time. */
const daemonWaitMsMax = 15_000

/** What each way to chat works with. */
export interface ChatCommand {
  readonly control: Control
  /** With whom. */
  readonly peers: readonly PeerRef[]
  /** Somebody has named them; else they are all that there are. */
  readonly named: boolean
  readonly options: ChatOptions
  readonly signal: AbortSignal
}

/** On a terminal a conversation, in a pipe lines, and with `--send` one message. */
export async function runChat(names: readonly string[], options: ChatOptions): Promise<void> {
  const isTerminal = process.stdin.isTTY && process.stdout.isTTY && !options.json && options.send === undefined
  const daemonWaitMs = isTerminal ? 0 : Math.min(options.timeout ?? daemonWaitMsMax, daemonWaitMsMax)
  await withControl({ ...options, daemonWaitMs }, async (control, signal) => {
    if (control.node !== undefined && !isTerminal && options.send === undefined)
      note(
        'holdfast: No daemon runs on this folder; this chat runs the node itself, and none can start until it has ended',
      )
    const calls = new RetryingCalls({ control, signal, gone: (why) => note(`holdfast: ${why}`) })
    const peers = chosen(await calls.answer(() => control.api.peers()), names)
    const command: ChatCommand = { control, peers, named: names.length > 0, options, signal }
    if (options.send !== undefined) await sendOnce(command, options.send)
    else if (isTerminal) await talk(command)
    else await runPipe(command)
  })
}

function chosen(known: readonly PeerView[], names: readonly string[]): PeerRef[] {
  const all = known.filter(({ relation }) => relation === 'paired' || relation === 'member')
  // The error of a name that nobody has says how to pair.
  if (all.length === 0) choosePeer('', all)
  const peers = names.length === 0 ? all : names.map((name) => choosePeer(name, all))
  return [...new Set(peers)].map(({ id, name }) => ({ id, name }))
}
