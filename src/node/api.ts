// The public shape of a node. Implementations stand in node.ts, peer.ts and stream.ts.
import type { EventEmitter } from 'node:events'
import type { Duplex } from 'node:stream'
import type { KnownAddress } from '../core/dial/address-book.ts'
import type { Status } from '../core/frame/frames.ts'
import type { Band, Trend } from '../core/health/band.ts'
import type { KeepAlive } from '../core/health/keep-alive.ts'
import type { PeerHealth } from '../core/health/peer-health.ts'
import type { PeerState } from '../core/peer/peer-machine.ts'
import type { LossReason } from '../core/peer/reasons.ts'
import type { PeerId } from '../identity/peer-id.ts'
import type { PairingKeys } from '../identity/proof.ts'
import type { LinkKind } from '../transport/transport.ts'
import type { BroadcastHandler, BroadcastOptions, BroadcastResult, SendOptions } from './broadcast/broadcast.ts'
import type { ProbeOptions, ProbeResult } from './dial/probe.ts'
import type { NodeEvent } from './events/events.ts'
import type { LocalNetwork, PairingRequest } from './local/nearby-api.ts'
import type { NodeTuning } from './options.ts'
import type { PeerPath } from './peer/peer-path.ts'

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
  /** The number that both sides know it by; used once between two runs of two nodes. */
  readonly id: number
  /** The other end, as seen from here. */
  readonly address: string
  readonly localAddress: string
  readonly direction: 'outbound' | 'inbound'
  readonly kind: LinkKind
  readonly state: 'healthy' | 'suspect'
  /** It carries frames now; with load sharing, it is the one preferred for frames that belong to no stream. */
  readonly active: boolean
  /** Since when it is attached, in milliseconds since 1970. */
  readonly sinceMs: number
  /** When the last byte came on it, in milliseconds since 1970. */
  readonly lastSeenMs: number
  /** When a probe of it was last answered, and so how old the figures below are; undefined before the first. */
  readonly lastCheckMs: number | undefined
  /** Smoothed, in milliseconds; undefined before the first sample. */
  readonly roundTripMs: number | undefined
  /** By how much one sample of the round trip differs from the next, smoothed, in milliseconds. */
  readonly jitterMs: number | undefined
  /** Share of the last probes that were not answered in time, from 0 to 1. */
  readonly loss: number | undefined
  /** From 0 to 100: how well it does (docs/health.md); undefined before the first probe. */
  readonly score: number | undefined
  readonly band: Band | undefined
  readonly trend: Trend | undefined
  /** What the other side measured, if it said so. */
  readonly remote: Status | undefined
  /** Bytes of frames that were given to the connection, those of the handshake included; what TLS and the network add is not. */
  readonly bytesSent: number
  /** Likewise, bytes that came. */
  readonly bytesReceived: number
}

/** What one peer has cost since this node was opened. */
export interface PeerCounts {
  /** Over all its links, those that are gone included (`LinkInfo.bytesSent`). */
  readonly bytesSent: number
  readonly bytesReceived: number
  /** Streams that are not over yet, opened by either side. */
  readonly openStreams: number
  /** Connections begun to reach it. */
  readonly dialAttempts: number
}

/** The same of a whole node. What counts up, the bytes, dials and streams opened, never goes down, also when a peer is unpaired. */
export interface NodeCounts extends PeerCounts {
  readonly streamsOpened: number
  /** Probes of all links, by what came of them. */
  readonly probesAnswered: number
  readonly probesMissed: number
  /** Connections that there are, those in the handshake included. */
  readonly links: number
  /** As many as `peers()`. */
  readonly peers: number
  /** As many as `connectedPeers()`. */
  readonly connectedPeers: number
}

/** What a peer said of itself when its last link came up. */
export interface PeerSaid {
  /** The minor version of protocol 1 that it speaks. */
  readonly minor: number
  /** The numbers of the features that it offers (SPEC.md, section 3). */
  readonly features: readonly number[]
  /** The address under which it saw this node when that dialed it last; undefined if that was never told. */
  readonly observedAddress: string | undefined
}

/**
 * What a peer is to this node: `paired` for good; a `member` of the same network, which needs no pairing; a `guest` that this node admits; or a
 * `host`, at which this node is a guest.
 */
export type Relation = 'paired' | 'member' | 'guest' | 'host'

/** What a person may choose for one peer. Kept across restarts for paired peers and members. */
export interface PeerSettings {
  /** `always`: a link is held whenever that can be had. `on-demand`: only while a stream is open or being opened, and a while longer. */
  readonly connectPolicy: 'always' | 'on-demand'
  /** For how long a peer that is not held always keeps a link without an open stream. Default 5 min; a guest's is an option of the node. */
  readonly idleTimeoutMs: number | undefined
  /** How its links are watched; undefined: as the node's option says. */
  readonly keepAlive: KeepAlive | undefined
  /** Which protocols it may open streams for, and broadcast for. Default `all`; for guests what the node's option `guests` names. */
  readonly protocols: 'all' | readonly string[]
}

