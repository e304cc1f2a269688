// One side of a pipe: reads the input into frames and writes what the other side sends to the output, until both sides have confirmed that the other one has everything.
import type { Duplex } from 'node:stream'
import { ProtocolError } from '../../core/errors.ts'
import {
  deliveredFrame,
  doneFrame,
  endFrame,
  FRAME_HEADER_BYTES,
  FrameReader,
  type FrameReceiver,
  putDataHeader,
} from './frames.ts'
import type { PipeAbort } from './protocol.ts'

/** Read from the input at a time. */
const INPUT_CHUNK_BYTES = 1024 * 1024
/** So much may wait for the output before reading stops. */
export const OUTPUT_WAITING_BYTES_MAX = 256 * 1024

/** What one side sends. */
export interface PipeInput {
  /** Somebody types it. It does not keep the pipe open once the other side has ended. */
  readonly isTerminal: boolean
  /** Resolves with how many bytes stand in `buffer` now; 0 at the end, and after `end`. One call at a time. */
  read(buffer: Uint8Array): Promise<number>
  /** Ends it early. */
  end(): void
}

/** What takes the other side's bytes. */
export interface PipeOutput {
  /** Calls back when the system has taken the bytes, in order of the calls. The array may be used anew then. */
  write(bytes: Uint8Array, callback: (error?: Error | null) => void): void
  /** Resolves when whoever reads it can see the end. */
  end(): Promise<void>
}

/** The input or output of this side failed. Whoever runs the endpoint turns it into a sentence. */
export class PipeSideError extends Error {
  /** What the other side is told. */
  readonly abort: PipeAbort
  override readonly cause: Error
  constructor(abort: PipeAbort, cause: Error) {
    super(cause.message)
    this.abort = abort
    this.cause = cause
  }
}

/** The stream under the pipe ended before the pipe did. What carried the stream knows why. */
export class PipeCutError extends Error {}

/**
 * Runs one side. Resolves when the other side has said that it wrote every byte of `input` to its own output, `output` has taken every byte of the other side, and each
 * side knows that of the other. Rejects with `PipeSideError`, `ProtocolError` or `PipeCutError`; the caller then resets the stream.
 */
export function runPipeEndpoint(channel: Duplex, input: PipeInput, output: PipeOutput): Promise<void> {
  return new PipeEndpoint(channel, input, output).completed
}

class PipeEndpoint implements FrameReceiver {
  readonly completed: Promise<void>
  readonly #channel: Duplex
  readonly #input: PipeInput
  readonly #output: PipeOutput
  readonly #reader = new FrameReader()
  readonly #settle = Promise.withResolvers<void>()
  /** What END says; undefined until the input has ended. */
  #sentBytes: number | undefined
  /** The other side has written all of that. */
  #isConfirmed = false
  /** This side has written all that the other sent, and said so. */
  #isDelivered = false
  #isDoneSent = false
  #isOver = false
  #waitingBytes = 0
  /** What the other side's END said, until everything before it is written. */
  #endsAt: number | undefined

  constructor(channel: Duplex, input: PipeInput, output: PipeOutput) {
    this.#channel = channel
    this.#input = input
    this.#output = output
    this.completed = this.#settle.promise
    channel.on('data', (chunk: Uint8Array) => this.#receive(chunk))
    for (const event of ['error', 'end', 'close']) channel.on(event, () => this.#fail(new PipeCutError()))
    void this.#send().catch((error: unknown) => this.#fail(error))
  }

  async #send(): Promise<void> {
    const totalBytes = await sendInput({ read: (buffer) => this.#read(buffer) }, (frame) => this.#write(frame))
    if (this.#isOver) return
    this.#sentBytes = totalBytes
    await this.#write(endFrame(totalBytes))
  }

  async #read(buffer: Uint8Array): Promise<number> {
    try {
      return await this.#input.read(buffer)
    } catch (error) {
      throw new PipeSideError('input-failed', error as Error)
    }
  }

  /** Resolves when the array may be used anew. */
  #write(bytes: Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#channel.write(bytes, (error) => (error ? reject(new PipeCutError()) : resolve()))
    })
  }

