import type { Duplex } from 'node:stream'
import { PeerShutDownError } from '../../core/errors.ts'
import { HoldfastError, type HoldfastStream, StreamResetError } from '../../index.ts'
import { FrameReader, type FrameReceiver } from '../../services/pipe/frames.ts'
import { type PipeAbort, pipeAborts, pipeResets } from '../../services/pipe/protocol.ts'
import type { PipeOutcome } from '../contract/pipe.ts'

/**
 * One pipe: the connection of a client joined with a stream of a session. The frames pass as they are; they are followed only to tell a client that has said DONE from one
 * that was killed, since the end of its connection looks the same.
 */
export class PipeCarrier {
  readonly outcome: Promise<PipeOutcome>
  readonly #socket: Duplex
  readonly #stream: HoldfastStream
  readonly #settle = Promise.withResolvers<PipeOutcome>()
  readonly #fromClient = new FrameReader()
  readonly #fromPeer = new FrameReader()
  #isOver = false

  constructor(socket: Duplex, stream: HoldfastStream) {
    this.#socket = socket
    this.#stream = stream
    this.outcome = this.#settle.promise
    stream.on('error', (error) => this.#failed(error))
    stream.on('finish', () => this.#completeIfDone())
    this.#join(stream, this.#fromPeer, socket)
    this.#join(socket, this.#fromClient, stream)
    for (const event of ['error', 'close']) socket.on(event, () => this.#clientLeft())
    if (socket.destroyed) this.#clientLeft()
    else socket.resume()
  }

  /** One side has said DONE: both have everything, and are about to know it of each other. */
  get isClosing(): boolean {
    return this.#fromClient.isDone || this.#fromPeer.isDone
  }

  /** The client wants no more of it. A RESET overtakes what waits for a slow reader. */
  giveUp(reason: PipeAbort): void {
    if (this.#isOver) return
    this.#stream.reset(pipeAborts[reason])
    this.#end(givenUp)
  }

  /** The daemon ends. */
  stop(): void {
    if (this.#isOver) return
    this.#stream.reset(pipeResets.aborted)
    this.#end(stopped)
  }

  #join(from: Duplex, reader: FrameReader, to: Duplex): void {
    from.on('data', (chunk: Uint8Array) => {
      if (this.#isOver) return
      try {
        reader.read(chunk, ignored)
      } catch {
        return this.giveUp('violation')
      }
      if (to.destroyed) return
      // What one read brought, several TLS records for example, is written in one go.
      if (to.writableCorked === 0) {
        to.cork()
        process.nextTick(() => to.uncork())
      }
      if (!to.write(chunk)) from.pause()
    })
    to.on('drain', () => from.resume())
    from.on('end', () => {
      if (!reader.isDone) return this.giveUp('aborted')
      to.end()
      this.#completeIfDone()
    })
  }

  /** The peer's session holds all that the client has sent, DONE included, and the client has all of the peer's. */
  #completeIfDone(): void {
    if (!this.#stream.writableFinished || !this.#fromClient.isDone || !this.#fromPeer.isDone) return
    this.#end(complete)
  }

  /** What it has said before it left, DONE among it, is still delivered, and what the peer still says goes nowhere. */
  #clientLeft(): void {
    if (this.#fromClient.isDone) this.#stream.resume()
    else this.giveUp('aborted')
  }

  #failed(error: Error): void {
    const isExchanged = this.#fromClient.isDone && this.#fromPeer.isDone
    // A peer that has said DONE does not shut down in order before it has this side's.
    if (isExchanged && error instanceof PeerShutDownError) this.#end(complete)
    else this.#end(outcomeOf(error))
  }

  #end(outcome: PipeOutcome): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#settle.resolve(outcome)
    if (outcome !== complete) this.#socket.destroy()
  }
}

const ignored: FrameReceiver = { data() {}, end() {}, delivered() {}, done() {} }

const complete: PipeOutcome = {
  outcome: 'complete',
  resetCode: null,
  code: null,
  text: 'the pipe has ended; everything has arrived',
}

const givenUp: PipeOutcome = {
  outcome: 'given-up',
  resetCode: null,
  code: null,
  text: 'the client gave the pipe up before it was complete',
}

const stopped: PipeOutcome = {
  outcome: 'failed',
  resetCode: null,
  code: null,
  text: 'The daemon of this node has ended, and the pipe with it; start the pipe again on both sides once the daemon runs',
}

function outcomeOf(error: Error): PipeOutcome {
  const text = error.message
  const code = error instanceof HoldfastError ? error.code : null
  if (error instanceof StreamResetError) return { outcome: 'reset', resetCode: error.resetCode, code, text }
  return { outcome: 'failed', resetCode: null, code, text }
}
