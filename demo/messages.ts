// What the parent and its two children tell each other over Node's IPC channel. Times are those of `now()`.
import type { LinkInfo, NodeEvent, PeerHealth, PeerState } from '../src/index.ts'
import type { Check } from './verifier.ts'

/** The other node, as this one sees it now. */
export interface PeerReport {
  readonly state: PeerState
  readonly links: readonly LinkInfo[]
  readonly health: PeerHealth
}

/** The protocol by which the two nodes know the stream. */
export const PROTOCOL = 'demo-echo/1'

/** The first message to a child. */
export interface Setup {
  readonly type: 'setup'
  /** The node's folder. */
  readonly dir: string
  /** The file to send, or to compare with, and how many bytes of it. */
  readonly file: string
  readonly size: number
  /** Where the receiver listens, and where it is to be dialed: at the proxy. */
  readonly listen: string
  readonly advertise: string
}

export type ToChild =
  | Setup
  /** Pair by this ticket. Sender only. */
  | { readonly type: 'pair'; readonly ticket: string }
  /** Open the stream and begin. Sender only. */
  | { readonly type: 'send'; readonly endAtMs: number }
  /** The new time at which the file is to end, and whether it may end at all yet. Sender only. */
  | { readonly type: 'pace'; readonly endAtMs: number; readonly released: boolean }
  /** Close the node and exit. */
  | { readonly type: 'stop' }

export type FromChild =
  /** The node is open. The receiver sends its ticket, the sender the address of its dashboard. */
  | { readonly type: 'ready'; readonly ticket?: string; readonly dashboard?: string }
  | { readonly type: 'paired' }
  /** A stream came into being: at the sender by opening it, at the receiver by a call of the handler. */
  | { readonly type: 'streamOpened' }
  /** A new session began after the first stream was there. */
  | { readonly type: 'session' }
  /** So many bytes of the stream have arrived here; the last of them at `atMs`. */
  | { readonly type: 'progress'; readonly atMs: number; readonly bytes: number }
  | ({ readonly type: 'peer' } & PeerReport)
  | { readonly type: 'event'; readonly event: NodeEvent }
  /** Everything has arrived and everything written was acknowledged. `sourceSha256` is what the sender read from the file. */
  | { readonly type: 'done'; readonly check: Check; readonly sourceSha256?: string }
  /** It cannot go on. */
  | { readonly type: 'failed'; readonly message: string }
