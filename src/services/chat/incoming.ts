import type { Clock } from '../../clock.ts'
import { TokenBucket } from '../../core/token-bucket.ts'
import type { HoldfastStream } from '../../node/api.ts'
import { ChatViolation } from './errors.ts'
import { type ChatLimits, chatResets } from './limits.ts'
import type { IncomingMessage } from './message.ts'
import { ChatFrameReader, encodeAcknowledgement, type Hello } from './wire.ts'

/** Where what comes from one peer goes. */
export interface Inbox {
  /** Stores messages, each once, whether or not it came before. Durable when it returns; throws if they cannot be stored. */
  store(messages: readonly IncomingMessage[]): void
  greeted(hello: Hello): void
  /** The peer broke the protocol, or what it sent cannot be stored. */
  failed(error: Error): void
}

/**
 * Serves the streams on which one peer sends: stores, then acknowledges. A peer has one stream at a time, the newest; one that sends faster than is
 * allowed is read more slowly, so that what it writes waits on its own side.
 */
export class Incoming {
  readonly #inbox: Inbox
  readonly #clock: Clock
  readonly #rate: TokenBucket
  #stream: HoldfastStream | undefined

  constructor(inbox: Inbox, clock: Clock, { burstFrames, framesPerSecond }: ChatLimits) {
    this.#inbox = inbox
    this.#clock = clock
    this.#rate = new TokenBucket({ atOnce: burstFrames, perSecond: framesPerSecond })
  }

  /** Serves a stream to its end; never rejects. */
  async serve(stream: HoldfastStream): Promise<void> {
    this.#stream?.reset(chatResets.superseded)
    this.#stream = stream
    try {
      await this.#read(stream)
      stream.end()
    } catch (error) {
      this.#end(stream, error)
    } finally {
      if (this.#stream === stream) this.#stream = undefined
    }
  }

  stop(): void {
    this.#stream?.destroy()
  }

  async #read(stream: HoldfastStream): Promise<void> {
    const reader = new ChatFrameReader()
    let greeted = false
    await this.#pay(stream, 1)
    const pieces = stream.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>
    for await (const piece of pieces) {
      if (stream.destroyed) return
      const frames = reader.read(piece)
      const messages: IncomingMessage[] = []
      for (const frame of frames) {
        if (frame.type === 'acknowledgement' || (frame.type === 'message' && !greeted)) {
          throw new ChatViolation(chatResets.malformed, `The peer sent a ${frame.type} where none goes`)
        }
        if (frame.type === 'message') messages.push(frame)
        else this.#inbox.greeted(frame)
        greeted = true
      }
      await this.#store(stream, messages)
      await this.#pay(stream, frames.length)
    }
  }

  async #store(stream: HoldfastStream, messages: readonly IncomingMessage[]): Promise<void> {
    const last = messages.at(-1)
    if (last === undefined) return
    this.#inbox.store(messages)
    // A peer that does not read its acknowledgements gets no more of them than the stream holds.
    if (!stream.write(encodeAcknowledgement(last.id))) await drained(stream)
  }

  /** Waits until so many more frames may come. */
  async #pay(stream: HoldfastStream, frames: number): Promise<void> {
    const delayMs = Math.ceil(this.#rate.spend(this.#clock.now(), frames))
    if (delayMs === 0) return
    const delay = Promise.withResolvers<void>()
    const timer = this.#clock.after(delayMs, delay.resolve)
    await orClosed(stream, delay.promise)
    timer.cancel()
  }

  #end(stream: HoldfastStream, error: unknown): void {
    // The stream ended under its reader: the session went, or the peer let go of it. What was not acknowledged comes again.
    if (stream.destroyed) return
    if (error instanceof ChatViolation) stream.reset(error.resetCode)
    else stream.reset(chatResets.cannotStore)
    this.#inbox.failed(error instanceof Error ? error : new Error(String(error)))
  }
}

/** Resolves when the stream takes more, or is gone. */
async function drained(stream: HoldfastStream): Promise<void> {
  const drain = Promise.withResolvers<void>()
  stream.once('drain', drain.resolve)
  await orClosed(stream, drain.promise)
  stream.off('drain', drain.resolve)
}

/** Resolves with the promise, or when the stream is gone. */
async function orClosed(stream: HoldfastStream, promise: Promise<void>): Promise<void> {
  if (stream.closed) return
  const close = Promise.withResolvers<void>()
  stream.once('close', close.resolve)
  await Promise.race([promise, close.promise])
  stream.off('close', close.resolve)
}
