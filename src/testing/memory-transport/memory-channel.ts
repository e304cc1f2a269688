import { createHmac } from 'node:crypto'
import type { Clock, Timer } from '../../clock.ts'
import type { PeerId } from '../../identity/peer-id.ts'
import { ChannelClosedError } from '../../transport/tcp/tcp-errors.ts'
import type { Channel, ChannelEvents } from '../../transport/transport.ts'
import type { MemoryHost } from './memory-host.ts'
import type { Pipe, PipeEnds } from './memory-pipe.ts'

/** How long `end` waits for what is queued to leave and for the other side to close. */
const LINGER_MS = 2_000

export interface MemoryChannelOptions {
  readonly clock: Clock
  readonly random: () => number
  readonly host: MemoryHost
  readonly kind: 'memory' | 'relay'
  readonly direction: 'outbound' | 'inbound'
  readonly localAddress: string
  readonly remoteAddress: string
  /** What only the two ends of this channel know. */
  readonly secret: Uint8Array
}

/**
 * One end of a channel. Its owner is told things from events of the clock alone, and nothing while its host is asleep.
 *
 *     open ──end(), FIN received──▶ ending ──FIN received, linger──▶ closed
 *       └──────────────── destroy(), RST received ─────────────────▶ closed
 */
export class MemoryChannel implements Channel {
  readonly kind: 'memory' | 'relay'
  readonly direction: 'outbound' | 'inbound'
  readonly localAddress: string
  readonly remoteAddress: string
  readonly #options: MemoryChannelOptions
  #remoteId: PeerId | undefined
  #outgoing: Pipe | undefined
  #incoming: Pipe | undefined
  #other: MemoryChannel | undefined
  #events: ChannelEvents | undefined
  #state: 'open' | 'ending' | 'closed' = 'open'
  #finReceived = false
  #error: Error | undefined
  #told = false
  #dialFailed: ((error: Error | undefined) => void) | undefined
  #linger: Timer | undefined

  constructor(options: MemoryChannelOptions) {
    this.#options = options
    this.kind = options.kind
    this.direction = options.direction
    this.localAddress = options.localAddress
    this.remoteAddress = options.remoteAddress
  }

  /** Joins it with its other end; part of making it. */
  join(other: MemoryChannel, outgoing: Pipe, incoming: Pipe): void {
    this.#other = other
    this.#outgoing = outgoing
    this.#incoming = incoming
  }

  /** Its host's kernel knows of it from now on: the dialer's at once, the listener's when the SYN comes. */
  begin(): void {
    this.#options.host.channels.add(this)
  }

  /** Its host still takes it for a channel. */
  get isHeld(): boolean {
    return this.#options.host.channels.has(this)
  }

  /** Who is told if it closes before its handshake is over. */
  onDialFailed(callback: (error: Error | undefined) => void): void {
    this.#dialFailed = callback
  }

  /** The handshake has proven who is at the other end. */
  authenticated(remoteId: PeerId): void {
    this.#remoteId = remoteId
    this.#dialFailed = undefined
  }

  get remoteId(): PeerId {
    if (this.#remoteId === undefined) throw new Error('The channel was used before its handshake was over')
    return this.#remoteId
  }

  get isAuthenticated(): boolean {
    return this.#remoteId !== undefined
  }

  get isClosed(): boolean {
    return this.#state === 'closed'
  }

  /** What the pipe that ends here asks and tells; `sender` is the other end. */
  pipeEnds(sender: MemoryChannel, delivered: (bytes: number) => void): PipeEnds {
    return {
      isAwake: (then) => this.#options.host.isAwake(then),
      isOpened: () => this.#events !== undefined,
      received: (bytes) => this.#received(bytes),
      drained: () => sender.#drained(),
      delivered,
    }
  }

  open(events: ChannelEvents): void {
    const first = this.#events === undefined
    this.#events = events
    if (!first) return
    if (this.#state === 'closed') this.#options.clock.after(0, () => this.#options.host.soon(() => this.#tellClosed()))
    else this.#incoming?.flush()
  }

  write(chunks: readonly Uint8Array[]): boolean {
    return this.#state !== 'open' || this.#pipe.write(chunks)
  }

  end(): void {
    if (this.#state !== 'open') return
    this.#state = 'ending'
    this.#pipe.mark(() => this.#other?.receivedFin())
    this.#linger = this.#options.clock.after(LINGER_MS, () => this.destroy())
  }

  destroy(): void {
    if (this.#state === 'closed') return
    this.#close(undefined)
    const other = this.#other
    // The kernel still sends what it has; then FIN, or RST if there was something unread.
    if (this.#options.random() < 0.5) this.#pipe.finish(() => other?.receivedFin())
    else this.#pipe.finish(() => other?.receivedReset())
  }

  exportKeyingMaterial(label: string, length: number): Uint8Array {
    if (this.#state === 'closed') throw new ChannelClosedError()
    const out = new Uint8Array(length)
    for (let at = 0, block = 0; at < length; block++) {
      const bytes = createHmac('sha256', this.#options.secret).update(`${block} ${label}`).digest()
      out.set(bytes.subarray(0, length - at), at)
      at += bytes.length
    }
    return out
  }

  // What the network does to it

  /** Every byte of the other side has come; what is still to be sent here goes on its way, and that was it. */
  receivedFin(): void {
    if (this.#state === 'closed' || this.#finReceived) return
    this.#finReceived = true
    if (this.#state === 'open') this.#pipe.mark(() => this.#other?.receivedFin())
    this.#close(undefined)
  }

  receivedReset(): void {
    if (this.#state === 'closed') return
    this.#pipe.sever()
    this.#close(Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }))
  }

  /** Both directions end where they are: whatever has left arrives, then FIN. */
  cut(): void {
    this.#pipe.finish(() => this.#other?.receivedFin())
  }

  /** Bytes vanish from now on, both ways, and nobody is told. */
  sever(): void {
    this.#pipe.sever()
    this.#incoming?.sever()
  }

  /** The process at this end is gone and hears nothing more; `silent` leaves the other end in the dark as well. */
  abandon(how: 'fin' | 'reset' | 'silent'): void {
    this.#told = true
    this.#dialFailed = undefined
    const other = this.#other
    if (how === 'silent') this.sever()
    else this.#pipe.finish(() => (how === 'fin' ? other?.receivedFin() : other?.receivedReset()))
    this.#close(undefined)
  }

  #received(bytes: Uint8Array): void {
    if (this.#state !== 'closed') this.#events?.received(bytes)
  }

  #drained(): void {
    this.#options.host.soon(() => {
      if (this.#state === 'open') this.#events?.drained()
    })
  }

  #close(error: Error | undefined): void {
    this.#state = 'closed'
    this.#error = error
    this.#linger?.cancel()
    this.#options.host.channels.delete(this)
    this.#dialFailed?.(error)
    this.#options.clock.after(0, () => this.#options.host.soon(() => this.#tellClosed()))
  }

  #tellClosed(): void {
    if (this.#told || this.#events === undefined) return
    this.#told = true
    this.#events.closed(this.#error)
  }

  get #pipe(): Pipe {
    return this.#outgoing!
  }
}
