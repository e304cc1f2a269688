const SLOT_MS = 30_000
const SLOTS = 120
/** Numbers kept of each entry: slot, score, round trip, jitter, loss. */
const FIELDS = 5
/** Entries that there is room for at first; most peers are idle, and are probed every two minutes. */
const FIRST_ENTRIES = 3

/** What a peer's best link measured. */
export interface HealthSample {
  readonly score: number
  readonly roundTripMs: number | undefined
  readonly jitterMs: number
  readonly loss: number
}

/** The worst moment of 30 s. */
export interface HealthEntry extends HealthSample {
  /** When these 30 s began, on the clock of `record`. */
  readonly atMs: number
}

/**
 * The health of a peer over the last hour: at most 120 entries of 30 s, of which those without a probe do not exist. Of several samples in one entry
 * the one with the lowest score is kept, since people look here for what went wrong. 20 bytes an entry, and no objects until somebody asks.
 */
export class HealthHistory {
  #ring = new Float32Array(FIRST_ENTRIES * FIELDS)
  #first = 0
  #count = 0
  /** The slot that the others are counted from, so that their numbers stay small enough for 32 bits. */
  #baseSlot = 0

  /** A time before that of an earlier call, as after a change of the wall clock, counts as that one. */
  record(sample: HealthSample, nowMs: number): void {
    const slot = Math.floor(nowMs / SLOT_MS)
    if (this.#count === 0) this.#baseSlot = slot
    if (this.#count > 0 && slot <= this.#slotOf(this.#count - 1)) {
      if (sample.score < this.#field(this.#count - 1, 1)) this.#write(this.#count - 1, sample)
      return
    }
    while (this.#count > 0 && this.#slotOf(0) <= slot - SLOTS) this.#dropFirst()
    if (this.#count === 0) this.#baseSlot = slot
    if (this.#count === this.#capacity) this.#grow()
    this.#count++
    this.#ring[this.#place(this.#count - 1)] = slot - this.#baseSlot
    this.#write(this.#count - 1, sample)
  }

  /** The entries of the last hour, oldest first. */
  entries(nowMs: number): HealthEntry[] {
    const oldestSlot = Math.floor(nowMs / SLOT_MS) - SLOTS
    const entries: HealthEntry[] = []
    for (let index = 0; index < this.#count; index++) {
      if (this.#slotOf(index) <= oldestSlot) continue
      const roundTripMs = this.#field(index, 2)
      entries.push({
        atMs: this.#slotOf(index) * SLOT_MS,
        score: this.#field(index, 1),
        roundTripMs: Number.isNaN(roundTripMs) ? undefined : roundTripMs,
        jitterMs: this.#field(index, 3),
        loss: this.#field(index, 4),
      })
    }
    return entries
  }

  get #capacity(): number {
    return this.#ring.length / FIELDS
  }

  #place(index: number): number {
    return ((this.#first + index) % this.#capacity) * FIELDS
  }

  #field(index: number, field: number): number {
    return this.#ring[this.#place(index) + field]!
  }

  #slotOf(index: number): number {
    return this.#baseSlot + this.#field(index, 0)
  }

  #write(index: number, { score, roundTripMs, jitterMs, loss }: HealthSample): void {
    this.#ring.set([score, roundTripMs ?? Number.NaN, jitterMs, loss], this.#place(index) + 1)
  }

  #dropFirst(): void {
    this.#first = (this.#first + 1) % this.#capacity
    this.#count--
  }

  /** There is never more than one entry a slot and an hour, so this ends at 120. */
  #grow(): void {
    const larger = new Float32Array(Math.min(2 * this.#capacity, SLOTS) * FIELDS)
    for (let index = 0; index < this.#count; index++) {
      const from = this.#place(index)
      larger.set(this.#ring.subarray(from, from + FIELDS), index * FIELDS)
    }
    this.#ring = larger
    this.#first = 0
  }
}
