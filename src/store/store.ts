import type { KeepAlive } from '../core/health/keep-alive.ts'
import type { PeerId } from '../identity/peer-id.ts'

/** What is remembered of a paired peer. Times are milliseconds since 1970. */
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
  /** What it is to this node: paired, or a member of its network. */
  readonly relation: 'paired' | 'member'
  /** A person here chose the name, so what the peer calls itself does not count. */
  readonly named: boolean
  readonly paused: boolean
  readonly blocked: boolean
  readonly hold: 'always' | 'on-demand'
  readonly idleTimeoutMs: number | undefined
  readonly keepAlive: KeepAlive | undefined
  readonly protocols: 'all' | readonly string[]
}

/** What a node keeps across restarts. Every call is durable when it returns. */
export interface Store {
  /** All paired peers, oldest pairing first. */
  peers(): PeerRecord[]
  peer(id: PeerId): PeerRecord | undefined
  /** Inserts or replaces the record. */
  savePeer(record: PeerRecord): void
  /** Changes some fields of a peer that exists. */
  updatePeer(id: PeerId, change: Partial<Omit<PeerRecord, 'id'>>): void
  removePeer(id: PeerId): void
  /** A number that is higher at every call, even when the database was lost: max(last + 1, `wallNowMs` / 1000). */
  nextInstanceStart(wallNowMs: number): number
  /** Small settings of the node itself, such as its listening port. */
  setting(key: string): string | undefined
  saveSetting(key: string, value: string): void
  close(): void
}
