// The frames of `pipe/2`: a type (u8), the length of the payload (u32), the payload.
import { ProtocolError } from '../../core/errors.ts'

export const FRAME_HEADER_BYTES = 5
/** The most that one DATA carries. */
export const FRAME_DATA_BYTES_MAX = 1024 * 1024

/** Of END and DELIVERED: a count of bytes, as u64. */
const COUNT_BYTES = 8

const frameTypes = { data: 0, end: 1, delivered: 2, done: 3 } as const

/** Takes what a `FrameReader` finds. */
export interface FrameReceiver {
  /** A part of the payload of a DATA: a view of the chunk that is being read. */
  data(bytes: Uint8Array): void
  end(totalBytes: number): void
  delivered(totalBytes: number): void
  done(): void
}

/** Writes the header of a DATA into the first five bytes of `frame`; its payload stands behind. */
export function putDataHeader(frame: Uint8Array, payloadBytes: number): void {
  putHeader(frame, frameTypes.data, payloadBytes)
}

export function dataHeader(payloadBytes: number): Uint8Array {
  const header = new Uint8Array(FRAME_HEADER_BYTES)
  putDataHeader(header, payloadBytes)
  return header
}

export function endFrame(totalBytes: number): Uint8Array {
  return countFrame(frameTypes.end, totalBytes)
}

export function deliveredFrame(totalBytes: number): Uint8Array {
  return countFrame(frameTypes.delivered, totalBytes)
}

export function doneFrame(): Uint8Array {
  const frame = new Uint8Array(FRAME_HEADER_BYTES)
  putHeader(frame, frameTypes.done, 0)
  return frame
}

function countFrame(type: number, count: number): Uint8Array {
  const frame = new Uint8Array(FRAME_HEADER_BYTES + COUNT_BYTES)
  putHeader(frame, type, COUNT_BYTES)
  const view = new DataView(frame.buffer)
  view.setUint32(FRAME_HEADER_BYTES, Math.floor(count / 2 ** 32))
  view.setUint32(FRAME_HEADER_BYTES + 4, count % 2 ** 32)
  return frame
}

function putHeader(frame: Uint8Array, type: number, payloadBytes: number): void {
  frame[0] = type
  frame[1] = payloadBytes >>> 24
  frame[2] = payloadBytes >>> 16
  frame[3] = payloadBytes >>> 8
  frame[4] = payloadBytes
}

/**
 * Reads one direction of a pipe, whatever the pieces that it comes in, and checks what can be checked of one direction alone: DATA* END, one DELIVERED at any time, and DONE
 * after both as the last. Copies no payload.
 */
export class FrameReader {
  /** The header, or the count, that is being put together. */
  readonly #partial = new Uint8Array(FRAME_HEADER_BYTES + COUNT_BYTES)
  #partialBytes = 0
  /** Bytes of the current DATA that are still to come. */
  #dataBytesLeft = 0
  #totalBytes = 0
  #isEnded = false
  #isDelivered = false
  #isDone = false

  /** DONE has come: this direction ended in order. */
  get isDone(): boolean {
    return this.#isDone
  }

  /** Throws `ProtocolError` with the rule `pipe-frame`. */
  read(chunk: Uint8Array, receiver: FrameReceiver): void {
    for (let at = 0; at < chunk.length; ) {
      if (this.#dataBytesLeft > 0) {
        const count = Math.min(this.#dataBytesLeft, chunk.length - at)
        this.#dataBytesLeft -= count
        receiver.data(chunk.subarray(at, at + count))
        at += count
      } else {
        this.#partial[this.#partialBytes++] = chunk[at++]!
        this.#lookAtPartial(receiver)
      }
    }
  }

  #lookAtPartial(receiver: FrameReceiver): void {
    if (this.#partialBytes < FRAME_HEADER_BYTES) return
    const view = new DataView(this.#partial.buffer)
    const type = view.getUint8(0)
    const payloadBytes = view.getUint32(1)
    if (this.#partialBytes === FRAME_HEADER_BYTES) this.#check(type, payloadBytes)
    if (type === frameTypes.data) {
      this.#partialBytes = 0
      this.#dataBytesLeft = payloadBytes
      this.#totalBytes += payloadBytes
    } else if (this.#partialBytes === FRAME_HEADER_BYTES + payloadBytes) {
      this.#partialBytes = 0
      this.#take(type, view, receiver)
    }
  }

  #check(type: number, payloadBytes: number): void {
    const { data, end, delivered, done } = frameTypes
    const isDue =
      (type === data && !this.#isEnded && payloadBytes >= 1 && payloadBytes <= FRAME_DATA_BYTES_MAX) ||
      (type === end && !this.#isEnded && payloadBytes === COUNT_BYTES) ||
      (type === delivered && !this.#isDelivered && payloadBytes === COUNT_BYTES) ||
      (type === done && this.#isEnded && this.#isDelivered && payloadBytes === 0)
    if (!isDue || this.#isDone)
      throw new ProtocolError('pipe-frame', `A pipe had a frame of type ${type} and ${payloadBytes} bytes out of place`)
  }

  #take(type: number, view: DataView, receiver: FrameReceiver): void {
    if (type === frameTypes.done) {
      this.#isDone = true
      receiver.done()
      return
    }
    const count = view.getUint32(FRAME_HEADER_BYTES) * 2 ** 32 + view.getUint32(FRAME_HEADER_BYTES + 4)
    if (type === frameTypes.delivered) {
      this.#isDelivered = true
      receiver.delivered(count)
      return
    }
    if (count !== this.#totalBytes)
      throw new ProtocolError('pipe-frame', `A pipe's end counts ${count} bytes, and ${this.#totalBytes} came`)
    this.#isEnded = true
    receiver.end(count)
  }
}
