import { Duplex, finished } from 'node:stream'
import type { Clock } from '../../clock.ts'
import { HoldfastError, NodeClosedError } from '../../core/errors.ts'
import { resetCodes } from '../../core/frame/constants.ts'
import type { SessionStream, StreamOwner } from '../../core/session/stream.ts'
import type { PeerId } from '../../identity/peer-id.ts'
import type { HoldfastStream } from '../api.ts'
import { atEndOfTurn } from '../timing/end-of-turn.ts'

/** Writes up to this size are put together before they go on, when several wait. */
const JOIN_BYTES_MAX = 64 * 1024

/** The other side ended the stream at once; `resetCode` says why (SPEC.md, section 6). */
export class StreamResetError extends HoldfastError {
  readonly code = 'stream-reset'
  /** Below 256 the protocol's, from 256 up the application's. */
  readonly resetCode: number
  constructor(resetCode: number) {
    super(`The peer reset the stream${meaning(resetCode)}`)
    this.resetCode = resetCode
  }
}

function meaning(code: number): string {
  switch (code) {
    case resetCodes.closed:
      return ': it wants nothing more of it'
    case resetCodes.aborted:
      return ': it gave the stream up'
    case resetCodes.noHandler:
      return ': it does not serve this protocol'
    case resetCodes.notAllowed:
      return ': this node may not use the protocol there'
    case resetCodes.internal:
      return ': its handler failed'
    default:
      return ` with code ${code}`
  }
}

/** Node's `Duplex` on a stream of a session. */
export class SessionDuplex extends Duplex implements HoldfastStream, StreamOwner {
  readonly protocol: string
  readonly peerId: PeerId
  readonly #stream: SessionStream
  readonly #clock: Clock
  #wants = false
  #taken = true
  #resetCode: number | undefined
  #writeCallback: ((error?: Error | null) => void) | undefined
  #finalCallback: ((error?: Error | null) => void) | undefined
  /** Why the session ended, once it has. */
  #failure: HoldfastError | undefined

  constructor(stream: SessionStream, peerId: PeerId, clock: Clock) {
    super()
    this.#stream = stream
    this.#clock = clock
    this.protocol = stream.protocol ?? ''
    this.peerId = peerId
    stream.owner = this
  }

  // For the application.

  async close(): Promise<void> {
    if (!this.writableEnded) this.end()
    await new Promise<void>((resolve, reject) => {
      finished(this, { readable: false }, (error) => (error ? reject(error) : resolve()))
    })
  }

  reset(code: number): void {
    if (!Number.isInteger(code) || code < 0 || code > 0xffff_ffff) {
      throw new RangeError(`A reset code is a whole number from 0 to 4294967295, not ${code}`)
    }
    this.#resetCode = code
    this.destroy()
  }

  /** The handler that was to serve this stream failed; the other side is told no more than that. */
  handlerFailed(error: unknown): void {
    if (this.destroyed) return
    this.#resetCode = resetCodes.internal
    this.destroy(error instanceof Error ? error : new Error(String(error)))
  }

  // For Node's streams.

