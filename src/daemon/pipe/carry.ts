import type { Duplex } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { HoldfastError, type HoldfastStream, StreamResetError } from '../../index.ts'
import { pipeResets } from '../../services/pipe.ts'
import type { PipeOutcome } from '../contract/pipe.ts'

/** Why a client gives its pipe up. */
export type GivingUp = 'aborted' | 'reader-gone'

/** One pipe: the connection of a client joined with a stream of a session. Each direction ends for itself. */
export class PipeCarrier {
  readonly outcome: Promise<PipeOutcome>
  readonly #socket: Duplex
  readonly #stream: HoldfastStream
  #givenUp = false

  constructor(socket: Duplex, stream: HoldfastStream) {
    this.#socket = socket
    this.#stream = stream
    this.outcome = this.#carry()
  }

  /** The client wants no more of it. */
  giveUp(reason: GivingUp): void {
    this.#givenUp = true
    this.#stream.reset(reason === 'aborted' ? pipeResets.aborted : pipeResets.readerGone)
    this.#socket.destroy()
  }

  async #carry(): Promise<PipeOutcome> {
    // What breaks at the client's side has to be told to the other side by a code, before the pipeline ends the stream without one.
    this.#socket.prependOnceListener('error', () => this.#clientBroke())
    this.#socket.prependOnceListener('close', () => this.#clientBroke())
    try {
      // That the stream has finished means that the peer's session holds all of it.
      await Promise.all([pipeline(this.#socket, this.#stream), pipeline(this.#stream, this.#socket)])
      return { outcome: 'complete', resetCode: null, code: null, text: 'the pipe has ended; everything has arrived' }
    } catch (error) {
      this.#socket.destroy()
      return this.#givenUp ? givenUp : outcomeOf(this.#stream.errored ?? error)
    }
  }

  #clientBroke(): void {
    if (this.#stream.destroyed || (this.#stream.writableFinished && this.#stream.readableEnded)) return
    this.giveUp('aborted')
  }
}

const givenUp: PipeOutcome = {
  outcome: 'given-up',
  resetCode: null,
  code: null,
  text: 'the client gave the pipe up before it was complete',
}

function outcomeOf(error: unknown): PipeOutcome {
  const text = error instanceof Error ? error.message : String(error)
  const code = error instanceof HoldfastError ? error.code : null
  if (error instanceof StreamResetError) return { outcome: 'reset', resetCode: error.resetCode, code, text }
  return { outcome: 'failed', resetCode: null, code, text }
}
