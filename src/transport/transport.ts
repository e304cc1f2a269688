import type { PeerId } from '../identity/peer-id.ts'

/** How a link reaches its peer; ranks links when there are several. */
export type LinkKind = 'memory' | 'direct' | 'relay'

/** What a channel tells its owner. All calls come from the event loop, never from inside a call to the channel. */
export interface ChannelEvents {
  /** Bytes arrived. The owner may keep the array; the channel never touches it again. */
  received(bytes: Uint8Array): void
  /** There is room again after `write` answered false. */
  drained(): void
  /** The channel is gone. Called once, last, with the error that ended it if there was one. */
  closed(error: Error | undefined): void
}

/**
 * An authenticated duplex of bytes: reliable and ordered as long as it lives, and proven to lead to `remoteId`.
 * This is all that a session needs of a transport.
 */
export interface Channel {
  readonly kind: LinkKind
  readonly direction: 'outbound' | 'inbound'
  /** The peer's id, proven by the transport before the channel is handed out. */
  readonly remoteId: PeerId
  /** Own end, as an address (`tcp://192.0.2.1:4000`), as far as it is known. */
  readonly localAddress: string
  /** The other end, as seen from here. */
  readonly remoteAddress: string
  /** Starts delivery to `events`; nothing is read before. Called again, it hands delivery to the new owner. */
  open(events: ChannelEvents): void
  /** Queues `chunks` in order. The channel owns the arrays until they are sent; they must not change. False: wait for `drained`. */
  write(chunks: readonly Uint8Array[]): boolean
  /** Sends what is queued, then closes. */
  end(): void
  /** Closes at once and drops what is queued. */
  destroy(): void
  /**
   * Changes the system's own check of a silent connection: the first question after `idleMs`, then one every `intervalMs`, and after `probes` without an answer the channel
   * closes. A channel without such a check does not have this.
   */
  keepAlive?(idleMs: number, intervalMs: number, probes: number): void
  /** Secret bytes that only the two ends of this very channel share (RFC 5705 and RFC 9266). */
  exportKeyingMaterial(label: string, length: number): Uint8Array
}

export interface DialOptions {
  /**
   * The peer that must answer; anybody else is refused before a byte of the session is sent. Left out, whoever proves an identity may
   * answer, and `Channel.remoteId` says who did: whoever dials so decides what that one may do before it sends anything.
   */
  readonly expect?: PeerId | undefined
  /**
   * The IP address of this machine to dial from, and so the interface; the system chooses by default. A transport without interfaces of
   * its own ignores it.
   */
  readonly localAddress?: string | undefined
  /**
   * The address was heard from nobody who can be believed, or somebody else answered there: what comes of the handshake is bounded before it
   * is looked at, which costs throughput as long as the channel lives.
   */
  readonly isDoubtful?: boolean | undefined
  /** Ends the attempt. */
  readonly signal: AbortSignal
  /** Called when somebody has taken the connection, before the handshake with that one. A transport that cannot tell does not call it. */
  readonly connected?: (() => void) | undefined
}

/** An inbound channel, with its place among the strangers. */
export interface InboundChannel {
  readonly channel: Channel
  /**
   * The handshake above the transport has succeeded: the channel is a stranger's no more, and gives its place back. `asPeer`: it belongs to a peer, so the next
   * ones from there are preferred. A channel that is refused keeps the place until it has closed. Safe to call twice.
   */
  accepted(asPeer: boolean): void
}

export interface Listener {
  /** Where this listener can be dialed, with the real port. */
  readonly address: string
  /** Connections that have come in and have not been accepted, from where peers came lately. */
  readonly arriving?: number
  /** A peer was at this address in an earlier run: connections from its host are preferred to those of strangers, as if it had come lately. Addresses of other transports are ignored. */
  expect?(address: string): void
  close(): Promise<void>
}

/** One way to reach peers. Addresses are URLs; a transport serves one scheme. */
export interface Transport {
  /** The scheme of its addresses, without the colon: `tcp`. */
  readonly scheme: string
  dial(address: string, options: DialOptions): Promise<Channel>
  /**
   * Sends so little that it fits one small packet, and resolves when anything comes back, with the own end of the connection as an address: whoever does not answer a dial and answers this
   * is behind a path that loses large packets. Rejects as `dial` does. A transport without packets does not have this.
   */
  answersSmall?(address: string, signal: AbortSignal): Promise<string>
  listen(address: string, arrived: (arrival: InboundChannel) => void): Promise<Listener>
}
