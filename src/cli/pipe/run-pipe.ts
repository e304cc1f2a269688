import type { HoldfastStream, Node, Peer } from '../../node/api.ts'
import { openPipe } from '../../services/pipe/open.ts'
import { readStore } from '../../store/sqlite.ts'
import type { PeerRecord } from '../../store/store.ts'
import type { PipeOptions } from '../commands/pipe.ts'
import { withControl } from '../control.ts'
import { PeerNotFoundError } from '../errors.ts'
import { followPeer } from '../follow-peer.ts'
import { choosePeer } from '../terminal/choose-peer.ts'
import { aborted } from '../terminal/interrupt.ts'
import { note, shown } from '../terminal/output.ts'
import { carryPipe } from './carry-pipe.ts'
import { acceptPipe, nodeCarrier } from './node-carrier.ts'
import { completed } from './pipe-words.ts'
import { runDaemonPipe } from './run-daemon-pipe.ts'

/** Tells how it goes, unless `--quiet` is given. */
type Say = (line: string) => void

/** Carries standard input to the other side and what comes from there to standard output, until both have ended. */
export async function runPipe(name: string | undefined, { accept, quiet, ...options }: PipeOptions): Promise<void> {
  const say: Say = quiet ? () => {} : (line) => note(`holdfast: ${line}`)
  const chosen = choose(options.dir, name)
  await withControl(options, async ({ daemon, node }, signal) => {
    if (daemon !== undefined) return runDaemonPipe(daemon, { peer: chosen, accept: accept ?? false, say }, signal)
    const peer = chosen && node.peer(chosen.id)
    if (peer !== undefined && !accept) await openTo(peer, signal, say)
    else await acceptFrom(node, peer, signal, say)
  })
}

/** Looks for the peer before a node is opened, so that a wrong name is told at once. */
function choose(dir: string, name: string | undefined): PeerRecord | undefined {
  const records = readStore(dir)?.peers() ?? []
  if (name !== undefined) return choosePeer(name, records)
  if (records.length > 0) return undefined
  throw new PeerNotFoundError(
    'No peer is paired with this node yet, so none can open a pipe; run `holdfast ticket` here and `holdfast pair <ticket>` there',
  )
}

async function openTo(peer: Peer, signal: AbortSignal, say: Say): Promise<void> {
  using following = followPeer(peer, say)
  await carry(peer, AbortSignal.any([signal, following.blocked]), (stop) => openPipe(peer, stop), say)
}

async function acceptFrom(node: Node, only: Peer | undefined, signal: AbortSignal, say: Say): Promise<void> {
  say(`Waiting for ${only === undefined ? 'a peer' : shown(only.name)} to open the pipe`)
  const { stream, peer } = await Promise.race([acceptPipe(node, only?.id), aborted(signal)])
  using following = followPeer(peer, say)
  await carry(peer, AbortSignal.any([signal, following.blocked]), async () => stream, say)
}

/** Joins the stream that `open` gives with standard input and output; when `stop` is aborted, it throws its reason. */
async function carry(
  peer: Peer,
  stop: AbortSignal,
  open: (stop: AbortSignal) => Promise<HoldfastStream>,
  say: Say,
): Promise<void> {
  await carryPipe(nodeCarrier(await open(stop), peer), peer.name, stop)
  say(completed(shown(peer.name)))
}
