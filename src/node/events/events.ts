import type { Band } from '../../core/health/band.ts'
import type { PeerState } from '../../core/peer/peer-machine.ts'
import type { LossReason } from '../../core/peer/reasons.ts'
import type { PeerId } from '../../identity/peer-id.ts'
import type { LinkInfo } from '../api.ts'
import type { NearbyNode } from '../local/nearby-api.ts'
import type { PeerPath } from '../peer/peer-path.ts'

/** Why a node was opened or closed for pairing by code. `tries`: one pairing came as far as a code, and was not completed. */
export type PairingWindowReason = 'asked' | 'paired' | 'time' | 'tries'

/** Whom an event is about, as it was called at that moment. */
export interface EventPeer {
  readonly id: PeerId
  readonly name: string
}

interface PeerEvent {
  readonly peer: EventPeer
}

/** What happens to a node, by type. Plain data that can be written as JSON; moments are milliseconds since 1970. */
export interface NodeEventTypes {
  /** A peer is new: paired, met as a member of the network, admitted as a guest, or a host at which this node is a guest. */
  'peer:paired': PeerEvent
  /** It is no peer of this node any more. */
  'peer:unpaired': PeerEvent
  /** `peer.name` is the new name. */
  'peer:renamed': PeerEvent & { readonly before: string }
  /** `settings` are those that hold from now on. */
  'peer:settings': PeerEvent & { readonly settings: object }
  'peer:state': PeerEvent & { readonly state: PeerState; readonly before: PeerState }
  /** The first link is up. `awayMs`: since the last one was lost; undefined if there was none since the start. */
  'peer:connected': PeerEvent & { readonly link: LinkInfo; readonly awayMs: number | undefined }
  /** The last link is lost. `heldMs`: for how long the peer had been connected; `nextAttempt`: undefined if none is planned. */
  'peer:disconnected': PeerEvent & {
    readonly reason: LossReason
    readonly heldMs: number
    readonly nextAttempt: number | undefined
  }
  /** The peer is reached by other kinds of link than `before`. With the first link it follows `link:up`, with the last one `peer:disconnected`. */
  'peer:path': PeerEvent & { readonly path: PeerPath; readonly before: PeerPath }
  'link:up': PeerEvent & { readonly link: LinkInfo }
  /** `remaining`: how many links to the peer are left. */
  'link:lost': PeerEvent & {
    readonly link: LinkInfo
    readonly reason: LossReason
    readonly heldMs: number
    readonly remaining: number
  }
  /** Frames go over another link than before. `from` is undefined if that one was lost before. */
  'link:active': PeerEvent & { readonly from: LinkInfo | undefined; readonly to: LinkInfo }
  /** A session began: the first, or one after a restart or a long outage. A link that resumes one raises nothing. */
  'session:new': PeerEvent
  /** `score` is 0 to 100. */
  'health:band': PeerEvent & {
    readonly link: LinkInfo
    readonly band: Band
    /** Undefined for the first one. */
    readonly before: Band | undefined
    readonly score: number
  }
  /** An attempt came to nothing. `code` is that of the error (docs/errors.md), `addresses` what was tried. */
  'dial:failed': PeerEvent & {
    readonly attempt: number
    readonly code: string
    readonly message: string
    readonly addresses: readonly string[]
    readonly nextAttempt: number | undefined
  }
  /** A node was heard on the local network that was not there before. */
  'nearby:found': { readonly node: NearbyNode }
  /** It has said that it stops, or was not heard for two minutes. */
  'nearby:lost': { readonly id: PeerId; readonly name: string }
  /** Two people are to compare a code (`node.pairingRequests()`); `direction` as there. */
  'pairing:requested': {
    readonly id: PeerId
    readonly name: string
    readonly address: string
    readonly direction: 'outbound' | 'inbound'
    readonly code: string
    readonly expiresAtMs: number
  }
  /** One of those is over. `rejected`: by the person here. `message`: why it failed, in words. */
  'pairing:ended': {
    readonly id: PeerId
    readonly name: string
    readonly direction: 'outbound' | 'inbound'
    readonly outcome: 'paired' | 'rejected' | 'rejected-by-peer' | 'failed'
    readonly message: string
  }
  /** The node was opened for pairing by code until then, or closed (undefined), and why. */
  'pairing:open': {
    readonly untilMs: number | undefined
    readonly reason: PairingWindowReason
  }
  /**
   * Somebody tried to pair and came to nothing. `source`: the IP address (of IPv6, the /64) that it came from, and for how long nothing more is looked at from there. `count`: such tries
   * since the node was opened, also those that were turned away unseen and are not told of.
   */
  'pairing:refused': {
    readonly id: PeerId
    readonly source: string
    readonly reason: 'unknown-ticket' | 'wrong-secret' | 'code-not-confirmed'
    readonly count: number
    readonly waitMs: number
  }
  /** The process did not run for `stalledMs`: the machine slept, or something was busy. */
  wake: { readonly stalledMs: number }
  /** The addresses of the machine changed; these are those of now. */
  'interfaces:changed': { readonly added: readonly string[]; readonly removed: readonly string[] }
  /** The consumer was too slow: so many events before the next one were dropped. */
  'events:missed': { readonly count: number }
}

/** The kind of a `NodeEvent`. */
export type NodeEventType = keyof NodeEventTypes

/** An event before it has its place in the order of all. */
export type NewNodeEvent = {
  [Type in NodeEventType]: { readonly type: Type } & Readonly<NodeEventTypes[Type]>
}[NodeEventType]

/**
 * Something that happened to a node or one of its peers. `sequence` grows by one with each event of the node, `atMs` is the wall clock. More types
 * may come with later versions; write a `default` in a `switch` over them.
 */
export type NodeEvent = NewNodeEvent & { readonly sequence: number; readonly atMs: number }
