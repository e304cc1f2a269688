import { addAbortSignal, type Duplex } from 'node:stream'
import { ProtocolError } from '../../core/errors.ts'
import { encodeText } from '../../core/frame/bytes.ts'
import { DEFAULT_PRIORITY, PRIORITIES, resetCodes, TEXT_BYTES_MAX } from '../../core/frame/constants.ts'
import type { SessionStream } from '../../core/session/stream.ts'
import type { PeerId } from '../../identity/peer-id.ts'
import { CODE_PROTOCOL } from '../../pairing/code-exchange.ts'
import { PAIRING_PROTOCOL } from '../../pairing/messages.ts'
import type { HoldfastStream, OpenStreamOptions } from '../api.ts'
import { InvalidArgumentError } from '../errors.ts'
import { traceOpen, traceServe } from '../events/diagnostics.ts'
import { SessionDuplex } from '../link/stream.ts'
import { Condition } from '../timing/condition.ts'
import { withSignal } from '../timing/with-signal.ts'
import type { RemotePeer } from './peer.ts'

const pairingProtocols: ReadonlySet<string> = new Set([PAIRING_PROTOCOL, CODE_PROTOCOL])

/** Takes the streams that the other side of a pairing opens. */
export type PairingStreams = (stream: Duplex) => void

/** Opens streams to one peer, and gives those that it opens to their handlers. */
export class PeerStreams {
  readonly #peer: RemotePeer
  readonly #node: PeerId
  /** Of the pairings that are going on, by protocol: only their streams may be opened while the peer is provisional. */
  #pairing: Map<string, { readonly take: PairingStreams; left: number }> | undefined
  /** Pairings that this side has begun or answers. The other side may take it for a stranger as long: nothing else is opened. */
  #pairings = 0
  readonly #pairingOver = new Condition()
  /** Of those, the ones that it has begun. */
  #initiated = 0
  /** Streams that the issuer opened before all of its last word was heard here. */
  #early: SessionDuplex[] | undefined
  #openCount = 0

  /** `node`: the one whose peer it is. */
  constructor(peer: RemotePeer, node: PeerId) {
    this.#peer = peer
    this.#node = node
  }

  /** Streams that are not over yet, in either direction. */
  get openCount(): number {
    return this.#openCount
  }

