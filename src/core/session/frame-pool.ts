import type { Allocate } from '../frame/bytes.ts'
import { DATA_HEADER_BYTES, DATA_PAYLOAD_BYTES_MAX } from '../frame/constants.ts'

/** Full frames kept for reuse: what is in flight on a fast link. */
const FREE_MAX = 64
const FULL_FRAME_BYTES = DATA_HEADER_BYTES + DATA_PAYLOAD_BYTES_MAX

/**
 * The arrays that one session writes its frames into. Full ones are used again after their acknowledgement, the last one first: it is
 * still in the processor's cache. Never shared between sessions: a peer that acknowledges what was not yet written to it would
 * otherwise get another's bytes.
 */
export class FramePool {
  readonly #allocate: Allocate
  #free: Uint8Array[] | undefined

  constructor(allocate: Allocate) {
    this.#allocate = allocate
  }

  readonly allocate: Allocate = (size) => {
    const free = size === FULL_FRAME_BYTES ? this.#free?.pop() : undefined
    return free ?? this.#allocate(size)
  }

  /** Nobody uses these bytes any more. */
  release(bytes: Uint8Array): void {
    if (bytes.length !== FULL_FRAME_BYTES) return
    this.#free ??= []
    if (this.#free.length < FREE_MAX) this.#free.push(bytes)
  }

  /** Nothing is in flight any more; an idle session keeps no memory for it. */
  clear(): void {
    this.#free = undefined
  }
}
