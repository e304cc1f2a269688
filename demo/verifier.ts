import { createHash } from 'node:crypto'
import { closeSync, openSync, readSync } from 'node:fs'

/** Reads bytes of what should arrive; fewer than `length` only at its end. */
export type Source = (offset: number, length: number) => Buffer

/** What became of the bytes. All counts are bytes; all but `bytes` are 0 when everything went well. */
export interface Check {
  /** How many arrived. */
  readonly bytes: number
  /** SHA-256 of all that arrived, in hexadecimal. */
  readonly sha256: string
  /** Bytes of the source that never arrived, a changed byte included: the right one is missing. */
  readonly lost: number
  /** Bytes that arrived once more. */
  readonly duplicated: number
  /** Bytes that arrived after bytes that follow them. */
  readonly reordered: number
  /** Bytes that arrived and are nowhere near in the source. */
  readonly corrupted: number
}

/** So many bytes in a row are taken to identify a place in the source. */
const ANCHOR_BYTES = 32
/** At the very end, where no more bytes follow, so many have to do. */
const LAST_ANCHOR_BYTES = 8
/** How far on either side of the expected place misplaced bytes are searched for. */
const SEARCH_BYTES = 16 * 1024 * 1024

/**
 * Compares what arrives with what should, independent of the library that carried it. Each byte is compared at its
 * offset. Where they differ, the verifier looks for the place in the source that the arriving bytes come from and goes
 * on from there, so that a missing, doubled or misplaced piece is counted as what it is and not as a flood of errors.
 */
export class Verifier {
  readonly #source: Source
  readonly #size: number
  readonly #hash = createHash('sha256')
  /** Parts of the source that have arrived: disjoint, ascending; one single part while all goes well. */
  readonly #seen: { from: number; to: number }[] = []
  /** Where in the source the next byte should come from. */
  #at = 0
  /** Bytes too few to be looked up. */
  #pending: Buffer = Buffer.alloc(0)
  #bytes = 0
  #duplicated = 0
  #reordered = 0
  #corrupted = 0

  constructor(source: Source, size: number) {
    this.#source = source
    this.#size = size
  }

  /** Takes the next bytes of the stream. */
  feed(chunk: Buffer): void {
    this.#hash.update(chunk)
    this.#bytes += chunk.length
    this.#pending = this.#compare(
      this.#pending.length > 0 ? Buffer.concat([this.#pending, chunk]) : chunk,
      ANCHOR_BYTES,
    )
  }

  /** Ends the check; call once, after the last byte. */
  finish(): Check {
    this.#corrupted += this.#compare(this.#pending, LAST_ANCHOR_BYTES).length
    const arrived = this.#seen.reduce((sum, part) => sum + part.to - part.from, 0)
    return {
      bytes: this.#bytes,
      sha256: this.#hash.digest('hex'),
      lost: this.#size - arrived,
      duplicated: this.#duplicated,
      reordered: this.#reordered,
      corrupted: this.#corrupted,
    }
  }

  /** Answers the rest that is shorter than `anchorMin`, and so cannot be judged before more arrives. */
  #compare(bytes: Buffer, anchorMin: number): Buffer {
    let rest = bytes
    while (rest.length > 0) {
      const wanted = this.#source(this.#at, rest.length)
      const equal = commonPrefix(rest, wanted)
      this.#mark(this.#at, equal)
      this.#at += equal
      rest = rest.subarray(equal)
      if (rest.length === 0) break
      if (rest.length < anchorMin) return Buffer.from(rest)
      const place = this.#locate(rest.subarray(0, ANCHOR_BYTES))
      if (place !== undefined) {
        this.#at = place
        continue
      }
      const changed = changedPrefix(rest, this.#source(this.#at, rest.length))
      this.#corrupted += changed
      this.#at += changed
      rest = rest.subarray(changed)
    }
    return Buffer.alloc(0)
  }

  /** The place nearest to the expected one where the source holds `anchor`. */
  #locate(anchor: Buffer): number | undefined {
    const from = Math.max(0, this.#at - SEARCH_BYTES)
    const region = this.#source(from, this.#at - from + SEARCH_BYTES)
    const expected = this.#at - from
    const after = region.indexOf(anchor, expected)
    const before = expected === 0 ? -1 : region.lastIndexOf(anchor, expected - 1)
    if (after === -1) return before === -1 ? undefined : from + before
    return from + (before === -1 || after - expected <= expected - before ? after : before)
  }

  /** Notes that this part of the source has arrived, and whether it came late or again. */
  #mark(from: number, length: number): void {
    const to = from + length
    const last = this.#seen.at(-1)
    if (length === 0) return
    if (last === undefined || from > last.to) {
      this.#seen.push({ from, to })
      return
    }
    if (from === last.to) {
      last.to = to
      return
    }
    const again = this.#seen.reduce((sum, part) => sum + overlap(part, { from, to }), 0)
    this.#duplicated += again
    this.#reordered += Math.min(to, last.to) - from - again
    this.#insert(from, to)
  }

  /** Merges a part into those seen. */
  #insert(from: number, to: number): void {
    const merged = { from, to }
    const others = this.#seen.filter((part) => {
      if (part.to < merged.from || part.from > merged.to) return true
      merged.from = Math.min(merged.from, part.from)
      merged.to = Math.max(merged.to, part.to)
      return false
    })
    this.#seen.splice(0, Infinity, ...[...others, merged].sort((a, b) => a.from - b.from))
  }
}

/** A file as the source, read as it is needed. */
export function fileSource(path: string): { readonly read: Source; close(): void } {
  const file = openSync(path, 'r')
  return {
    read(offset, length) {
      const buffer = Buffer.allocUnsafe(length)
      let filled = 0
      while (filled < length) {
        const count = readSync(file, buffer, filled, length - filled, offset + filled)
        if (count === 0) break
        filled += count
      }
      return buffer.subarray(0, filled)
    },
    close: () => closeSync(file),
  }
}

function overlap(a: { from: number; to: number }, b: { from: number; to: number }): number {
  return Math.max(0, Math.min(a.to, b.to) - Math.max(a.from, b.from))
}

function commonPrefix(a: Buffer, b: Buffer): number {
  const length = Math.min(a.length, b.length)
  if (a.compare(b, 0, length, 0, length) === 0) return length
  let equal = 0
  while (a[equal] === b[equal]) equal++
  return equal
}

/** How many bytes at the beginning differ in place, up to where an anchor's length of equal ones begins. */
function changedPrefix(arrived: Buffer, wanted: Buffer): number {
  let run = 0
  for (let index = 0; index < arrived.length; index++) {
    run = arrived[index] === wanted[index] ? run + 1 : 0
    if (run === ANCHOR_BYTES) return index + 1 - ANCHOR_BYTES
  }
  return arrived.length - run
}
