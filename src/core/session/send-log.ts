import { ProtocolError } from '../errors.ts'
import { UNACKNOWLEDGED_FRAMES_MAX } from '../frame/constants.ts'
import type { SequenceRange } from '../frame/frames.ts'
import { FRAME_OVERHEAD_BYTES } from './limits.ts'
import type { SessionLink } from './link.ts'
import type { SessionStream } from './stream.ts'

/** A reliable frame from the moment it has a number until it is acknowledged. Its bytes never change. */
export interface SentFrame {
  readonly sequence: number
  /** Let go with the acknowledgement, though frames before it may still be missing. */
  bytes: Uint8Array
  /** The stream that this frame ends, to be told when the end is acknowledged. */
  readonly ends: SessionStream | undefined
  /** The link that it was last sent on; undefined while it waits to be sent again. */
  link: SessionLink | undefined
  acknowledged: boolean
  /** Once it is acknowledged: the frames from here up to this number, which comes after it, are too. */
  skipTo: number
  /** It was sent more than once, so its acknowledgement says nothing about the rate of a link. */
  repeated: boolean
  /** The link that it was taken off; as long as that lives, it may arrive there too. */
  copyOn: SessionLink | undefined
  /** What its link had delivered when the frame was sent, and when that was measured (delivery rate, as in BBR). */
  deliveredBytes: number
  deliveredMs: number
}

const FIRST_CAPACITY = 4
/** A ring that grew larger is let go of when nothing is in it: an idle session keeps no memory for it. */
const KEPT_CAPACITY = 64
const NOTHING = new Uint8Array(0)

/**
 * All frames that are sent and not acknowledged, in the order of their numbers: a ring that grows as needed, up to the protocol's
 * limit. Nothing leaves it but by acknowledgement.
 */
export class SendLog {
  #ring = emptyRing(FIRST_CAPACITY)
  /** The lowest number that is not acknowledged. */
  #first = 1
  #next = 1
  #bytes = 0
  #waiting = 0
  /** No frame with a lower number waits to be sent again. */
  #waitingFrom = 1

  /** The number that the next frame gets. */
  get nextSequence(): number {
    return this.#next
  }

  /** Unacknowledged bytes, overhead included. */
  get bytes(): number {
    return this.#bytes
  }

  get frames(): number {
    return this.#next - this.#first
  }

  get isFull(): boolean {
    return this.frames >= UNACKNOWLEDGED_FRAMES_MAX
  }

  /** Frames whose link died and that were not sent again yet. */
  get waiting(): number {
    return this.#waiting
  }

  append(frame: SentFrame): void {
    if (frame.sequence !== this.#next || this.isFull)
      throw new Error(`Frame ${frame.sequence} cannot follow ${this.#next - 1}`)
    if (this.frames === this.#ring.length) this.#grow()
    this.#ring[frame.sequence & (this.#ring.length - 1)] = frame
    this.#next++
    this.#bytes += frame.bytes.length + FRAME_OVERHEAD_BYTES
  }

  /** The lowest frame that waits to be sent again, if any. It stays in the log; the caller gives it a link by `sentAgain`. */
  nextWaiting(): SentFrame | undefined {
    if (this.#waiting === 0) return undefined
    for (let sequence = Math.max(this.#waitingFrom, this.#first); sequence < this.#next; sequence++) {
      const frame = this.#at(sequence)
      if (!frame.acknowledged && frame.link === undefined) {
        this.#waitingFrom = sequence
        return frame
      }
    }
    throw new Error('Frames are counted as waiting, but none does')
  }

  sentAgain(frame: SentFrame, link: SessionLink): void {
    frame.link = link
    frame.repeated = true
    this.#waiting--
  }

  /** The unacknowledged frames that were last sent on `link`, as far as `chosen`, wait to be sent again. */
  requeue(link: SessionLink, chosen: (frame: SentFrame) => boolean = () => true): void {
    for (let sequence = this.#first; sequence < this.#next; sequence++) {
      const frame = this.#at(sequence)
      if (frame.link !== link || frame.acknowledged || !chosen(frame)) continue
      link.frameMoved(frame)
      frame.copyOn = link
      frame.link = undefined
      this.#waiting++
      if (sequence < this.#waitingFrom) this.#waitingFrom = sequence
    }
  }

  /**
   * Hands each frame that is acknowledged now, and was not before, to `acknowledged`. Costs as much as there is of those, plus a few steps for each range. Returns
   * false if there are none.
   */
  acknowledge(cumulative: number, ranges: readonly SequenceRange[], acknowledged: (frame: SentFrame) => void): boolean {
    const highest = ranges.length > 0 ? ranges[ranges.length - 1]!.last : cumulative
    if (highest >= this.#next) {
      throw new ProtocolError(
        'acknowledgement-unsent',
        `Frame ${highest} was acknowledged, but ${this.#next - 1} is the last that was sent`,
      )
    }
    const firstBefore = this.#first
    let isNews = false
    for (const { first, last } of ranges) {
      let sequence = this.#nextUnacknowledged(Math.max(first, firstBefore))
      while (sequence <= last) {
        isNews = true
        this.#release(this.#at(sequence), acknowledged)
        sequence = this.#nextUnacknowledged(sequence + 1)
      }
    }
    while (this.#first <= cumulative || (this.#first < this.#next && this.#at(this.#first).acknowledged)) {
      const frame = this.#at(this.#first)
      if (!frame.acknowledged) this.#release(frame, acknowledged)
      this.#ring[this.#first & (this.#ring.length - 1)] = undefined
      this.#first++
    }
    if (this.frames === 0 && this.#ring.length > KEPT_CAPACITY) this.#ring = emptyRing(FIRST_CAPACITY)
    return isNews || this.#first > firstBefore
  }

  /**
   * The lowest number from `sequence` on that is not acknowledged. An acknowledgement repeats the ranges of earlier ones, so runs of acknowledged frames are
   * skipped, and each look halves the way for the next one (path halving, as in a disjoint-set forest).
   */
  #nextUnacknowledged(sequence: number): number {
    let at = sequence
    while (at < this.#next) {
      const frame = this.#at(at)
      if (!frame.acknowledged) return at
      const beyond = frame.skipTo < this.#next ? this.#at(frame.skipTo) : undefined
      if (beyond?.acknowledged === true) frame.skipTo = beyond.skipTo
      at = frame.skipTo
    }
    return at
  }

  #release(frame: SentFrame, acknowledged: (frame: SentFrame) => void): void {
    frame.acknowledged = true
    frame.skipTo = frame.sequence + 1
    this.#bytes -= frame.bytes.length + FRAME_OVERHEAD_BYTES
    if (frame.link === undefined) this.#waiting--
    acknowledged(frame)
    frame.bytes = NOTHING
  }

  #at(sequence: number): SentFrame {
    const frame = this.#ring[sequence & (this.#ring.length - 1)]
    if (frame?.sequence !== sequence) throw new Error(`Frame ${sequence} is not in the log`)
    return frame
  }

  #grow(): void {
    const ring = emptyRing(this.#ring.length * 2)
    for (let sequence = this.#first; sequence < this.#next; sequence++)
      ring[sequence & (ring.length - 1)] = this.#at(sequence)
    this.#ring = ring
  }
}

function emptyRing(capacity: number): (SentFrame | undefined)[] {
  return new Array<SentFrame | undefined>(capacity)
}
