import type { Clock, Timer } from '../../clock.ts'
import type { NetworkConditions } from './memory-conditions.ts'
import { type Block, handPieces } from './memory-pieces.ts'

/** Something that happens at the far end once all bytes before it have come. */
type Marker = () => void

/** What left together and arrives together. */
interface Batch {
  arrivesMs: number
  readonly items: (Block | Marker)[]
}

/** Who stands at the ends of a pipe. */
export interface PipeEnds {
  /** The receiving process runs, so that what has come can be handed over; if it does not, `then` is called when it does. */
  isAwake(then: () => void): boolean
  /** The receiving channel has an owner. */
  isOpened(): boolean
  received(bytes: Uint8Array): void
  /** At the sending end: there is room again. */
  drained(): void
  /** For a trace: that many bytes were handed over. */
  delivered(bytes: number): void
}

export interface PipeOptions {
  readonly clock: Clock
  readonly random: () => number
  readonly conditions: () => NetworkConditions
  readonly ends: PipeEnds
}

const BATCH_BYTES_MAX = 65_536
/** A batch takes about this long to leave, so that a slow way delivers little by little. */
const BATCH_MS = 10
/** The longest that TCP waits before it tries again after an outage. */
const BACKOFF_MS_MAX = 60_000

/**
 * One direction of a channel, as TCP shows it: bytes leave as fast as the bandwidth allows, at most a buffer of them unacknowledged, and
 * arrive later, in order. While a black hole lasts nothing arrives, and afterwards it takes as long again as the outage at most
 * until the retransmission gets through.
 */
export class Pipe {
  readonly #options: PipeOptions
  /** Not sent yet; what the kernel's buffer does not hold stands here too. */
  #queue: (Uint8Array | Marker)[] = []
  #queuedBytes = 0
  /** On the way, in order. */
  #flight: Batch[] = []
  #lastArrivalMs = 0
  /** When the bytes before have left. */
  #wireFreeMs = 0
  /** Arrived, and waiting for a reader that is asleep or not there yet. */
  #arrived: (Block | Marker)[] = []
  /** Sent and not acknowledged by the kernel at the far end. */
  #unacknowledgedBytes = 0
  /** Of these, what has come while acknowledgements could not come back. */
  #unconfirmedBytes = 0
  #holeSinceMs: number | undefined
  #reverse: Pipe | undefined
  #blocked = false
  #ended = false
  #timer: Timer | undefined
  #timerMs = Infinity
  #flushing = false

  constructor(options: PipeOptions) {
    this.#options = options
  }

  /** The pipe that carries this one's acknowledgements. */
  set reverse(pipe: Pipe) {
    this.#reverse = pipe
  }

