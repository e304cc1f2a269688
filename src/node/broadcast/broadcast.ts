import { finished } from 'node:stream/promises'
import type { Clock } from '../../clock.ts'
import { encodeText } from '../../core/frame/bytes.ts'
import { resetCodes, TEXT_BYTES_MAX } from '../../core/frame/constants.ts'
import type { PeerId } from '../../identity/peer-id.ts'
import type { HoldfastStream, Peer } from '../api.ts'
import { InvalidArgumentError, NotConnectedError, NotTakenError } from '../errors.ts'
import { StreamResetError } from '../link/stream.ts'
import type { BroadcastRelayOptions } from '../options.ts'
import { BroadcastMemory } from './broadcast-memory.ts'
import {
  BROADCAST_BYTES_MAX,
  BROADCAST_PROTOCOL,
  type BroadcastHeader,
  decodeBroadcast,
  encodeBroadcast,
} from './broadcast-message.ts'
import { BroadcastRelay } from './broadcast-relay.ts'

/** Messages that may be on their way to one peer; beyond them it is skipped. */
const OUTGOING_MAX = 32
/** Messages that one peer may be sending at a time; more are refused. */
const INCOMING_MAX = 32
/** A message that takes longer, from its first byte to the acknowledgement of its last, is given up. */
const TRANSFER_MS = 30_000

/** What a broadcast came to, on this side. */
export interface BroadcastResult {
  /** The peers that it is on its way to. Some of them may be lost before they have it. */
  readonly sentTo: readonly PeerId[]
  /** The connected peers that are left out, because 32 messages are on their way to each already. */
  readonly skipped: readonly PeerId[]
}

export interface BroadcastOptions {
  /** Over how many links the message may go: 1 (default) reaches the peers of this node, 2 theirs as well; as many as the node's option `broadcast.hopsMax` at most. */
  readonly hops?: number
}

export interface SendOptions {
  /** Gives the message up; the peer may have it already. */
  readonly signal?: AbortSignal
}

/** From where a message came. */
export interface BroadcastSource {
  /** The peer that it came from on the last of its hops. */
  readonly from: Peer
  /** Who sent it first. Nobody has proven that: it is what `from` says. */
  readonly origin: PeerId
}

/** Takes the content of a message. What it throws is an error of the application, as in a listener. */
export type BroadcastHandler = (bytes: Uint8Array, source: BroadcastSource) => unknown

/** What broadcasts need of their node. */
export interface BroadcastHost {
  readonly id: PeerId
  readonly clock: Clock
  readonly relay: BroadcastRelayOptions
  randomBytes(size: number): Uint8Array
  /** Peers with a link. */
  connectedPeers(): readonly Peer[]
  /** Whether a peer may send and get messages of a protocol. */
  mayUse(peer: Peer, protocol: string): boolean
}

/**
 * Sends messages to all connected peers at once, and takes theirs: each once, whatever ways it comes on. A message is a stream of its own, so it outlives its
 * link and no slow peer holds up another; but it is not kept for peers that are not connected.
 */
export class Broadcaster {
  readonly #host: BroadcastHost
  readonly #handlers = new Map<string, Set<BroadcastHandler>>()
  readonly #memory = new BroadcastMemory()
  readonly #relay: BroadcastRelay
  readonly #outgoing = new Counts()
  readonly #incoming = new Counts()

  constructor(host: BroadcastHost) {
    this.#host = host
    this.#relay = new BroadcastRelay(host.relay)
  }

