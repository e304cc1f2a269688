// What a measure needs of a contestant. Every measure is written once, against this.

/** Bytes as they arrive: a `Uint8Array`, or a list of several that is joined only if somebody asks for it. */
export interface Bytes {
  readonly byteLength: number
  subarray(): Uint8Array
}

/**
 * What a stream tells its user. Plain functions in one place, so that every contestant pays the same for being
 * measured.
 */
export interface StreamHandlers {
  data?(bytes: Bytes): void
  /** There is room again after `write` answered false. */
  drain?(): void
  /** The other side has ended its direction, and all of it has arrived. */
  end?(): void
  closed?(error: Error | undefined): void
}

/** A stream of bytes of any contestant. */
export interface ByteStream {
  handlers: StreamHandlers
  /** False: wait for `drain`. */
  write(bytes: Uint8Array): boolean
  end(): void
  destroy(): void
}

export interface ListenOptions {
  /** Takes every stream that a client opens. */
  readonly serve: (stream: ByteStream) => void
  /** A port on loopback to name in invitations instead of the real one: there is a proxy in between. */
  readonly proxyPort: number | undefined
}

export interface Listener {
  /** The TCP port; undefined where there is none (QUIC). */
  readonly port: number | undefined
  /** What one client needs to reach this server, as text. */
  invite(): Promise<string>
  /** Where there is no TCP connection to reset: ends all connections with an error, as near as it comes. */
  dropLinks?(): void
}

/** One end that dials. Each client is a peer of its own, with its own identity. */
export interface Client {
  /** Connects, unless it is connected. Nothing for plain TLS, where a connection is its stream. */
  connect(): Promise<void>
  /** Opens a stream on the connection; for plain TLS a new connection. */
  openStream(): Promise<ByteStream>
  /** Back to where `join` left: identity and address of the server at hand, but no connection. */
  disconnect(): Promise<void>
  close(): Promise<void>
}

export interface Traits {
  /** Many streams share a connection. */
  readonly multiplexes: boolean
  /** A stream outlives its connection. */
  readonly survivesReset: boolean
}

export interface Contestant {
  readonly traits: Traits
  listen(options: ListenOptions): Promise<Listener>
  join(invitation: string): Promise<Client>
}

export const CONTESTANTS = ['holdfast', 'tls', 'libp2p', 'iroh'] as const
export type ContestantName = (typeof CONTESTANTS)[number]

/** The name under which the contestants that name protocols serve the benchmark. */
export const PROTOCOL = 'bench/1'