  get #hasRoom(): boolean {
    return this.#queuedBytes + this.#unacknowledgedBytes < this.#options.conditions().bufferBytes
  }

  /** Takes bytes; false if `drained` will say when there is room again. */
  write(chunks: readonly Uint8Array[]): boolean {
    if (this.#ended) return true
    for (const chunk of chunks) {
      if (chunk.length === 0) continue
      this.#queue.push(chunk)
      this.#queuedBytes += chunk.length
    }
    this.#depart()
    this.#blocked ||= !this.#hasRoom
    return !this.#blocked
  }

  /** `marker` happens at the far end once everything before it has come. */
  mark(marker: () => void): void {
    if (this.#ended) return
    this.#queue.push(marker)
    this.#depart()
  }

  /** Nothing more is sent: not what is written from now on, and not what the buffer did not hold. `marker` comes last. */
  finish(marker: () => void): void {
    this.#queue = []
    this.#queuedBytes = 0
    this.mark(marker)
    this.#ended = true
  }

  /** Everything in it is lost, and so is what is written from now on. */
  sever(): void {
    this.#ended = true
    this.#queue = []
    this.#flight = []
    this.#arrived = []
    this.#timer?.cancel()
    this.#timer = undefined
  }

  /** Bytes vanish from now on. */
  beginHole(): void {
    this.#holeSinceMs ??= this.#now
  }

  /** Bytes pass again; what was lost is sent again after TCP's back-off. */
  endHole(): void {
    if (this.#holeSinceMs === undefined) return
    const outageMs = this.#now - this.#holeSinceMs
    this.#holeSinceMs = undefined
    if (this.#flight.length > 0) {
      const againMs = this.#now + Math.ceil(this.#options.random() * Math.min(outageMs, BACKOFF_MS_MAX))
      for (const batch of this.#flight) batch.arrivesMs = Math.max(batch.arrivesMs, againMs)
      this.#lastArrivalMs = Math.max(this.#lastArrivalMs, againMs)
    }
    this.#reverse?.confirm()
    this.#arm()
  }

  /** Acknowledgements come back again. */
  confirm(): void {
    this.#acknowledge(this.#unconfirmedBytes)
    this.#unconfirmedBytes = 0
  }

  /** The far end has an owner for what has arrived. It gets it soon, not from inside this call. */
  flush(): void {
    if (this.#flushing || this.#arrived.length === 0) return
    this.#flushing = true
    this.#options.clock.after(0, () => {
      this.#flushing = false
      this.#handOver()
    })
  }

  get #now(): number {
    return this.#options.clock.now()
  }

  #depart(): void {
    const { latencyMs, jitterMs, bytesPerMs, bufferBytes } = this.#options.conditions()
    const nowMs = this.#now
    while (this.#queue.length > 0 && this.#wireFreeMs < nowMs + 1 && this.#unacknowledgedBytes < bufferBytes) {
      const bytes = Math.min(this.#queuedBytes, BATCH_BYTES_MAX, Math.max(1, Math.floor(bytesPerMs * BATCH_MS)))
      this.#queuedBytes -= bytes
      this.#unacknowledgedBytes += bytes
      this.#wireFreeMs = Math.max(this.#wireFreeMs, nowMs) + bytes / bytesPerMs
      const arrivesMs = Math.ceil(this.#wireFreeMs + latencyMs + jitterMs * this.#options.random())
      this.#send({ arrivesMs, items: this.#take(bytes) })
    }
    this.#arm()
  }

  /** Takes so many bytes from the queue, with the markers among them and right behind. They are copied, as a kernel does. */
  #take(count: number): (Block | Marker)[] {
    const items: (Block | Marker)[] = []
    const bytes = Buffer.allocUnsafe(count)
    let from = 0
    let at = 0
    let borders: number[] = []
    let taken = 0
    const closeBlock = (): void => {
      if (at > from) items.push({ bytes: bytes.subarray(from, at), borders })
      from = at
      borders = []
    }
    for (const item of this.#queue) {
      if (typeof item === 'function') {
        closeBlock()
        items.push(item)
      } else {
        const part = Math.min(item.length, count - at)
        if (part > 0) {
          bytes.set(part === item.length ? item : item.subarray(0, part), at)
          at += part
          borders.push(at - from)
        }
        if (part < item.length) {
          this.#queue[taken] = item.subarray(part)
          break
        }
      }
      taken++
    }
    closeBlock()
    this.#queue.splice(0, taken)
    return items
  }

  #send(batch: Batch): void {
    const last = this.#flight.at(-1)
    if (last !== undefined && batch.arrivesMs <= last.arrivesMs) {
      last.items.push(...batch.items)
      return
    }
    this.#lastArrivalMs = batch.arrivesMs = Math.max(batch.arrivesMs, this.#lastArrivalMs)
    this.#flight.push(batch)
  }

  /** One timer serves both: the next arrival, and the next departure if only the bandwidth holds it up. */
  #arm(): void {
    let dueMs = Infinity
    if (this.#flight.length > 0 && this.#holeSinceMs === undefined) dueMs = this.#flight[0]!.arrivesMs
    if (this.#queue.length > 0 && this.#unacknowledgedBytes < this.#options.conditions().bufferBytes) {
      dueMs = Math.min(dueMs, Math.floor(this.#wireFreeMs))
    }
    if (dueMs === this.#timerMs) return
    this.#timer?.cancel()
    this.#timerMs = dueMs
    this.#timer =
      dueMs === Infinity ? undefined : this.#options.clock.after(Math.max(0, dueMs - this.#now), () => this.#due())
  }

  #due(): void {
    this.#timer = undefined
    this.#timerMs = Infinity
    const nowMs = this.#now
    let arrived = 0
    if (this.#holeSinceMs === undefined) {
      while (arrived < this.#flight.length && this.#flight[arrived]!.arrivesMs <= nowMs) {
        for (const item of this.#flight[arrived]!.items) this.#arrived.push(item)
        arrived++
      }
    }
    this.#flight.splice(0, arrived)
    if (arrived > 0) this.#handOver()
    this.#depart()
  }

  #handOver(): void {
    const { ends } = this.#options
    while (this.#arrived.length > 0 && ends.isAwake(() => this.#handOver())) {
      const first = this.#arrived[0]!
      if (typeof first !== 'function' && !ends.isOpened()) return
      this.#arrived.shift()
      if (typeof first === 'function') first()
      else this.#hand(first)
    }
  }

  #hand(block: Block): void {
    const { ends, random } = this.#options
    const { length } = block.bytes
    ends.delivered(length)
    if (this.#reverse?.inHole === true) this.#unconfirmedBytes += length
    else this.#acknowledge(length)
    handPieces(block, random, (piece) => ends.received(piece))
  }

  get inHole(): boolean {
    return this.#holeSinceMs !== undefined
  }

  #acknowledge(bytes: number): void {
    if (bytes === 0) return
    this.#unacknowledgedBytes -= bytes
    this.#depart()
    if (!this.#blocked || !this.#hasRoom || this.#ended) return
    this.#blocked = false
    // The news has to travel back.
    this.#options.clock.after(this.#options.conditions().latencyMs, () => {
      if (!this.#blocked && !this.#ended) this.#options.ends.drained()
    })
  }
}