  #receive(chunk: Uint8Array): void {
    if (this.#isOver) return
    try {
      this.#reader.read(chunk, this)
    } catch (error) {
      this.#fail(error)
    }
    if (this.#waitingBytes > OUTPUT_WAITING_BYTES_MAX) this.#channel.pause()
  }

  data(bytes: Uint8Array): void {
    this.#waitingBytes += bytes.length
    this.#output.write(bytes, (error) => {
      if (error) return this.#fail(new PipeSideError(abortOf(error), error))
      this.#waitingBytes -= bytes.length
      if (this.#channel.isPaused() && this.#waitingBytes <= OUTPUT_WAITING_BYTES_MAX) this.#channel.resume()
      if (this.#waitingBytes === 0 && this.#endsAt !== undefined) this.#deliver(this.#endsAt)
    })
  }

  end(totalBytes: number): void {
    if (this.#waitingBytes > 0) this.#endsAt = totalBytes
    else this.#deliver(totalBytes)
  }

  /** The output has taken everything. */
  #deliver(totalBytes: number): void {
    if (this.#isOver) return
    this.#endsAt = undefined
    const closed = this.#output.end().then(async () => {
      await this.#write(deliveredFrame(totalBytes))
      this.#isDelivered = true
      if (this.#input.isTerminal) this.#input.end()
      this.#finishIfDue()
    })
    closed.catch((error: unknown) =>
      this.#fail(error instanceof PipeCutError ? error : new PipeSideError(abortOf(error as Error), error as Error)),
    )
  }

  delivered(totalBytes: number): void {
    if (totalBytes !== this.#sentBytes)
      throw new ProtocolError(
        'pipe-frame',
        `The other side confirms ${totalBytes} bytes, and ${this.#sentBytes ?? 'not all'} were sent`,
      )
    this.#isConfirmed = true
    this.#finishIfDue()
  }

  done(): void {
    this.#finishIfDue()
  }

  /** Says DONE once both directions are delivered, and ends once the other side has said it too. */
  #finishIfDue(): void {
    if (this.#isOver || !this.#isConfirmed || !this.#isDelivered) return
    if (!this.#isDoneSent) {
      this.#isDoneSent = true
      this.#channel.write(doneFrame())
    }
    if (!this.#reader.isDone) return
    this.#isOver = true
    this.#channel.end()
    this.#settle.resolve()
  }

  #fail(error: unknown): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#input.end()
    this.#settle.reject(error)
  }
}

/**
 * Sends the whole input as DATA. `write` resolves when the frame may be used anew. Resolves with the count that END has to say, when the input has ended. Throws what `read` and `write` throw.
 */
export async function sendInput(
  input: Pick<PipeInput, 'read'>,
  write: (frame: Uint8Array) => Promise<void>,
): Promise<number> {
  // While one is being written, the other is filled.
  const buffers = [INPUT_CHUNK_BYTES, INPUT_CHUNK_BYTES].map((bytes) => new Uint8Array(FRAME_HEADER_BYTES + bytes))
  let totalBytes = 0
  let written: Promise<void> = Promise.resolve()
  for (let count = 0; ; count++) {
    const buffer = buffers[count % 2]!
    const readBytes = await input.read(buffer.subarray(FRAME_HEADER_BYTES))
    await written
    if (readBytes === 0) return totalBytes
    totalBytes += readBytes
    putDataHeader(buffer, readBytes)
    written = write(buffer.subarray(0, FRAME_HEADER_BYTES + readBytes))
    // Awaited after the next read; until then nothing handles its rejection.
    written.catch(() => undefined)
  }
}

/** What the other side is told of a failed output. */
export function abortOf(error: Error): PipeAbort {
  const { code } = error as NodeJS.ErrnoException
  if (code === 'EPIPE' || code === 'ECONNRESET') return 'reader-gone'
  return code === 'ENOSPC' || code === 'EDQUOT' ? 'output-full' : 'output-failed'
}
