import type { PeerState } from '../core/peer/peer-machine.ts'
import type { LossReason } from '../core/peer/reasons.ts'
import { lossCause } from '../format/loss-cause.ts'
import { PeerBlockedError } from '../node/errors.ts'
import { duration } from '../node/events/duration.ts'
import { shown } from './terminal/output.ts'

/** What is looked at of a peer. */
export interface FollowedPeer {
  readonly name: string
  readonly state: PeerState
  on(event: 'state', listener: (state: PeerState) => void): unknown
  off(event: 'state', listener: (state: PeerState) => void): unknown
}

/** With these the session ends as well as the link, and the error of the stream tells that. */
const sessionEnds: ReadonlySet<LossReason | 'unreachable'> = new Set([
  'protocol-error',
  'peer-shut-down',
  'peer-restarted',
  'session-lost',
  'closed-locally',
  'blocked',
  'unpaired',
])

export interface Following extends Disposable {
  /** Aborted when the peer cannot be reached until somebody does something about it; the reason is a `PeerBlockedError`. */
  readonly blocked: AbortSignal
}

/** Tells when the peer is reached, lost and reached again, until it is disposed of. */
export function followPeer(peer: FollowedPeer, say: (line: string) => void): Following {
  const name = shown(peer.name)
  const blocked = new AbortController()
  let lostAt: number | undefined
  let up = isUp(peer.state)
  say(up ? `Connected to ${name}` : `Waiting for ${name}`)

  const changed = (state: PeerState): void => {
    if (state.kind === 'blocked') {
      blocked.abort(new PeerBlockedError(`${name} cannot be reached: ${shown(state.message)}`))
    }
    if (isUp(state) === up) return
    up = !up
    if (up) {
      const again = lostAt === undefined ? '' : ` again after ${duration(Date.now() - lostAt)}`
      say(`Connected to ${name}${again}`)
      return
    }
    lostAt = Date.now()
    if (state.kind === 'disconnected' && !sessionEnds.has(state.reason)) {
      say(`Lost the connection to ${name} (${shown(lossCause(state.reason))}); going on as soon as it is back`)
    }
  }
  peer.on('state', changed)
  changed(peer.state)
  return { blocked: blocked.signal, [Symbol.dispose]: () => void peer.off('state', changed) }
}

function isUp({ kind }: PeerState): boolean {
  return kind === 'connected' || kind === 'degraded'
}
