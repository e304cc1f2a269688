import type { KeepAlive } from '../core/health/keep-alive.ts'
import type { PeerId } from '../identity/peer-id.ts'

/** What is remembered of a peer that is paired or a member of the network. Times are milliseconds since 1970. */
export interface PeerRecord {
  readonly id: PeerId
  /** What people call it here; unique is not required. */
  readonly name: string
  readonly pairedAtMs: number
  /** Where it can be dialed, best first. At most 16. */
  readonly addresses: readonly string[]
  /** The start number of the newest instance that was seen (SPEC.md, instances); 0 if none was. */
  readonly instanceStart: number
  readonly lastSeenMs: number | undefined
  /** The two keys of the pairing (32 bytes each), undefined where none was derived. */
  readonly keys: { readonly send: Uint8Array; readonly receive: Uint8Array } | undefined
  /** Paired with this node, or met as a member of its network (SPEC.md, networks). Guests are not remembered. */
  readonly relation: 'paired' | 'member'
  /** A person here wants no link to it for now. */
  readonly paused: boolean
  /** A person here wants nothing of it. What the peer refused is not remembered: it may think better of it. */
  readonly blocked: boolean
  /** Whether it is dialed always, or when a stream is opened. */
  readonly connectPolicy: 'always' | 'on-demand'
  /** After how long without streams its links are closed, in milliseconds; undefined for never. */
  readonly idleTimeoutMs: number | undefined
  /** Undefined for that of the node. */
  readonly keepAlive: KeepAlive | undefined
  /** The protocols that it may use here. At most 64. */
  readonly protocols: 'all' | readonly string[]
  /** A person here chose the name, so what the peer calls itself does not change it. */
  readonly named: boolean
}

/** What a node keeps across restarts. Every call is durable when it returns. */
export interface Store {
  /** All peers that are remembered, oldest pairing first. */
  peers(): PeerRecord[]
  peer(id: PeerId): PeerRecord | undefined
  /** Inserts or replaces the record. */
  savePeer(record: PeerRecord): void
  /** Changes some fields of a peer that exists. */
  updatePeer(id: PeerId, change: Partial<Omit<PeerRecord, 'id'>>): void
  /** Notes when peers were last seen, all at once; those that are not stored are passed over. */
  saveLastSeen(moments: ReadonlyMap<PeerId, number>): void
  removePeer(id: PeerId): void
  /** A number that is higher at every call, even when the database was lost: max(last + 1, `wallNowMs` / 1000). */
  nextInstanceStart(wallNowMs: number): number
  /** Small settings of the node itself, such as its listening port. */
  setting(key: string): string | undefined
  saveSetting(key: string, value: string): void
  close(): void
}
