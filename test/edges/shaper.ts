// One direction of the network between two daemons: what comes in goes out after a delay, no faster than the rate.
import type { Readable, Writable } from 'node:stream'

/** What stands in the way at most, beside what the delay itself keeps on its way. */
const queueBytesMax = 65_536
/** On its way at once without a limit of the rate: 100 ms at 80 MB/s. */
const unlimitedBytesMax = 8_388_608

/** The rate and delay of one direction, shared by all connections. */
export class Shaper {
  delayMs = 0
  bytesPerSecond: number | undefined
  #freeAtMs = 0
  #heldUntilMs = 0

  get queueBytesMax(): number {
    if (this.bytesPerSecond === undefined) return unlimitedBytesMax
    return queueBytesMax + (this.bytesPerSecond * this.delayMs) / 1_000
  }

  hold(forMs: number): void {
    this.#heldUntilMs = performance.now() + forMs
  }

  /** When bytes that come now have arrived. */
  dueMs(bytes: number): number {
    const nowMs = performance.now()
    const startMs = Math.max(nowMs, this.#freeAtMs)
    this.#freeAtMs = startMs + (this.bytesPerSecond === undefined ? 0 : (bytes * 1_000) / this.bytesPerSecond)
    return this.#freeAtMs + this.delayMs
  }

  get heldUntilMs(): number {
    return this.#heldUntilMs
  }
}

interface Queued {
  readonly chunk: Buffer | undefined
  readonly dueMs: number
}

/** On a slow network a chunk is no more than this: it arrives whole, and none may take long. */
const chunkBytesMax = 4_096

/** Joins one direction of a connection by the shaper. The end is delayed too, and so is nothing after a destruction. */
export function shape(from: Readable, to: Writable, shaper: Shaper): void {
  const queue: Queued[] = []
  let queuedBytes = 0
  let timer: NodeJS.Timeout | undefined

  const deliver = (): void => {
    timer = undefined
    for (let next = queue[0]; next !== undefined; next = queue[0]) {
      const waitMs = Math.max(next.dueMs, shaper.heldUntilMs) - performance.now()
      if (waitMs > 0) {
        timer = setTimeout(deliver, waitMs)
        return
      }
      queue.shift()
      if (next.chunk === undefined) {
        to.end()
        continue
      }
      queuedBytes -= next.chunk.length
      if (queuedBytes < shaper.queueBytesMax) from.resume()
      if (!to.destroyed && !to.write(next.chunk)) {
        to.once('drain', deliver)
        return
      }
    }
  }
  const enqueue = (chunk: Buffer | undefined): void => {
    queue.push({ chunk, dueMs: shaper.dueMs(chunk?.length ?? 0) })
    queuedBytes += chunk?.length ?? 0
    if (queuedBytes >= shaper.queueBytesMax) from.pause()
    if (queue.length === 1 && timer === undefined && !to.writableNeedDrain) deliver()
  }
  from.on('data', (chunk: Buffer) => {
    const step = shaper.bytesPerSecond === undefined ? chunk.length : chunkBytesMax
    for (let at = 0; at < chunk.length; at += step) enqueue(chunk.subarray(at, at + step))
  })
  from.on('end', () => enqueue(undefined))
  to.on('close', () => clearTimeout(timer))
}
