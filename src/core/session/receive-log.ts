import { ProtocolError } from '../errors.ts'
import { UNACKNOWLEDGED_FRAMES_MAX } from '../frame/constants.ts'
import type { SequenceRange } from '../frame/frames.ts'

/**
 * Which sequence numbers have been received: all up to `cumulative`, and a set beyond it. The sender may be at most
 * 16,384 ahead, so the set is a ring of as many bits (2 KiB), made when the first gap opens.
 */
export class ReceiveLog {
  #cumulative = 0
  #highest = 0
  #beyond = 0
  #bits: Uint32Array | undefined

  get cumulative(): number {
    return this.#cumulative
  }

  /** Numbers below the highest one are missing. */
  get hasGap(): boolean {
    return this.#beyond > 0
  }

  /** Throws on numbers that no honest sender can have reached. */
  has(sequence: number): boolean {
    if (sequence <= this.#cumulative) {
      if (sequence === 0) throw new ProtocolError('sequence-zero', 'Sequence numbers begin at 1')
      return true
    }
    if (sequence > this.#cumulative + UNACKNOWLEDGED_FRAMES_MAX) {
      throw new ProtocolError(
        'sequence-jump',
        `Frame ${sequence} came when ${this.#cumulative} was the last without a gap`,
      )
    }
    return sequence <= this.#highest && this.#bit(sequence)
  }

  /** Marks a number that `has` denied. */
  add(sequence: number): void {
    if (sequence !== this.#cumulative + 1) {
      this.#set(sequence, true)
      this.#beyond++
      if (sequence > this.#highest) this.#highest = sequence
      return
    }
    this.#cumulative = sequence
    while (this.#beyond > 0 && this.#bit(this.#cumulative + 1)) {
      this.#cumulative++
      this.#beyond--
      this.#set(this.#cumulative, false)
    }
    if (this.#highest < this.#cumulative) this.#highest = this.#cumulative
  }

  /** The lowest `countMax` ranges beyond the gap. */
  ranges(countMax: number): SequenceRange[] {
    const ranges: SequenceRange[] = []
    if (this.#beyond === 0) return ranges
    let first = this.#next(this.#cumulative + 2, true)
    while (first <= this.#highest && ranges.length < countMax) {
      const end = this.#next(first, false)
      ranges.push({ first, last: end - 1 })
      first = this.#next(end, true)
    }
    return ranges
  }

  /** The lowest number from `sequence` on that was received, or was not; one beyond the highest if there is none. Looks at 32 numbers at a time. */
  #next(sequence: number, isReceived: boolean): number {
    let at = sequence
    while (at <= this.#highest) {
      const bit = at % UNACKNOWLEDGED_FRAMES_MAX
      const word = this.#bits?.[bit >>> 5] ?? 0
      const wanted = (isReceived ? word : ~word) >>> (bit & 31)
      if (wanted !== 0) return Math.min(at + lowestBit(wanted), this.#highest + 1)
      at += 32 - (bit & 31)
    }
    return this.#highest + 1
  }

  #bit(sequence: number): boolean {
    const at = sequence % UNACKNOWLEDGED_FRAMES_MAX
    return this.#bits !== undefined && (this.#bits[at >>> 5]! & (1 << (at & 31))) !== 0
  }

  #set(sequence: number, value: boolean): void {
    this.#bits ??= new Uint32Array(UNACKNOWLEDGED_FRAMES_MAX / 32)
    const at = sequence % UNACKNOWLEDGED_FRAMES_MAX
    if (value) this.#bits[at >>> 5]! |= 1 << (at & 31)
    else this.#bits[at >>> 5]! &= ~(1 << (at & 31))
  }
}

function lowestBit(word: number): number {
  return 31 - Math.clz32(word & -word)
}
