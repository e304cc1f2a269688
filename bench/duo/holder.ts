// What the scenarios with two ends need of a contestant: to hold a connection through whatever the network does, in the
// way in which a program would use it.
import type { Bytes } from '../contestant.ts'

export const HOLDERS = ['holdfast', 'tls', 'libp2p'] as const
export type HolderName = (typeof HOLDERS)[number]

export interface HolderOptions {
  /** Holdfast only. */
  readonly keepAlive?: { readonly mode: 'adaptive' | 'fixed' | 'tcp' }
  /** Holdfast only: how many links to hold, and what for. */
  readonly links?: number
  readonly multipath?: 'failover' | 'aggregate'
  /** Plain TLS only: after so long without an echo it gives up a connection that it writes to, and dials every second. */
  readonly echoMs?: number
}

/** What an end notices of its connection. For Holdfast, `up` and `lost` speak of the peer, and `link-lost` of a link. */
export interface HoldEvent {
  readonly kind: 'up' | 'suspect' | 'lost' | 'link-lost'
  readonly atMs: number
  readonly detail?: string
}

export type Note = (kind: HoldEvent['kind'], detail?: string) => void

/** Takes the data of one stream. */
export interface Sink {
  data(bytes: Bytes): void
  end(): void
}

/** Where data is written. */
export interface Outlet {
  /** False: wait for `drained`; the bytes were taken nevertheless, except by a contestant whose stream is gone. */
  write(bytes: Uint8Array): boolean
  drained: () => void
  end(): void
}

/** The end that listens. */
export interface Accepting {
  readonly port: number
  /** For the client. */
  readonly invitation: string
  close(): Promise<void>
}

/** The end that dials and writes. */
export interface Holding {
  /** Attempts to connect so far. */
  attempts(): number
  /** Links that stand now. */
  links(): number
  open(): Promise<Outlet>
  close(): Promise<void>
}

export interface Holder {
  /** Makes the client, and says to the server who it is. */
  introduce(): string
  /** `ports` are those that the client will dial, if that is not the server's own. */
  accept(introduction: string, ports: readonly number[] | null, sink: () => Sink, note: Note): Promise<Accepting>
  /** Connects the client that was introduced. */
  hold(invitation: string, ports: readonly number[], note: Note): Promise<Holding>
}
