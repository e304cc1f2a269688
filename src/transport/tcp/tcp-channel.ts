import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import type { Clock, Timer } from '../../clock.ts'
import type { PeerId } from '../../identity/peer-id.ts'
import type { Channel, ChannelEvents } from '../transport.ts'
import { formatTcpAddress } from './tcp-address.ts'
import { ChannelClosedError } from './tcp-errors.ts'

/** Chunks that fit together into one TLS record are sent as one; larger ones are not worth copying (measured). */
const gatherBytesMax = 16_384
/** In TLS 1.3 the same as none (RFC 8446, section 7.5). */
const noContext = Buffer.alloc(0)
/** How long `end` waits for what is queued to leave and for the other side to close. */
const lingerMs = 2_000

/** A channel over an established TLS connection whose other end has been authenticated as `remoteId`. */
export class TcpChannel implements Channel {
  readonly kind = 'direct'
  readonly direction: 'outbound' | 'inbound'
  readonly remoteId: PeerId
  readonly localAddress: string
  readonly remoteAddress: string
  readonly #socket: TLSSocket
  readonly #raw: Socket
  readonly #clock: Clock
  #events: ChannelEvents | undefined
  #error: Error | undefined
  #linger: Timer | undefined
  #closed = false

  /** `raw`: the TCP connection under `socket`. */
  constructor(socket: TLSSocket, raw: Socket, direction: 'outbound' | 'inbound', remoteId: PeerId, clock: Clock) {
    this.#socket = socket
    this.#raw = raw
    this.#clock = clock
    this.direction = direction
    this.remoteId = remoteId
    this.localAddress = formatTcpAddress(raw.localAddress, raw.localPort)
    this.remoteAddress = formatTcpAddress(raw.remoteAddress, raw.remotePort)
    socket.on('error', (error) => {
      this.#error ??= error
      // TLS errors after the handshake are reported but do not close the socket.
      socket.destroy()
    })
    // The other side has ended: what is queued still goes out, but not for ever.
    socket.on('end', () => this.#limitLinger())
    socket.on('close', () => this.#hasClosed())
  }

  open(events: ChannelEvents): void {
    const first = this.#events === undefined
    this.#events = events
    if (this.#closed) {
      if (first) process.nextTick(() => this.#events?.closed(this.#error))
      return
    }
    if (!first) return
    // Until now the socket was paused: it holds back the sender once its buffer is full.
    this.#socket.on('data', (bytes: Buffer) => this.#events?.received(bytes))
    this.#socket.on('drain', () => this.#events?.drained())
  }

  write(chunks: readonly Uint8Array[]): boolean {
    const socket = this.#socket
    if (!socket.writable) return true
    const [first] = chunks
    if (first !== undefined && chunks.length === 1) socket.write(first)
    else this.#writeGathered(chunks)
    return !socket.writableNeedDrain
  }

  /** Small neighbours go together, in one record; a large chunk goes as it is. */
  #writeGathered(chunks: readonly Uint8Array[]): void {
    let from = 0
    let bytes = 0
    for (let index = 0; index < chunks.length; index++) {
      const length = chunks[index]?.length ?? 0
      if (bytes + length > gatherBytesMax) {
        this.#writeRun(chunks, from, index, bytes)
        from = index
        bytes = 0
      }
      bytes += length
    }
    this.#writeRun(chunks, from, chunks.length, bytes)
  }

  #writeRun(chunks: readonly Uint8Array[], from: number, to: number, bytes: number): void {
    const only = chunks[from]
    if (only === undefined || bytes === 0) return
    this.#socket.write(to - from === 1 ? only : Buffer.concat(chunks.slice(from, to), bytes))
  }

  end(): void {
    if (this.#closed) return
    this.#socket.end()
    this.#limitLinger()
  }

  /** Closes at once; `error` is what `closed` will say. */
  destroy(error?: Error): void {
    this.#error ??= error
    this.#socket.destroy()
  }

  /** Node 24 takes the first number alone; the others are 1 s and 10 there. */
  keepAlive(idleMs: number, intervalMs: number, probes: number): void {
    if (!this.#closed) this.#raw.setKeepAlive(true, idleMs, intervalMs, probes)
  }

  exportKeyingMaterial(label: string, length: number): Uint8Array {
    if (this.#closed || this.#socket.destroyed) throw new ChannelClosedError()
    return this.#socket.exportKeyingMaterial(length, label, noContext)
  }

  #limitLinger(): void {
    if (this.#closed) return
    this.#linger ??= this.#clock.after(lingerMs, () => this.#socket.destroy())
  }

  #hasClosed(): void {
    this.#closed = true
    this.#linger?.cancel()
    this.#events?.closed(this.#error)
  }
}
