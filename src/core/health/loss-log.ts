const SLOT_MS = 10 * 60_000
/** An hour of full slots, and the one that is being filled. */
const SLOTS = 7
/** More than a slot ever has: the links of a peer are pinged every second at the most. */
const COUNT_MAX = 0xffff

type Count = 'lost' | 'succeeded' | 'failed'
const place = { lost: 0, succeeded: 1, failed: 2 } as const
const FIELDS = 3

/**
 * What failed with a peer in the last hour, counted in slots of ten minutes: between 60 and 70 minutes are seen. An attempt is a probe, which is answered or missed, or
 * a dial, which leads to a link or does not; delivery success is the share of attempts that succeeded. What is sent as data is no attempt: a session delivers it in the end, or
 * loses the link, which is counted as that.
 */
export class LossLog {
  /** So few bytes that V8 keeps them in the object. */
  #counts: Uint16Array | undefined
  #slot = 0

  /** The last link was lost. */
  lost(nowMs: number): void {
    this.#count('lost', nowMs)
  }

  /** A probe was answered, or a dial led to a link. */
  succeeded(nowMs: number): void {
    this.#count('succeeded', nowMs)
  }

  /** A probe was missed, or a dial came to nothing. */
  failed(nowMs: number): void {
    this.#count('failed', nowMs)
  }

  lossesLastHour(nowMs: number): number {
    return this.#sum('lost', nowMs)
  }

  /** From 0 to 1; undefined if nothing was attempted in the last hour. */
  deliverySuccess(nowMs: number): number | undefined {
    const succeeded = this.#sum('succeeded', nowMs)
    const attempts = succeeded + this.#sum('failed', nowMs)
    return attempts === 0 ? undefined : succeeded / attempts
  }

  #count(what: Count, nowMs: number): void {
    this.#forget(nowMs)
    this.#counts ??= new Uint16Array(SLOTS * FIELDS)
    const at = (this.#slot % SLOTS) * FIELDS + place[what]
    this.#counts[at] = Math.min(this.#counts[at]! + 1, COUNT_MAX)
  }

  #sum(what: Count, nowMs: number): number {
    this.#forget(nowMs)
    if (this.#counts === undefined) return 0
    let sum = 0
    for (let at = place[what]; at < this.#counts.length; at += FIELDS) sum += this.#counts[at]!
    return sum
  }

  /** Empties the slots that have come round again. A clock that went back fills the newest one. */
  #forget(nowMs: number): void {
    const slot = Math.floor(nowMs / SLOT_MS)
    if (slot <= this.#slot) return
    if (slot - this.#slot >= SLOTS) this.#counts?.fill(0)
    else {
      for (let old = this.#slot + 1; old <= slot; old++) {
        const at = (old % SLOTS) * FIELDS
        this.#counts?.fill(0, at, at + FIELDS)
      }
    }
    this.#slot = slot
  }
}
