import type { Duplex } from 'node:stream'
import { PeerShutDownError, ProtocolError } from '../../core/errors.ts'
import { HoldfastError, type HoldfastStream, StreamResetError } from '../../index.ts'
import { abortOf, OUTPUT_WAITING_BYTES_MAX, sendInput } from '../../services/pipe/endpoint.ts'
import {
  dataHeader,
  deliveredFrame,
  doneFrame,
  endFrame,
  FrameReader,
  type FrameReceiver,
} from '../../services/pipe/frames.ts'
import { type PipeAbort, pipeAborts, pipeResets } from '../../services/pipe/protocol.ts'
import type { PipeOutcome } from '../contract/pipe.ts'
import { closeDescriptors, noDescriptors, type TakenDescriptors } from './descriptors.ts'

/**
 * One pipe: the connection of a client joined with a stream of a session. It follows the frames, so it can tell a client that has said DONE from one that was killed: the end of its connection looks
 * the same.
 *
 * It reads and writes the descriptors that it has taken itself. The connection then carries the frames of an empty input or output: the client sees END, DELIVERED and DONE at the same moments as
 * otherwise, with a count of 0, and the peer sees the true counts.
 */
export class PipeCarrier {
  readonly outcome: Promise<PipeOutcome>
  readonly #socket: Duplex
  readonly #stream: HoldfastStream
  readonly #taken: TakenDescriptors
  readonly #settle = Promise.withResolvers<PipeOutcome>()
  readonly #fromClient = new FrameReader()
  readonly #fromPeer = new FrameReader()
  /** What END said to the peer of the input that was taken. */
  #sentBytes: number | undefined
  /** What END of the peer said about the bytes for the output that was taken. */
  #receivedBytes = 0
  /** Of those, the output has not taken these yet. */
  #waitingBytes = 0
  #isPeerEnded = false
  #isOver = false

  constructor(socket: Duplex, stream: HoldfastStream, taken = noDescriptors) {
    this.#socket = socket
    this.#stream = stream
    this.#taken = taken
    this.outcome = this.#settle.promise
    stream.on('error', (error) => this.#failed(error))
    stream.on('finish', () => this.#completeIfDone())
    const isTaken = taken.input !== undefined || taken.output !== undefined
    this.#join(stream, this.#fromPeer, isTaken ? this.#toClient() : undefined, socket)
    this.#join(socket, this.#fromClient, isTaken ? this.#toPeer() : undefined, stream)
    for (const event of ['error', 'close']) socket.on(event, () => this.#clientLeft())
    if (taken.input !== undefined) void this.#sendInput(taken.input)
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

  /** `receiver` passes the frames on; undefined: they pass as they are. */
  #join(from: Duplex, reader: FrameReader, receiver: FrameReceiver | undefined, to: Duplex): void {
    from.on('data', (chunk: Uint8Array) => {
      if (this.#isOver) return
      try {
        reader.read(chunk, receiver ?? ignored)
      } catch {
        return this.giveUp('violation')
      }
      if (receiver === undefined) write(to, chunk)
      if (!this.#hasRoom(to)) from.pause()
    })
    to.on('drain', () => from.resume())
    from.on('end', () => {
      if (!reader.isDone) return this.giveUp('aborted')
      to.end()
      this.#completeIfDone()
    })
  }

  #hasRoom(to: Duplex): boolean {
    return !to.writableNeedDrain && (to !== this.#socket || this.#waitingBytes <= OUTPUT_WAITING_BYTES_MAX)
  }

  /** Passes on what the peer says. */
  #toClient(): FrameReceiver {
    const { input, output } = this.#taken
    return {
      data: (bytes) => {
        if (output === undefined) writeData(this.#socket, bytes)
        else this.#writeOutput(output, bytes)
      },
      end: (totalBytes) => {
        if (output === undefined) return write(this.#socket, endFrame(totalBytes))
        this.#receivedBytes = totalBytes
        this.#isPeerEnded = true
        this.#endOutputIfDue(output)
      },
      delivered: (totalBytes) => {
        if (input !== undefined && totalBytes !== this.#sentBytes)
          throw new ProtocolError(
            'pipe-frame',
            `The peer confirms ${totalBytes} bytes, and ${this.#sentBytes} were sent`,
          )
        write(this.#socket, deliveredFrame(input === undefined ? totalBytes : 0))
      },
      done: () => write(this.#socket, doneFrame()),
    }
  }

  /** Passes on what the client says. Of what was taken it says that it is empty. */
  #toPeer(): FrameReceiver {
    const { input, output } = this.#taken
    return {
      data: (bytes) => {
        if (input !== undefined) throw new ProtocolError('pipe-frame', 'The client sends what the daemon reads')
        writeData(this.#stream, bytes)
      },
      end: (totalBytes) => {
        if (input === undefined) write(this.#stream, endFrame(totalBytes))
      },
      delivered: (totalBytes) =>
        write(this.#stream, deliveredFrame(output === undefined ? totalBytes : this.#receivedBytes)),
      done: () => write(this.#stream, doneFrame()),
    }
  }

  async #sendInput(input: NonNullable<TakenDescriptors['input']>): Promise<void> {
    const read = async (buffer: Uint8Array): Promise<number> => {
      try {
        return await input.read(buffer)
      } catch (error) {
        this.#descriptorFailed('input-failed', error as Error)
        return 0
      }
    }
    const send = (frame: Uint8Array): Promise<void> =>
      new Promise((resolve, reject) => {
        this.#stream.write(frame, (error) => (error ? reject(error) : resolve()))
      })
    try {
      const totalBytes = await sendInput({ read }, send)
      if (this.#isOver) return
      this.#sentBytes = totalBytes
      await send(endFrame(totalBytes))
    } catch {
      // The stream has failed, and its own event has ended the pipe.
    }
  }

  #writeOutput(output: NonNullable<TakenDescriptors['output']>, bytes: Uint8Array): void {
    this.#waitingBytes += bytes.length
    output.write(bytes, (error) => {
      if (this.#isOver) return
      if (error) return this.#descriptorFailed(abortOf(error), error)
      this.#waitingBytes -= bytes.length
      if (this.#stream.isPaused() && this.#hasRoom(this.#socket)) this.#stream.resume()
      this.#endOutputIfDue(output)
    })
  }

  /** The client learns of the end when the output has taken everything before it. */
  #endOutputIfDue(output: NonNullable<TakenDescriptors['output']>): void {
    if (!this.#isPeerEnded || this.#waitingBytes > 0) return
    output.end().then(
      () => write(this.#socket, endFrame(0)),
      (error: Error) => this.#descriptorFailed(abortOf(error), error),
    )
  }

  #descriptorFailed(abort: PipeAbort, error: Error): void {
    if (this.#isOver) return
    this.#stream.reset(pipeAborts[abort])
    this.#end({ outcome: 'given-up', resetCode: null, code: abort, text: error.message })
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
    closeDescriptors(this.#taken)
    if (outcome !== complete) this.#socket.destroy()
  }
}

function writeData(to: Duplex, bytes: Uint8Array): void {
  write(to, dataHeader(bytes.length))
  write(to, bytes)
}

/** What one read brought, several TLS records for example, is written in one go. */
function write(to: Duplex, bytes: Uint8Array): void {
  if (to.destroyed) return
  if (to.writableCorked === 0) {
    to.cork()
    process.nextTick(() => to.uncork())
  }
  to.write(bytes)
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
