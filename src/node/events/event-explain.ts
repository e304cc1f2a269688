import type { RefusalCode } from '../../core/frame/constants.ts'
import type { LossReason } from '../../core/peer/reasons.ts'

/**
 * Why a peer or link is not connected: a `LossReason` of the events, `unreachable` of the state `disconnected`, or a refusal, as `code` of the state `blocked`
 * has it.
 */
export type Reason =
  | LossReason
  | RefusalCode
  | 'unreachable'
  | 'kept-out'
  | 'paused'
  | 'full'
  /** A person blocked the peer on this node. */
  | 'blocked-here'

/** What a reason means and what helps, in one sentence for people. */
export function explain(reason: Reason): string {
  return causeAndCure(reason).join('; ')
}

/** The first half of that. */
export function causeOf(reason: Reason): string {
  return causeAndCure(reason)[0]
}

function causeAndCure(reason: Reason): readonly [cause: string, cure: string] {
  switch (reason) {
    case 'closed-by-peer':
      return [
        'the other end closed the connection',
        'its node or machine may have stopped; if that happens often, look at its log',
      ]
    case 'connection-reset':
      return [
        'the connection failed on the way',
        'nothing needs to be done, unless something between the two keeps cutting connections',
      ]
    case 'no-answer':
      return ['no answer to probes', 'the network or the other machine is gone or asleep; check both if it lasts']
    case 'acknowledgement-stalled':
      return [
        'nothing that was sent arrived, though bytes came',
        'look for a firewall or a path that works one way only',
      ]
    case 'superseded':
      return [
        'the other side had lost the connection before this one did',
        'nothing needs to be done, a newer one is used',
      ]
    case 'duplicate':
      return [
        'another connection of the same kind serves',
        'nothing needs to be done; it happens when both sides dial at once',
      ]
    case 'replaced':
      return ['a healthier connection has taken its place', 'nothing needs to be done']
    case 'protocol-error':
      return ['one of the two broke the protocol', 'update the older one, or report it if both run the same version']
    case 'peer-shut-down':
      return ['the other node was closed in order', 'start it again; it is dialed until it is back']
    case 'peer-restarted':
      return ['the other node started anew', 'open streams again, those of before are gone']
    case 'session-lost':
      return [
        'the session was without a connection for too long',
        'open streams again, or raise `retentionMs` where outages last longer',
      ]
    case 'closed-locally':
      return [
        'this node closed it',
        'open the node again; if it was not closed, its application failed, and its own log says how',
      ]
    case 'idle':
      return [
        'nothing used it for the idle timeout',
        'open a stream to dial it again, or set `connectPolicy` to `always`',
      ]
    case 'not-wanted':
      return ['the other side does not need the connection any more', 'open a stream to have it again']
    case 'paused':
      return ['a person paused the peer, here or there', 'resume it on that side']
    case 'unpaired':
      return ['a person ended the pairing, here or there', 'pair again']
    case 'kept-out':
      return ['this node does not admit the peer', 'pair with it, or change `admit`']
    case 'unreachable':
      return ['it was not reached yet', 'check that it runs and where it can be dialed']
    case 'blocked-here':
      return ['a person blocked the peer on this node', 'unblock it']
    case 'blocked':
      return ['a person blocked the peer, here or there', 'unblock it on that side']
    case 'not-paired':
      return ['the other node does not know this one', 'pair again']
    case 'version':
      return ['the two have no version of the protocol in common', 'update the older one']
    case 'identity-in-use':
      return [
        'another machine runs the same identity, or its folder was restored, or its clock was wrong once',
        'give each machine an identity of its own; if there is one alone, set its clock, start it again, and pair the two anew',
      ]
    case 'stale-attach':
      return ['a newer connection has taken its place', 'nothing needs to be done']
    case 'busy':
      return ['the other node has too much to do at the moment', 'wait, it is tried again']
    case 'ticket-refused':
      return ['the ticket is not known there: used, expired, or from before a restart', 'ask for a new one']
    case 'malformed':
      return ['the other node could not understand the greeting', 'update the older one']
    case 'shutting-down':
      return ['the other node is being closed', 'start it again; it is dialed until it is back']
    case 'pairing-closed':
      return ['nobody has opened the other node for pairing', 'open it there, and ask again']
    case 'full':
      return ['the other node has as many peers or connections as it allows', 'raise its limits, or wait']
  }
}
