/** Assumed before the first sample; three times this is a plausible second. */
const FIRST_PROBE_TIMEOUT_MS = 333
/** Longer samples say more about a stall than about the path. */
const SAMPLE_MS_MAX = 5_000
/** A sample counts for at most this many probe timeouts. */
const OUTLIER_TIMEOUTS = 2
const VARIANCE_FLOOR_MS = 10
const SMOOTHED_GAIN = 1 / 8
const VARIANCE_GAIN = 1 / 4
/** How long the other side may hold back an acknowledgement. */
const ACKNOWLEDGEMENT_DELAY_MS = 25
/** After so much rest the next sample weighs as much as all that came before it. */
const HALF_LIFE_MS = 60_000

/**
 * The weight of a sample that comes `elapsedMs` after the one before: `gain`, by which busy links are smoothed, or more after a rest. A link that is probed every two minutes would
 * otherwise show for half an hour what it was.
 */
export function gainAfter(elapsedMs: number, gain: number): number {
  return Math.max(gain, 1 - 2 ** (-elapsedMs / HALF_LIFE_MS))
}

/**
 * Round-trip time of one link, smoothed as in RFC 6298, with the probe timeout of RFC 9002. The gains of RFC 6298 are for samples that follow each other soon; after a rest the next
 * one weighs more.
 *
 * The first ping shares its time with the end of the handshake. A second sample that is smaller takes its place.
 *
 * Unlike there, a sample counts for at most twice the probe timeout before it. TCP and QUIC take samples with every flight, and forget one that was
 * held up within a round trip or two; a link that is probed once a second, or every two minutes, would be blind for as long: after a pause of the peer of
 * 4 s its probe timeout would be 4.5 s, and five good samples later still above 2 s. Bounded, it goes from 75 ms to 190 ms. This does not hide a path that has really become slow, as a fixed bound, or one
 * that drops samples, would: each slow sample raises the bound of the next, to about the 2.5-fold, so that ten times the round trip is learned in three or four.
 * What Karn's rule is about, samples of which nobody knows what they answer, does not arise: each PONG names its PING.
 */
export class RoundTrip {
  #smoothedMs: number | undefined
  #varianceMs = 0
  #smallestMs: number | undefined
  #samples = 0
  #sampledMs = 0

  /** A PONG came `sampleMs` after its PING. */
  sample(sampleMs: number, nowMs: number): void {
    if (!isPlausible(sampleMs)) return
    const countedMs = Math.min(sampleMs, OUTLIER_TIMEOUTS * this.probeTimeoutMs)
    if (this.#smoothedMs === undefined || (this.#samples === 1 && countedMs < this.#smoothedMs)) {
      this.#smoothedMs = countedMs
      this.#varianceMs = countedMs / 2
    } else {
      const elapsedMs = nowMs - this.#sampledMs
      const differenceMs = Math.abs(this.#smoothedMs - countedMs)
      this.#varianceMs += gainAfter(elapsedMs, VARIANCE_GAIN) * (differenceMs - this.#varianceMs)
      this.#smoothedMs += gainAfter(elapsedMs, SMOOTHED_GAIN) * (countedMs - this.#smoothedMs)
    }
    this.#samples++
    this.#sampledMs = nowMs
    this.#smallestMs = Math.min(this.#smallestMs ?? sampleMs, sampleMs)
  }

  get smoothedMs(): number | undefined {
    return this.#smoothedMs
  }

  get varianceMs(): number {
    return this.#varianceMs
  }

  get smallestMs(): number | undefined {
    return this.#smallestMs
  }

  /** After this long without an answer, something is probably wrong. */
  get probeTimeoutMs(): number {
    if (this.#smoothedMs === undefined) return FIRST_PROBE_TIMEOUT_MS
    return this.#smoothedMs + Math.max(4 * this.#varianceMs, VARIANCE_FLOOR_MS) + ACKNOWLEDGEMENT_DELAY_MS
  }
}

/** Whether a sample says something about the path: no clock went back, and nobody stood still. */
export function isPlausible(sampleMs: number): boolean {
  return sampleMs >= 0 && sampleMs <= SAMPLE_MS_MAX
}
