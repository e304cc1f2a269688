import type { PeerState } from '../core/peer/peer-machine.ts'
import type { LossReason } from '../core/peer/reasons.ts'
import { PeerBlockedError } from '../node/errors.ts'
import { shown } from './output.ts'
import { inWords } from './time.ts'

/** What is looked at of a peer. */
export interface FollowedPeer {
  readonly name: string
  readonly state: PeerState
  on(event: 'state', listener: (state: PeerState) => void): unknown
  off(event: 'state', listener: (state: PeerState) => void): unknown
}

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
      const again = lostAt === undefined ? '' : ` again after ${inWords(Date.now() - lostAt)}`
      say(`Connected to ${name}${again}`)
      return
    }
    lostAt = Date.now()
    const why = state.kind === 'disconnected' ? whys[state.reason] : undefined
    if (why !== undefined) say(`Lost the connection to ${name} (${why}); going on as soon as it is back`)
  }
  peer.on('state', changed)
  changed(peer.state)
  return { blocked: blocked.signal, [Symbol.dispose]: () => void peer.off('state', changed) }
}

function isUp({ kind }: PeerState): boolean {
  return kind === 'connected' || kind === 'degraded'
}

/** In words; undefined where the session ends with the link, since the error of its stream tells that. */
const whys: Readonly<Record<LossReason | 'unreachable', string | undefined>> = {
  'closed-by-peer': 'the other side closed it',
  'connection-reset': 'it was reset',
  'no-answer': 'no answer',
  'acknowledgement-stalled': 'nothing was acknowledged any more',
  superseded: 'another took its place',
  duplicate: 'another took its place',
  replaced: 'another took its place',
  idle: 'it was not used',
  'not-wanted': 'the other side does not need it now',
  paused: 'it is paused',
  blocked: 'the peer is blocked',
  unpaired: 'the pairing was ended',
  unreachable: 'it cannot be reached',
  'protocol-error': undefined,
  'peer-shut-down': undefined,
  'peer-restarted': undefined,
  'session-lost': undefined,
  'closed-locally': undefined,
}
