/** Assumed before the first sample; three times this is a plausible second. */
const FIRST_PROBE_TIMEOUT_MS = 333
/** Longer samples say more about a stall than about the path. */
const SAMPLE_MS_MAX = 5_000
const VARIANCE_FLOOR_MS = 10
/** How long the other side may hold back an acknowledgement. */
const ACKNOWLEDGEMENT_DELAY_MS = 25

/** Round-trip time of one link, smoothed as in RFC 6298, with the probe timeout of RFC 9002. */
export class RoundTrip {
  #smoothedMs: number | undefined
  #varianceMs = 0
  #smallestMs: number | undefined

  /** A PONG came `sampleMs` after its PING. */
  sample(sampleMs: number): void {
    if (sampleMs < 0 || sampleMs > SAMPLE_MS_MAX) return
    if (this.#smoothedMs === undefined) {
      this.#smoothedMs = sampleMs
      this.#varianceMs = sampleMs / 2
    } else {
      this.#varianceMs = 0.75 * this.#varianceMs + 0.25 * Math.abs(this.#smoothedMs - sampleMs)
      this.#smoothedMs = 0.875 * this.#smoothedMs + 0.125 * sampleMs
    }
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
