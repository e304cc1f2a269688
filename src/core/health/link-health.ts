import type { Status } from '../frame/frames.ts'
import { type Band, bandOf, type Trend, trendOf } from './band.ts'
import { normaliseJitter, normaliseLatency, normaliseLoss, scoreOf } from './normalise.ts'
import { gainAfter, isPlausible, RoundTrip } from './round-trip.ts'

/** Probes that `loss` is about. One bit each; at two minutes between pings they are the last hour, at one second the last half minute. */
const LOSS_PROBES = 32
/**
 * Weight of a new sample in the score. Twice that of the smoothed round-trip time: one bad probe takes up to 25 points and is forgiven by the next few, and a
 * link that goes bad is `poor` after five.
 */
const SCORE_GAIN = 0.25
/** The same after a rest. Not more: one slow answer after two quiet minutes is no reason to look for another link. */
const SCORE_GAIN_MAX = 0.5
/** RFC 3550 has 1/16, for fifty packets a second; as for the round-trip time, probes are too rare for that. */
const JITTER_GAIN = 1 / 8
/** Weight of a new score in the average that the trend is seen against, as a share of its weight in the score. */
const TREND_SHARE = 1 / 2

/** The band of a link is another than when this was asked for last. */
export interface BandChange {
  /** Undefined: there was none yet. */
  readonly before: Band | undefined
  readonly band: Band
  readonly score: number
}

/**
 * How well one link does, from the answers to its probes alone: data tells about its own amount as well, and an idle link has none.
 *
 * Latency and jitter are averaged after they were normalised, not before. So a missed probe has a value like any other (the worst), and a single outlier is forgotten as fast as any
 * other sample. All averages weigh by time as well: what was measured long ago says little.
 *
 * There is no score before the first probe is answered or missed. A neutral number would look like a measurement, and a new link would be chosen, or passed over, for it.
 */
export class LinkHealth {
  readonly roundTrip = new RoundTrip()
  #latency = 0
  #jitter = 0
  #jitterMs = 0
  #lastSampleMs: number | undefined
  #answered = 0
  #answeredMs: number | undefined
  #probes = 0
  /** The last probes, the newest in the lowest bit; 1 for missed. */
  #missed = 0
  #averageScore = 0
  #suspect = false
  #band: Band | undefined
  #bandTold: Band | undefined
  #remote: Status | undefined

  /** A probe was answered after `roundTripMs`. */
  sample(roundTripMs: number, nowMs: number): void {
    const elapsedMs = nowMs - (this.#answeredMs ?? nowMs)
    this.#answeredMs = nowMs
    this.roundTrip.sample(roundTripMs, nowMs)
    if (!isPlausible(roundTripMs)) {
      this.#count(0, this.#latency, this.#jitter, SCORE_GAIN)
      return
    }
    const beforeMs = this.#lastSampleMs
    // As for the round-trip time: the end of the handshake is no jitter.
    const takesFirstPlace =
      this.#answered === 1 && this.#probes === 1 && beforeMs !== undefined && roundTripMs < beforeMs
    const differenceMs = beforeMs === undefined || takesFirstPlace ? 0 : Math.abs(roundTripMs - beforeMs)
    this.#answered++
    this.#lastSampleMs = roundTripMs
    this.#jitterMs += gainAfter(elapsedMs, JITTER_GAIN) * (differenceMs - this.#jitterMs)
    const gain = takesFirstPlace ? 1 : Math.min(gainAfter(elapsedMs, SCORE_GAIN), SCORE_GAIN_MAX)
    this.#count(0, normaliseLatency(roundTripMs), normaliseJitter(differenceMs), gain)
  }

  /** A probe was answered after it had been missed: a sample of the round-trip time alone. */
  lateSample(roundTripMs: number, nowMs: number): void {
    this.#answeredMs = nowMs
    this.roundTrip.sample(roundTripMs, nowMs)
  }

  /** A probe had no answer in time: the worst sample of all three. An answer that comes later is one of the round-trip time alone. */
  probeMissed(): void {
    this.#count(1, 0, 0, SCORE_GAIN)
  }

  /** For `Liveness`: the link became suspect, or healthy again. */
  suspicion(suspect: boolean): void {
    this.#suspect = suspect
    this.#judge()
  }

  /** What the other side measures on this link. */
  remoteSaid({ roundTripMs, jitterMs, loss, score }: Status): void {
    this.#remote = { roundTripMs, jitterMs, loss, score }
  }

  /** When a probe was last answered, be it late; undefined before the first. */
  get answeredMs(): number | undefined {
    return this.#answeredMs
  }

  /** The last sample in time. */
  get lastSampleMs(): number | undefined {
    return this.#lastSampleMs
  }

  /** Probes that were answered or missed so far. */
  get probes(): number {
    return this.#probes
  }

  /** From 0 to 100, whole; undefined before the first probe was answered or missed. A suspect link has 0. */
  score(suspect = this.#suspect): number | undefined {
    if (suspect) return 0
    return this.#probes === 0 ? undefined : Math.round(this.#rawScore)
  }

  /** Smoothed; undefined before the first sample. */
  get roundTripMs(): number | undefined {
    return this.roundTrip.smoothedMs
  }

  /** The mean difference between one sample and the next. */
  get jitterMs(): number {
    return this.#jitterMs
  }

  /** The share of the last 32 probes that had no answer in time, from 0 to 1. */
  get loss(): number {
    if (this.#probes === 0) return 0
    return countBits(this.#missed) / Math.min(this.#probes, LOSS_PROBES)
  }

  get band(): Band | undefined {
    return this.#band
  }

  get trend(): Trend {
    if (this.#suspect) return 'worsening'
    return this.#probes === 0 ? 'steady' : trendOf(this.#rawScore, this.#averageScore)
  }

  /** What the other side said last of this link; undefined if it says nothing. */
  get remote(): Status | undefined {
    return this.#remote
  }

  /** The band that is new since this was asked for last; undefined if it is still the same. */
  takeBandChange(): BandChange | undefined {
    const before = this.#bandTold
    const band = this.#band
    if (band === undefined || band === before) return undefined
    this.#bandTold = band
    return { before, band, score: this.score() ?? 0 }
  }

  get #rawScore(): number {
    return scoreOf({ latency: this.#latency, jitter: this.#jitter, loss: normaliseLoss(this.loss) })
  }

  #count(missed: 0 | 1, latency: number, jitter: number, weight: number): void {
    const isFirst = this.#probes === 0
    this.#probes++
    this.#missed = (this.#missed << 1) | missed
    const gain = isFirst ? 1 : weight
    this.#latency += gain * (latency - this.#latency)
    this.#jitter += gain * (jitter - this.#jitter)
    this.#averageScore += (gain === 1 ? 1 : gain * TREND_SHARE) * (this.#rawScore - this.#averageScore)
    this.#judge()
  }

  #judge(): void {
    if (this.#suspect) this.#band = bandOf(0, this.#band)
    else this.#band = this.#probes === 0 ? undefined : bandOf(this.#rawScore, this.#band)
  }
}

function countBits(bits: number): number {
  let count = 0
  for (let rest = bits; rest !== 0; rest &= rest - 1) count++
  return count
}