  open(protocol: string, options: OpenStreamOptions): Promise<HoldfastStream> {
    const report = { node: this.#node, peer: this.#peer.id, protocol }
    return traceOpen(report, () => this.#open(protocol, options))
  }

  async #open(protocol: string, { signal, priority = DEFAULT_PRIORITY }: OpenStreamOptions): Promise<HoldfastStream> {
    checkProtocol(protocol)
    if (!Number.isInteger(priority) || priority < 0 || priority >= PRIORITIES) {
      throw new InvalidArgumentError(`A priority is a whole number from 0 to ${PRIORITIES - 1}, not ${priority}`)
    }
    for (;;) {
      signal?.throwIfAborted()
      this.#peer.checkUsable()
      if (this.#pairings > 0 && !pairingProtocols.has(protocol)) {
        await withSignal(this.#pairingOver.wait(), signal)
        continue
      }
      const { driver } = this.#peer
      const opened = driver?.session.openStream(protocol, priority, driver.nowMs)
      if (driver === undefined) {
        this.#peer.hurry()
        await this.#peer.changed(signal)
      } else if (opened === undefined) {
        await withSignal(driver.streamAllowed(), signal)
      } else {
        const stream = this.#counted(opened)
        if (signal !== undefined) addAbortSignal(signal, stream)
        stream.holdFailureUntilTaken()
        driver.wake()
        return stream
      }
    }
  }

  /** A pairing runs with the peer, which this side has begun or else answers. Returns how to say that it has ended, one way or the other. */
  pairingRuns(role: 'initiator' | 'issuer'): () => void {
    const initiated = role === 'initiator' ? 1 : 0
    this.#pairings++
    this.#initiated += initiated
    return () => {
      this.#pairings--
      this.#initiated -= initiated
      if (this.#pairings > 0) return
      const early = this.#early ?? []
      this.#early = undefined
      for (const duplex of early) {
        if (this.#peer.isStranger) duplex.destroy()
        else if (!duplex.destroyed) this.#serve(duplex)
      }
      this.#pairingOver.release()
    }
  }

  /** A pairing goes on: the other side may open `count` more streams of that protocol for it. */
  pairingBegins(protocol: string, take: PairingStreams, count: number): void {
    this.#pairing ??= new Map()
    const before = this.#pairing.get(protocol)
    const left = before?.take === take ? before.left : 0
    this.#pairing.set(protocol, { take, left: left + count })
  }

  /** The pairing whose streams went to `streams` has ended. */
  pairingEnded(take: PairingStreams): void {
    for (const [protocol, pairing] of this.#pairing ?? []) if (pairing.take === take) this.#pairing?.delete(protocol)
    if (this.#pairing?.size === 0) this.#pairing = undefined
  }

  /** The peer opened a stream. */
  opened(stream: SessionStream): void {
    const protocol = stream.protocol ?? ''
    const pairing = this.#pairing?.get(protocol)
    if (pairing !== undefined && pairing.left > 0) {
      pairing.left--
      pairing.take(this.#inbound(stream))
      return
    }
    if (this.#peer.isStranger && this.#initiated > 0) {
      this.#early ??= []
      this.#early.push(this.#inbound(stream))
      return
    }
    if (this.#peer.isStranger) {
      throw new ProtocolError('provisional', `A stream for "${protocol}" was opened before the pairing was complete`)
    }
    const refusal = this.#refusal(protocol)
    if (refusal === undefined) this.#serveSoon(this.#inbound(stream))
    else this.#refuse(stream, refusal)
  }

  /** The application does not see a stream that is reset by the same bytes as open it. */
  #serveSoon(duplex: SessionDuplex): void {
    queueMicrotask(() => {
      if (!duplex.destroyed) this.#serve(duplex)
    })
  }

  /** Why a stream for the protocol is not taken; undefined if it is. */
  #refusal(protocol: string): number | undefined {
    if (!this.#peer.mayUse(protocol)) return resetCodes.notAllowed
    if (this.#peer.handlerOf(protocol) !== undefined) return undefined
    return this.#peer.closing ? resetCodes.aborted : resetCodes.noHandler
  }

  /** Gives a stream to its handler. One that fails, at once or later, fails the stream; the other side is told. */
  #serve(duplex: SessionDuplex): void {
    const refusal = this.#refusal(duplex.protocol)
    const handler = this.#peer.handlerOf(duplex.protocol)
    if (refusal !== undefined || handler === undefined) duplex.reset(refusal ?? resetCodes.noHandler)
    else {
      const report = { node: this.#node, peer: this.#peer.id, protocol: duplex.protocol }
      const served = traceServe(report, () => Promise.try(handler, duplex))
      served.catch((error: unknown) => duplex.handlerFailed(error))
    }
  }

  #refuse(stream: SessionStream, code: number): void {
    stream.reset(code)
    stream.stop(code, this.#peer.clock.now())
  }

  #counted(stream: SessionStream): SessionDuplex {
    const duplex = new SessionDuplex(stream, this.#peer.id, this.#peer.clock)
    this.#openCount++
    this.#peer.streamsChanged('opened')
    duplex.once('close', () => {
      this.#openCount--
      this.#peer.streamsChanged('over')
    })
    return duplex
  }

  #inbound(stream: SessionStream): SessionDuplex {
    const duplex = this.#counted(stream)
    // What the other side does to its stream must not bring this process down where nobody listens.
    duplex.on('error', ignore)
    return duplex
  }
}

function ignore(): void {
  // Whoever listens, hears of it.
}

function checkProtocol(protocol: string): void {
  // No UTF-16 unit takes more than three bytes of UTF-8.
  if (protocol.length > 0 && 3 * protocol.length <= TEXT_BYTES_MAX) return
  const { length } = encodeText(protocol)
  if (length === 0 || length > TEXT_BYTES_MAX) {
    const shown = protocol.slice(0, 40)
    throw new InvalidArgumentError(`A protocol's name has 1 to ${TEXT_BYTES_MAX} bytes, "${shown}" has ${length}`)
  }
}