  override _read(): void {
    this.#wants = true
    if (this.#stream.receive.queue.bytes > 0) this.#stream.pull(this.#clock.now())
  }

  override _write(chunk: Uint8Array, _encoding: BufferEncoding, callback: (error?: Error | null) => void): void {
    this.#written(this.#stream.write(chunk, this.#clock.now()), callback)
  }

  override _writev(
    chunks: { chunk: Uint8Array; encoding: BufferEncoding }[],
    callback: (error?: Error | null) => void,
  ): void {
    const nowMs = this.#clock.now()
    let free = true
    for (const bytes of joined(chunks)) free = this.#stream.write(bytes, nowMs)
    this.#written(free, callback)
  }

  #written(free: boolean, callback: (error?: Error | null) => void): void {
    if (this.#failure !== undefined) callback(this.#failure)
    else if (free) callback()
    else this.#writeCallback = callback
  }

  override _final(callback: (error?: Error | null) => void): void {
    if (this.#failure !== undefined) {
      callback(this.#failure)
      return
    }
    this.#finalCallback = callback
    this.#stream.end(this.#clock.now())
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    const nowMs = this.#clock.now()
    const code = this.#resetCode ?? (error === null ? resetCodes.closed : resetCodes.aborted)
    // A reader that has read to the end and never wrote is done in order, although Node destroys it (`for await` does).
    if (this.#isDone(error)) this.#stream.end(nowMs)
    else this.#stream.reset(code)
    this.#stream.stop(code, nowMs)
    callback(error)
    const pending = [this.#writeCallback, this.#finalCallback]
    this.#writeCallback = undefined
    this.#finalCallback = undefined
    for (const waiting of pending) waiting?.(error ?? new StreamResetError(code))
  }

  #isDone(error: Error | null): boolean {
    // Of the two that Node names alike, only the error of a signal has a cause.
    const isLeft = error?.name === 'AbortError' && error.cause === undefined
    const isOrderly = this.#resetCode === undefined && (error === null || isLeft)
    return isOrderly && this.readableEnded && this.#stream.send.offset === 0 && this.writableLength === 0
  }

  // For the session.

  get wants(): boolean {
    return this.#wants
  }

  received(bytes: Uint8Array): void {
    try {
      // No more than one piece stands here: what waits for a slow reader waits in the session, where it is counted.
      this.#wants = this.push(bytes) && this.readableLength === 0
    } catch (error) {
      // A listener failed; that is the application's, and must not stop the link in the middle of a frame.
      process.nextTick(() => {
        throw error
      })
    }
  }

  receivedEnd(): void {
    this.push(null)
  }

  receivedReset(code: number): void {
    this.destroy(new StreamResetError(code))
  }

  receivedStop(code: number): void {
    if (!this.writableFinished) this.destroy(new StreamResetError(code))
  }

  accepted(): void {
    const callback = this.#writeCallback
    this.#writeCallback = undefined
    callback?.()
  }

  endAcknowledged(): void {
    const callback = this.#finalCallback
    this.#finalCallback = undefined
    callback?.()
  }

  /**
   * For whoever opens a stream: the session may end in the very turn in which that is done, when nobody can listen for errors yet. The
   * stream fails once that turn has settled.
   */
  holdFailureUntilTaken(): void {
    this.#taken = false
    atEndOfTurn(() => {
      this.#taken = true
      if (this.#failure !== undefined) this.failed(this.#failure)
    })
  }

  failed(error: HoldfastError): void {
    this.#failure = error
    if (!this.#taken) return
    const isWriting = this.#writeCallback !== undefined || this.#finalCallback !== undefined
    if (!(error instanceof NodeClosedError) && !isWriting && this.#stream.receive.isComplete) {
      this.#handOver()
      return
    }
    // Whoever closes the node knows; nobody has to listen for that on every stream.
    const isExpected = error instanceof NodeClosedError && this.listenerCount('error') === 0
    this.destroy(isExpected ? undefined : error)
  }

  /** The session has gone, but all that the peer wrote had come and was acknowledged: it is the reader's. Only writing fails now. */
  #handOver(): void {
    const { receive } = this.#stream
    if (receive.state === 'ended') return
    for (let bytes = receive.queue.shift(); bytes !== undefined; bytes = receive.queue.shift()) this.push(bytes)
    this.push(null)
  }
}

/** Many small writes cost as much as one when they are one. */
function joined(chunks: { chunk: Uint8Array }[]): Uint8Array[] {
  const out: Uint8Array[] = []
  let run: Uint8Array[] = []
  let bytes = 0
  for (const { chunk } of chunks) {
    if (bytes + chunk.length > JOIN_BYTES_MAX && run.length > 0) {
      out.push(run.length === 1 ? run[0]! : Buffer.concat(run, bytes))
      run = []
      bytes = 0
    }
    run.push(chunk)
    bytes += chunk.length
  }
  if (run.length > 0) out.push(run.length === 1 ? run[0]! : Buffer.concat(run, bytes))
  return out
}
