// The public shape of a node. Implementations stand in node.ts, peer.ts and stream.ts.
import type { EventEmitter } from 'node:events'
import type { Duplex } from 'node:stream'
import type { LossReason, PeerState } from '../core/peer/peer-machine.ts'
import type { SessionLimits } from '../core/session/limits.ts'
import type { PeerId } from '../identity/peer-id.ts'

/** Which stream goes first when a link is short of room: 0 (first) to 7 (last). Streams of one priority share fairly. */
export type Priority = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7

export interface OpenStreamOptions {
  /** Default 4. */
  readonly priority?: Priority
  /** Resets the stream when aborted. */
  readonly signal?: AbortSignal
}

/**
 * One ordered, bidirectional byte stream in a session; outlives the links under it.
 * A write's callback means accepted: the session has its own copy and will deliver it for as long as the session lives.
 * `finish`, the callback of `end()` and `close()` mean acknowledged: the peer's session holds every byte and the end.
 */
export interface HoldfastStream extends Duplex {
  readonly protocol: string
  readonly peerId: PeerId
  /** Ends the writing side if it has not ended, and waits until the peer's session has acknowledged all of it. */
  close(): Promise<void>
  /** Ends both directions at once; the peer's stream fails with `StreamResetError` carrying this code (0 to 2³²−1). */
  reset(code: number): void
}

/** A link, for people and scripts to look at. */
export interface LinkInfo {
  readonly address: string
  readonly direction: 'outbound' | 'inbound'
  readonly state: 'healthy' | 'suspect'
  /** Smoothed, in milliseconds; undefined before the first sample. */
  readonly roundTripMs: number | undefined
}

export interface PeerEvents {
  state: [state: PeerState]
  'link:up': [link: LinkInfo]
  'link:lost': [link: LinkInfo, reason: LossReason]
  disconnected: [reason: LossReason]
  /** A session began; a link that resumes one does not raise it. */
  session: []
}

/** A remote identity: a durable handle, whether or not it can be reached now. */
export interface Peer extends EventEmitter<PeerEvents> {
  readonly id: PeerId
  readonly name: string
  readonly state: PeerState
  readonly links: readonly LinkInfo[]
  /** Opens a stream; waits for the peer if it cannot be reached now. Without data written to it nothing is sent at once. */
  openStream(protocol: string, options?: OpenStreamOptions): Promise<HoldfastStream>
  /** Resolves when a link is attached. */
  connected(options?: { signal?: AbortSignal }): Promise<void>
}

/** Serves a stream that a peer opened. If it throws or rejects, the stream is destroyed with that error and the peer sees a reset with code 4, `internal`. */
export type StreamHandler = (stream: HoldfastStream, peer: Peer) => unknown

export interface NodeEvents {
  paired: [peer: Peer]
  /** A session with the peer began; a link that resumes one does not raise it. */
  session: [peer: Peer]
  'peer:connected': [peer: Peer]
  'peer:disconnected': [peer: Peer, reason: LossReason]
  'link:up': [peer: Peer, link: LinkInfo]
  'link:lost': [peer: Peer, link: LinkInfo, reason: LossReason]
}

/** A running instance with one identity. */
export interface Node extends EventEmitter<NodeEvents>, AsyncDisposable {
  readonly id: PeerId
  readonly name: string
  /** Where this node listens, with real ports. */
  readonly listening: readonly string[]
  /** Where peers are told to dial it: what `advertise` says, or else the addresses behind those listened on. */
  readonly addresses: readonly string[]
  /** An invitation for one peer, good for five minutes unless `expiresInMs` says otherwise. */
  ticket(options?: { expiresInMs?: number }): Promise<string>
  /** Uses a ticket from another node; resolves when both sides have confirmed and stored the pairing. */
  pair(ticket: string, options?: { signal?: AbortSignal }): Promise<Peer>
  /** The paired peer with this id; throws `UnknownPeerError` if there is none. */
  peer(id: string): Peer
  peers(): Peer[]
  /** Serves a protocol by name. One handler a name; registering again replaces it. */
  handle(protocol: string, handler: StreamHandler): void
  unhandle(protocol: string): void
  /** Takes nothing new, waits until what was written is acknowledged (at most `flushTimeoutMs`, 5,000 by default), then ends. */
  close(options?: { flushTimeoutMs?: number }): Promise<void>
}

export interface OpenOptions {
  /** The folder of identity, peers and settings; made if missing. One process may hold it at a time. */
  readonly dir: string
  /** What peers see at pairing; the machine's host name by default. */
  readonly name?: string
  /** Where to listen: `tcp://host:port`, port 0 for any. Default: all interfaces, on a port that is picked once and kept. An empty list: do not listen. */
  readonly listen?: readonly string[]
  /** What to tell peers instead of the addresses listened on (behind a proxy or a forwarded port). */
  readonly advertise?: readonly string[]
  /** Bounds of each session; what is left out stays as it is by default. */
  readonly limits?: Partial<SessionLimits>
  /** What all sessions together may grow to beyond their first limits. Default 256 MiB. */
  readonly memoryBudgetBytes?: number
}