export interface PeerEventMap {
  state: [state: PeerState, before: PeerState]
  'link:up': [link: LinkInfo]
  'link:lost': [link: LinkInfo, reason: LossReason]
  disconnected: [reason: LossReason]
  /** A session began; a link that resumes one does not raise it. */
  session: []
  /** An attempt to reach it came to nothing; the next one is due at `nextAttempt` (milliseconds since 1970), if one is planned. */
  'dial:failed': [attempt: number, error: Error, nextAttempt: number | undefined]
  /** A link's health has come into another band (docs/health.md). */
  'health:band': [link: LinkInfo, band: Band, before: Band | undefined, score: number]
  /** It is reached by other kinds of link than before. */
  path: [path: PeerPath, before: PeerPath]
  /** Frames go on another link than before. */
  'link:active': [from: LinkInfo, to: LinkInfo]
  renamed: [name: string, before: string]
  settings: [settings: PeerSettings]
  /** It is no peer of this node any more. */
  removed: []
}

/** A remote identity: a durable handle, whether or not it can be reached now. */
export interface Peer extends EventEmitter<PeerEventMap> {
  readonly id: PeerId
  readonly name: string
  readonly relation: Relation
  readonly state: PeerState
  readonly settings: PeerSettings
  readonly links: readonly LinkInfo[]
  /** By what kinds of link it is reached now: `direct`, by a `relay`, by both (`mixed`), or by `none`. The event `path` tells of each change. */
  readonly path: PeerPath
  /** Where it may be dialed, in the order in which that is tried, and what came of it. At most 16; the history is of this run of the node. */
  readonly addresses: readonly KnownAddress[]
  readonly health: PeerHealth
  readonly counts: PeerCounts
  /** Undefined before its first link since this node was opened. */
  readonly said: PeerSaid | undefined
  /**
   * When the last byte came from it, in milliseconds since 1970, also while it is connected; undefined if none ever did. Kept across restarts; where the process did not end in order, as it was up to five minutes
   * before (with many peers, longer).
   */
  readonly lastSeenMs: number | undefined
  /**
   * Two keys of 32 bytes for a purpose of the application's own, derived from those of the pairing: what this side sends with, the peer receives with, and the two differ.
   * They are the same at every call and after every restart, and others after the two have paired anew.
   * @param label names the purpose, the same on both sides: 1 to 255 bytes of UTF-8, such as `notes/1 backup`.
   * @throws `NoPairingKeysError` for members of a network, guests and hosts; `InvalidArgumentError` for a label that is too long or empty.
   * @example
   * const { send } = peer.keys('notes/1 backup')
   * const cipher = createCipheriv('aes-256-gcm', send, randomBytes(12))
   */
  keys(label: string): PairingKeys
  /** Opens a stream; waits for the peer if it cannot be reached now, and asks it again if it has refused. Without data written to it nothing is sent at once. */
  openStream(protocol: string, options?: OpenStreamOptions): Promise<HoldfastStream>
  /** Resolves when a link is attached. */
  connected(options?: { signal?: AbortSignal }): Promise<void>
  /** Dials now, whatever the schedule says, unless it is connected; and until it is, though it is held on demand. Throws while it is paused or blocked here. */
  reconnect(): void
  /**
   * Lets go of its links, refuses new ones and dials no more until `resume`. Streams that are open go on after that, as long as the session is kept (one
   * hour by default). Kept across restarts. Throws the store's error, and changes nothing, if that cannot be written.
   */
  pause(): void
  resume(): void
  /** Ends its session, refuses it and dials it no more until `unblock`. Kept across restarts. */
  block(): void
  /** Dials until there is a link, by which the peer hears of it. */
  unblock(): void
  /** What people call it here, instead of what it says of itself: 1 to 64 bytes of UTF-8, brought into NFC, with single blanks. Kept across restarts. */
  rename(name: string): void
  /** Changes some settings, at once and for good. What is `undefined` goes back to its default. */
  configure(settings: Partial<PeerSettings>): void
  /** Ends the pairing, for good: the other side is told if it can be reached, and refused from then on. A guest or host is let go of. */
  unpair(): void
}

/** Serves a stream that a peer opened. If it throws or rejects, the stream is destroyed with that error and the peer sees a reset with code 4, `internal`. */
export type StreamHandler = (stream: HoldfastStream, peer: Peer) => unknown

export interface NodeEventMap {
  /** A peer is new: paired, met as a member of the network, admitted as a guest, or a host at which this node is a guest. */
  paired: [peer: Peer]
  unpaired: [peer: Peer]
  /** A session with the peer began; a link that resumes one does not raise it. */
  session: [peer: Peer]
  'peer:connected': [peer: Peer]
  'peer:disconnected': [peer: Peer, reason: LossReason]
  'link:up': [peer: Peer, link: LinkInfo]
  'link:lost': [peer: Peer, link: LinkInfo, reason: LossReason]
  /** People are to compare a code, for a pairing that was asked for here or by another node. */
  'pairing:requested': [request: PairingRequest]
}