  /**
   * Sends `bytes` (64 KiB at most) to the connected peers that may use `protocol`, and does not wait for them. Throws `InvalidArgumentError` for what cannot
   * be sent.
   */
  broadcast(protocol: string, bytes: Uint8Array, { hops = 1 }: BroadcastOptions = {}): BroadcastResult {
    checkMessage(protocol, bytes, hops, this.#relay.hopsMax)
    const id = Buffer.from(this.#host.randomBytes(16)).toString('hex')
    this.#memory.add(id, hops - 1, this.#host.clock.now())
    const header = { hopsLeft: hops - 1, id, origin: this.#host.id, protocol }
    return this.#sendToAll(header, bytes, () => true)
  }

  /** Sends `bytes` (64 KiB at most) to one connected peer alone, and resolves when that has taken them. */
  async sendTo(peer: Peer, protocol: string, bytes: Uint8Array, { signal }: SendOptions): Promise<void> {
    checkMessage(protocol, bytes, 1, this.#relay.hopsMax)
    signal?.throwIfAborted()
    if (!this.#host.connectedPeers().includes(peer)) throw new NotConnectedError(peer.name)
    const notTaken = (why: string, cause?: unknown): NotTakenError =>
      new NotTakenError(peer.name, protocol, why, { cause })
    if (!this.#host.mayUse(peer, protocol)) throw notTaken('it may not use that protocol here; change its settings')
    if (!this.#outgoing.begin(peer.id, OUTGOING_MAX)) throw notTaken(`${OUTGOING_MAX} are on their way to it already`)
    const id = Buffer.from(this.#host.randomBytes(16)).toString('hex')
    this.#memory.add(id, 0, this.#host.clock.now())
    try {
      await this.#deliver(peer, encodeBroadcast({ hopsLeft: 0, id, origin: this.#host.id, protocol }, bytes), signal)
    } catch (error) {
      if (signal?.aborted === true) throw error
      throw notTaken(whyNot(error), error)
    } finally {
      this.#outgoing.end(peer.id)
    }
  }

  /** Calls `handler` for each message of `protocol`; several may listen. Returns how to end that. */
  onBroadcast(protocol: string, handler: BroadcastHandler): () => void {
    const handlers = this.#handlers.get(protocol) ?? new Set()
    this.#handlers.set(protocol, handlers)
    handlers.add(handler)
    return () => {
      handlers.delete(handler)
      if (handlers.size === 0 && this.#handlers.get(protocol) === handlers) this.#handlers.delete(protocol)
    }
  }

  /** A peer opened a stream of `BROADCAST_PROTOCOL`. */
  async received(stream: HoldfastStream, peer: Peer): Promise<void> {
    stream.on('error', ignore)
    if (!this.#incoming.begin(peer.id, INCOMING_MAX)) {
      stream.reset(resetCodes.aborted)
      return
    }
    const timer = this.#host.clock.after(TRANSFER_MS, () => stream.reset(resetCodes.aborted))
    try {
      const message = await this.#read(stream, peer)
      if (message !== undefined) this.#take(message.header, message.content, peer)
    } catch {
      // The stream failed, or the peer gave it up: there is no message.
    } finally {
      timer.cancel()
      this.#incoming.end(peer.id)
    }
  }

  /** Gathers one message. Undefined: the stream was reset because there is none, or none that is wanted. */
  async #read(
    stream: HoldfastStream,
    peer: Peer,
  ): Promise<{ readonly header: BroadcastHeader; readonly content: Uint8Array } | undefined> {
    const chunks: Uint8Array[] = []
    let size = 0
    let header: ReturnType<typeof decodeBroadcast>
    // Not destroyed at its end, so that what was no message can still be answered by a reset.
    for await (const chunk of stream.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>) {
      chunks.push(chunk)
      size += chunk.length
      header ??= this.#admit(decodeBroadcast(Buffer.concat(chunks)), stream, peer)
      if (typeof header === 'object' && size > header.bytes + BROADCAST_BYTES_MAX) stream.reset(resetCodes.aborted)
      if (stream.destroyed) return undefined
    }
    if (typeof header !== 'object') {
      stream.reset(resetCodes.aborted)
      return undefined
    }
    stream.end()
    return { header, content: Buffer.concat(chunks).subarray(header.bytes) }
  }

  /** Ends the stream of a message that is malformed, not allowed, known or of no use here, as soon as that can be told. */
  #admit(
    read: ReturnType<typeof decodeBroadcast>,
    stream: HoldfastStream,
    peer: Peer,
  ): ReturnType<typeof decodeBroadcast> {
    if (read === undefined) return undefined
    if (read === 'malformed') {
      stream.reset(resetCodes.aborted)
      return read
    }
    const header = { ...read, hopsLeft: this.#relay.hopsLeft(read.hopsLeft) }
    if (!this.#host.mayUse(peer, header.protocol)) stream.reset(resetCodes.notAllowed)
    else if (this.#memory.judge(header.id, header.hopsLeft, this.#host.clock.now()) === 'known')
      stream.reset(resetCodes.closed)
    else if (!this.#relay.serves(header.protocol, this.#handlers.has(header.protocol))) stream.reset(resetCodes.closed)
    return header
  }

  #take(header: BroadcastHeader, content: Uint8Array, peer: Peer): void {
    const nowMs = this.#host.clock.now()
    // It may have come whole on another way while this copy was being read.
    const copy = this.#memory.add(header.id, header.hopsLeft, nowMs)
    if (header.origin === this.#host.id || copy === 'known') return
    // A message may come on a longer way first. What comes on a shorter one is passed on as well, or nodes that are near enough would not get it.
    if (header.hopsLeft > 0 && this.#relay.take(peer, header, header.bytes + content.length, nowMs)) {
      const onward = { ...header, hopsLeft: header.hopsLeft - 1 }
      this.#sendToAll(onward, content, ({ id }) => id !== peer.id && id !== header.origin)
    }
    if (copy === 'farther') return
    for (const handler of this.#handlers.get(header.protocol) ?? []) {
      call(handler, content, { from: peer, origin: header.origin })
    }
  }

  #sendToAll(
    header: Omit<BroadcastHeader, 'bytes'>,
    content: Uint8Array,
    isMeant: (peer: Peer) => boolean,
  ): BroadcastResult {
    const sentTo: PeerId[] = []
    const skipped: PeerId[] = []
    const message = encodeBroadcast(header, content)
    for (const peer of this.#host.connectedPeers()) {
      if (!isMeant(peer) || !this.#host.mayUse(peer, header.protocol)) continue
      if (this.#outgoing.begin(peer.id, OUTGOING_MAX)) {
        sentTo.push(peer.id)
        void this.#send(peer, message)
      } else skipped.push(peer.id)
    }
    return { sentTo, skipped }
  }

  async #send(peer: Peer, message: Uint8Array): Promise<void> {
    try {
      await this.#deliver(peer, message)
    } catch {
      // The peer is gone, too slow, or has the message already: nothing is owed to it.
    } finally {
      this.#outgoing.end(peer.id)
    }
  }

  /** Resolves when the peer has ended its direction, which says that it has taken the message. */
  async #deliver(peer: Peer, message: Uint8Array, signal?: AbortSignal): Promise<void> {
    const limit = new AbortController()
    const timer = this.#host.clock.after(TRANSFER_MS, () => limit.abort())
    const signals = signal === undefined ? limit.signal : AbortSignal.any([limit.signal, signal])
    try {
      const stream = await peer.openStream(BROADCAST_PROTOCOL, { signal: signals })
      stream.on('error', ignore).resume()
      const taken = finished(stream, { writable: false })
      // With the OPEN still unsent, all of it leaves in one write.
      stream.end(message)
      await taken
    } finally {
      timer.cancel()
    }
  }
}

/** How many of something each peer has. */
class Counts {
  readonly #counts = new Map<PeerId, number>()

  /** One more, unless there are `max`. */
  begin(id: PeerId, max: number): boolean {
    const count = this.#counts.get(id) ?? 0
    if (count >= max) return false
    this.#counts.set(id, count + 1)
    return true
  }

  end(id: PeerId): void {
    const count = (this.#counts.get(id) ?? 0) - 1
    if (count > 0) this.#counts.set(id, count)
    else this.#counts.delete(id)
  }
}

function checkMessage(protocol: string, bytes: Uint8Array, hops: number, hopsMax: number): void {
  const { length } = encodeText(protocol)
  if (length === 0 || length > TEXT_BYTES_MAX) {
    throw new InvalidArgumentError(`A protocol's name has 1 to ${TEXT_BYTES_MAX} bytes, this one has ${length}`)
  }
  if (bytes.length > BROADCAST_BYTES_MAX) {
    throw new InvalidArgumentError(
      `A broadcast carries at most ${BROADCAST_BYTES_MAX} bytes, not ${bytes.length}; open a stream to each peer for more`,
    )
  }
  if (!Number.isInteger(hops) || hops < 1 || hops > hopsMax) {
    throw new InvalidArgumentError(
      `A broadcast goes over 1 to ${hopsMax} hops, not ${hops}; the option broadcast.hopsMax, on each node on the way, allows up to 16`,
    )
  }
}

/** A handler that fails stops neither the others nor what is forwarded; the process hears of it. */
function call(handler: BroadcastHandler, bytes: Uint8Array, source: BroadcastSource): void {
  try {
    // A rejection is left unhandled on purpose: it is the application's.
    void handler(bytes, source)
  } catch (error) {
    process.nextTick(() => {
      throw error
    })
  }
}

/** Why a message was not taken, for whoever sent it to that peer alone. */
function whyNot(error: unknown): string {
  if (error instanceof Error && error.name === 'AbortError')
    return `it has not answered within ${TRANSFER_MS / 1_000} s`
  if (!(error instanceof StreamResetError)) return error instanceof Error ? error.message : String(error)
  switch (error.resetCode) {
    case resetCodes.closed:
      return 'nobody there listens for it; call onBroadcast there'
    case resetCodes.notAllowed:
      return 'this node may not use that protocol there'
    case resetCodes.noHandler:
      return 'its version takes no messages'
    default:
      return 'it is getting too many at once, or gave it up'
  }
}

function ignore(): void {
  // Broadcasts promise nothing to a single peer.
}
