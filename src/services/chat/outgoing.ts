import type { Clock, Timer } from '../../clock.ts'
import type { HoldfastStream } from '../../node/api.ts'
import { ChatViolation } from './errors.ts'
import { type ChatLimits, chatResets } from './limits.ts'
import type { IncomingMessage } from './message.ts'
import { ChatFrameReader, encodeHello, encodeMessage, type Hello } from './wire.ts'

/** A message that waits, and its place in the order in which they go. */
export interface Waiting extends IncomingMessage {
  readonly number: number
}

/** Where the messages of an outgoing stream come from, and who is told that they arrived. */
export interface Outbox {
  /** What the other side is to know of this one. */
  readonly hello: Hello
  /** The oldest messages that wait, of those after the number. */
  waitingAfter(number: number, limit: number): readonly Waiting[]
  /** The message was given to the stream. */
  sent(number: number): void
  /** So many that were given to the stream did not arrive by it, as far as is known. */
  unacknowledged(count: number): void
  /** The other side has stored these. Durable when it returns; throws if it cannot be. */
  acknowledged(ids: readonly string[]): void
}

/** How a stream ended: in order, by a failure of the stream, by a violation of the other side, or by a failure of the outbox here. */
export type OutgoingEnd = { readonly error: Error | undefined; readonly acknowledged: number }

/**
 * One stream that carries what waits to the other side, from its first frame to its end. Frames go as they are written, at most
 * `inFlightMessagesMax` of them unacknowledged; when nothing has waited for `streamIdleMs`, the stream is ended.
 */
export class Outgoing {
  readonly #stream: HoldfastStream
  readonly #outbox: Outbox
  readonly #clock: Clock
  readonly #limits: ChatLimits
  readonly #reader = new ChatFrameReader()
  /** The ids of what was sent and is not acknowledged, in the order of sending. */
  readonly #inFlight: string[] = []
  #lastNumber = 0
  #acknowledged = 0
  #told: Hello | undefined
  #idleTimer: Timer | undefined
  #failure: Error | undefined

  constructor(
    stream: HoldfastStream,
    outbox: Outbox,
    clock: Clock,
    limits: ChatLimits,
    ended: (end: OutgoingEnd) => void,
  ) {
    this.#stream = stream
    this.#outbox = outbox
    this.#clock = clock
    this.#limits = limits
    stream.on('data', (piece: Uint8Array) => this.#received(piece))
    stream.on('end', () => this.#endReceived())
    stream.on('error', (error) => (this.#failure ??= error))
    stream.on('close', () => {
      this.#idleTimer?.cancel()
      outbox.unacknowledged(this.#inFlight.length)
      ended({ error: this.#failure, acknowledged: this.#acknowledged })
    })
    this.pump()
  }

  /** It takes no more messages: the next ones need another stream. */
  get isOver(): boolean {
    return this.#stream.destroyed || this.#stream.writableEnded
  }

  /** Sends what waits, as far as there is room for it. */
  pump(): void {
    if (this.isOver) return
    try {
      this.#tell()
      const room = this.#limits.inFlightMessagesMax - this.#inFlight.length
      const next = room > 0 ? this.#outbox.waitingAfter(this.#lastNumber, room) : []
      for (const message of next) {
        this.#stream.write(encodeMessage(message))
        this.#inFlight.push(message.id)
        this.#lastNumber = message.number
        this.#outbox.sent(message.number)
      }
    } catch (error) {
      this.#fail(error)
      return
    }
    this.#idleTimer?.cancel()
    if (this.#inFlight.length > 0) return
    this.#idleTimer = this.#clock.after(this.#limits.streamIdleMs, () => this.#stream.end())
  }

  /** Lets go of the stream at once. */
  stop(): void {
    this.#stream.destroy()
  }

  #tell(): void {
    const { hello } = this.#outbox
    if (hello.attending === this.#told?.attending) return
    this.#told = hello
    this.#stream.write(encodeHello(hello))
  }

  #received(piece: Uint8Array): void {
    if (this.#stream.destroyed) return
    try {
      const ids: string[] = []
      for (const frame of this.#reader.read(piece)) {
        if (frame.type !== 'acknowledgement') {
          throw new ChatViolation(chatResets.malformed, `The peer sent a ${frame.type} where only acknowledgements go`)
        }
        ids.push(...this.#takeUpTo(frame.id))
      }
      if (ids.length === 0) return
      this.#outbox.acknowledged(ids)
      this.#acknowledged += ids.length
    } catch (error) {
      this.#fail(error)
      return
    }
    this.pump()
  }

  /** The other side acknowledges nothing more on this stream. */
  #endReceived(): void {
    if (this.#inFlight.length === 0) this.#stream.end()
    else this.#fail(new ChatViolation(chatResets.malformed, 'The peer ended a stream that it had not acknowledged'))
  }

  #takeUpTo(id: string): string[] {
    const at = this.#inFlight.indexOf(id)
    if (at >= 0) return this.#inFlight.splice(0, at + 1)
    throw new ChatViolation(chatResets.falseAcknowledgement, 'The peer acknowledged a message that it was not sent')
  }

  #fail(error: unknown): void {
    this.#failure ??= error instanceof Error ? error : new Error(String(error))
    if (error instanceof ChatViolation) this.#stream.reset(error.resetCode)
    else this.#stream.destroy()
  }
}