/** A running instance with one identity. */
export interface Node extends EventEmitter<NodeEventMap>, AsyncDisposable, LocalNetwork {
  readonly id: PeerId
  readonly name: string
  /** Where this node listens, with real ports. */
  readonly listening: readonly string[]
  /** Where peers are told to dial it: what `advertise` says, or else the addresses behind those listened on. */
  readonly addresses: readonly string[]
  readonly counts: NodeCounts
  /** An invitation for one peer, good for five minutes unless `expiresInMs` says otherwise. */
  ticket(options?: { expiresInMs?: number }): Promise<string>
  /** Uses a ticket from another node; resolves when both sides have confirmed and stored the pairing. */
  pair(ticket: string, options?: { signal?: AbortSignal }): Promise<Peer>
  /** The paired peer with this id; throws `UnknownPeerError` if there is none. */
  peer(id: string): Peer
  /** All peers: paired ones, members of the network, guests, and hosts. */
  peers(): Peer[]
  /** Those that can be reached at this moment. */
  connectedPeers(): Peer[]
  /** Whether a link to the peer is up; false for the id of nobody. Throws `InvalidPeerIdError` for text that is no id, as `shouldDial` does. */
  isConnected(id: string): boolean
  /**
   * Whether this node should dial the peer now: a link is wanted that it does not have, it has an address, and the direction lets this side dial for it. False for the id of nobody.
   * Holdfast dials by itself; this says why it does not, such as a higher side in `strict` direction that waits for the lower one.
   */
  shouldDial(id: string): boolean
  /**
   * Comes to another node as a guest, without pairing; resolves when it has let this one in. It is a peer like others from then on, until the node is closed or
   * `unpair` is called.
   */
  connectAsGuest(id: string, addresses: readonly string[], options?: { signal?: AbortSignal }): Promise<Peer>
  /**
   * Dials an address just to see who answers, and hangs up: nothing that is connected notices. Throws `ConnectError`, `InvalidAddressError`, or the signal's
   * reason.
   */
  probe(address: string, options: ProbeOptions): Promise<ProbeResult>
  /**
   * Sends so little to an address that it fits one small packet, and resolves when anything comes back, with the own end of the connection as an address. An address that answers this
   * and no `probe` is behind a path that loses large packets. Rejects as `probe` does, and with `InvalidArgumentError` for an address of a transport without packets.
   */
  probeSmall(address: string, options: { signal: AbortSignal }): Promise<string>
  /**
   * What happens to this node and its peers, in order, from now on, until the node is closed, the loop is left or the signal is aborted. A reader that does not keep
   * up loses the oldest of more than 1,024 events, and is told how many.
   */
  events(options?: { signal?: AbortSignal }): AsyncIterableIterator<NodeEvent>
  /**
   * Sends a message of at most 64 KiB to all connected peers that may use the protocol; with `hops` above 1, they pass it on to theirs. Nobody gets it twice. It is not
   * repeated for those that cannot be reached now.
   */
  broadcast(protocol: string, bytes: Uint8Array, options?: BroadcastOptions): BroadcastResult
  /**
   * Sends a message of at most 64 KiB to one peer that is connected, for what it has registered by `onBroadcast`; resolves when its node has taken it. A message that takes longer than 30 s is given up.
   * @throws `UnknownPeerError`; `NotConnectedError` if there is no link now (`openStream` waits for one); `NotTakenError` if nobody there listens for the protocol, it may not be used, or there was no answer in time.
   * @example
   * await node.sendTo(id, 'presence/1', new TextEncoder().encode('here'))
   */
  sendTo(id: string, protocol: string, bytes: Uint8Array, options?: SendOptions): Promise<void>
  /** Takes the messages that peers broadcast for the protocol, or send to this node alone, until the function that it answers is called. */
  onBroadcast(protocol: string, handler: BroadcastHandler): () => void
  /** Serves a protocol by name. One handler a name; registering again replaces it. */
  handle(protocol: string, handler: StreamHandler): void
  unhandle(protocol: string): void
  /**
   * Changes some options, at once, for links and peers that there are as well: nothing is closed for a lower limit, only nothing more is let in, and a wait for the next attempt that has begun is waited out. What is `undefined` goes
   * back to its default. Throws `InvalidArgumentError`, and changes nothing, for a value that is out of its range.
   */
  reconfigure(tuning: Partial<NodeTuning>): void
  /** Takes nothing new, waits until what was written is acknowledged (at most `flushTimeoutMs`, 5,000 by default), then ends. */
  close(options?: { flushTimeoutMs?: number }): Promise<void>
}
