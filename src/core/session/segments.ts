import { copyBytes } from '../frame/bytes.ts'

/** A run of bytes grows up to this size; what continues it then is a run of its own. */
const RUN_BYTES_MAX = 65_536

/** A run of bytes: the first `length` of `bytes` are filled. */
interface Run {
  readonly offset: number
  bytes: Uint8Array
  length: number
}

/**
 * Bytes of a stream that came before those in front of them. Runs never overlap, so all together fit the stream's window, and what
 * continues a run is put into it, so that many little pieces are few runs. Copies, because a small view would keep the whole piece that
 * it came in.
 */
export class Segments {
  #runs: Run[] = []
  /** Runs before this one have been taken. */
  #head = 0

  get isEmpty(): boolean {
    return this.#head === this.#runs.length
  }

  /** Keeps what is not kept yet. */
  put(offset: number, payload: Uint8Array): void {
    const at = this.#firstAfter(offset)
    const before = at > this.#head ? this.#runs[at - 1] : undefined
    const start = before === undefined ? offset : Math.max(offset, before.offset + before.length)
    let end = offset + payload.length
    let covered = 0
    for (let next = this.#runs[at]; next !== undefined && next.offset < end; next = this.#runs[at + covered]) {
      if (next.offset + next.length > end) end = next.offset
      else covered++
    }
    if (end <= start) return
    const fresh = payload.subarray(start - offset, end - offset)
    if (
      before !== undefined &&
      before.offset + before.length === start &&
      before.length + fresh.length <= RUN_BYTES_MAX
    ) {
      append(before, fresh)
      this.#runs.splice(at, covered)
    } else {
      this.#runs.splice(at, covered, { offset: start, bytes: copyBytes(fresh), length: fresh.length })
    }
  }

  /** Takes the first run if it begins at or before `offset`. */
  takeUpTo(offset: number): { readonly offset: number; readonly bytes: Uint8Array } | undefined {
    const run = this.#runs[this.#head]
    if (run === undefined || run.offset > offset) return undefined
    this.#head++
    if (this.#head > 64 || this.#head === this.#runs.length) {
      this.#runs.splice(0, this.#head)
      this.#head = 0
    }
    return { offset: run.offset, bytes: run.bytes.subarray(0, run.length) }
  }

  clear(): void {
    this.#runs = []
    this.#head = 0
  }

  /** The place of the first run that begins after `offset`. Most pieces come in order, so the end is looked at first. */
  #firstAfter(offset: number): number {
    let low = this.#head
    let high = this.#runs.length
    if (high > low && this.#runs[high - 1]!.offset <= offset) return high
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#runs[middle]!.offset > offset) high = middle
      else low = middle + 1
    }
    return low
  }
}

function append(run: Run, fresh: Uint8Array): void {
  const length = run.length + fresh.length
  if (length > run.bytes.length) {
    const larger = new Uint8Array(Math.min(Math.max(2 * run.bytes.length, length, 256), RUN_BYTES_MAX))
    larger.set(run.bytes.subarray(0, run.length))
    run.bytes = larger
  }
  run.bytes.set(fresh, run.length)
  run.length = length
}
