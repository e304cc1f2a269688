import { EventEmitter } from 'node:events'
import type { PeerState } from '../../core/peer/peer-machine.ts'
import type { FoundDaemon } from '../find-daemon.ts'
import { followEvents } from '../follow-events.ts'
import { type FollowedPeer, followPeer } from '../follow-peer.ts'
import { shown } from '../terminal/output.ts'
import { carryPipe } from './carry-pipe.ts'
import { type DaemonPipe, daemonCarrier, openDaemonPipe } from './daemon-carrier.ts'
import { completed } from './pipe-words.ts'

export interface DaemonPipeOptions {
  /** The full id and the name of the peer to open it to, or to accept it from alone. */
  readonly peer: { readonly id: string; readonly name: string } | undefined
  readonly accept: boolean
  readonly say: (line: string) => void
}

/** The same as `runPipe`, by the daemon that runs on the folder. */
export async function runDaemonPipe(
  daemon: FoundDaemon,
  { peer, accept, say }: DaemonPipeOptions,
  signal: AbortSignal,
): Promise<void> {
  if (peer !== undefined && !accept) {
    using followed = await Followed.peer(daemon, peer.id, signal)
    using following = followPeer(followed, say)
    const stop = AbortSignal.any([signal, following.blocked])
    await carry(daemon, await openDaemonPipe(daemon, `/peers/${peer.id}/pipe`, stop), peer.name, stop, say)
    return
  }
  say(`Waiting for ${peer === undefined ? 'a peer' : shown(peer.name)} to open the pipe`)
  const pipe = await openDaemonPipe(daemon, peer === undefined ? '/pipe' : `/pipe?peer=${peer.id}`, signal)
  using followed = await Followed.peer(daemon, pipe.peerId, signal)
  using following = followPeer(followed, say)
  await carry(daemon, pipe, followed.name, AbortSignal.any([signal, following.blocked]), say)
}

/** A peer of the daemon, as far as its coming and going can be followed. */
class Followed extends EventEmitter<{ state: [state: PeerState] }> implements FollowedPeer, Disposable {
  readonly name: string
  state: PeerState
  readonly #over = new AbortController()

  private constructor(name: string, state: PeerState) {
    super()
    this.name = name
    this.state = state
  }

  static async peer({ api }: FoundDaemon, id: string, signal: AbortSignal): Promise<Followed> {
    const { name, state } = await api.peer(id)
    // What is looked at is the same in both.
    const followed = new Followed(name, state as unknown as PeerState)
    void followed.#follow(api, id, AbortSignal.any([signal, followed.#over.signal])).catch(() => undefined)
    return followed
  }

  [Symbol.dispose](): void {
    this.#over.abort()
  }

  async #follow(api: FoundDaemon['api'], id: string, signal: AbortSignal): Promise<void> {
    for await (const { type, data } of followEvents({ api, daemon: undefined }, { peer: id, signal })) {
      if (type !== 'peer:state') continue
      this.state = data['state'] as PeerState
      this.emit('state', this.state)
    }
  }
}

async function carry(
  daemon: FoundDaemon,
  pipe: DaemonPipe,
  peerName: string,
  stop: AbortSignal,
  say: (line: string) => void,
): Promise<void> {
  await carryPipe(daemonCarrier(daemon, pipe, shown(peerName)), peerName, stop)
  say(completed(shown(peerName)))
}
