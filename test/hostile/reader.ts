import type { HoldfastError } from '../../src/core/errors.ts'
import type { SessionStream, StreamOwner } from '../../src/core/session/stream.ts'

/** An application at one end of a stream, that writes down all that it is told. */
export class Reader implements StreamOwner {
  readonly stream: SessionStream
  wants: boolean
  /** What was read, in the order in which it came. Emptied by `takeBytes`. */
  #pieces: Uint8Array[] = []
  readBytes = 0
  ends = 0
  resetCodes: number[] = []
  stopCodes: number[] = []
  acceptedCalls = 0
  endsAcknowledged = 0
  readonly failures: HoldfastError[] = []

  constructor(stream: SessionStream, wants = true) {
    this.stream = stream
    this.wants = wants
    stream.owner = this
  }

  /** Everything read since the last call. */
  takeBytes(): Uint8Array {
    const all = Buffer.concat(this.#pieces)
    this.#pieces = []
    return all
  }

  get text(): string {
    return Buffer.concat(this.#pieces).toString('latin1')
  }

  received(bytes: Uint8Array): void {
    // A copy: the core may hand out a view.
    this.#pieces.push(Uint8Array.from(bytes))
    this.readBytes += bytes.length
  }

  receivedEnd(): void {
    this.ends++
  }

  receivedReset(code: number): void {
    this.resetCodes.push(code)
  }

  receivedStop(code: number): void {
    this.stopCodes.push(code)
  }

  accepted(): void {
    this.acceptedCalls++
  }

  endAcknowledged(): void {
    this.endsAcknowledged++
  }

  failed(error: HoldfastError): void {
    this.failures.push(error)
  }
}
