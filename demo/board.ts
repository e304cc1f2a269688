import { basename } from 'node:path'
import type { LossReason } from '../src/index.ts'
import type { PeerReport } from './messages.ts'
import type { Direction, Fault } from './schedule.ts'

/** How a fault went. Times are those of `now()`. */
export interface FaultRecord {
  readonly fault: Fault
  readonly struckAtMs: number
  /** When the network was whole again, or the process awake. */
  liftedAtMs: number | undefined
  /** From then until bytes of the stream moved again at both ends. */
  recoveryMs: number | undefined
}

/** One direction of the transfer. */
interface Track {
  bytes: number
  /** When the last of them arrived. */
  atMs: number
}

const SAMPLE_MS = 250
const SAMPLES_KEPT = 400
const RATE_SAMPLES = 4

/** All that the views show and the result is made of. The run writes it; nothing else does. */
export class Board {
  readonly seed: number
  readonly seconds: number
  readonly fileName: string
  readonly size: number
  readonly faultsPlanned: number
  readonly tracks: Record<Direction, Track> = { out: { bytes: 0, atMs: 0 }, back: { bytes: 0, atMs: 0 } }
  readonly records: FaultRecord[] = []
  /** Bytes that arrived in each quarter of a second, per direction, newest last. */
  readonly samples: Record<Direction, number[]> = { out: [], back: [] }
  /** Where a browser shows the sender's node; undefined before it is open. */
  dashboard: string | undefined
  /** The receiver as the sender sees it; undefined before they are paired. */
  peer: PeerReport | undefined
  /** Its score in each quarter of a second, newest last; undefined where there was none. */
  readonly scores: (number | undefined)[] = []
  worstScore: number | undefined
  /** How often the sender lost a link, by the reason. */
  readonly losses: Partial<Record<LossReason, number>> = {}
  /** When the first byte of the stream arrived. */
  startedAtMs: number | undefined
  endedAtMs: number | undefined
  readonly #sampledBytes: Record<Direction, number> = { out: 0, back: 0 }
  #sampledAtMs: number | undefined

  constructor(options: { seed: number; seconds: number; file: string; size: number; faultsPlanned: number }) {
    this.seed = options.seed
    this.seconds = options.seconds
    this.fileName = basename(options.file)
    this.size = options.size
    this.faultsPlanned = options.faultsPlanned
  }

  /** The fault whose end or whose healing is awaited. */
  get current(): FaultRecord | undefined {
    const last = this.records.at(-1)
    return last?.recoveryMs === undefined ? last : undefined
  }

  /** Milliseconds since the first byte, until the end if there was one. */
  elapsedMs(nowMs: number): number {
    return this.startedAtMs === undefined ? 0 : (this.endedAtMs ?? nowMs) - this.startedAtMs
  }

  /** Bytes a second over the last second. */
  rate(direction: Direction): number {
    const recent = this.samples[direction].slice(-RATE_SAMPLES)
    return recent.length === 0 ? 0 : recent.reduce((a, b) => a + b) / ((recent.length * SAMPLE_MS) / 1_000)
  }

  /** The sender tells of the receiver. */
  reported(peer: PeerReport): void {
    this.peer = peer
    this.scored(peer.health.score)
  }

  /** The receiver's score was measured. */
  scored(score: number | undefined): void {
    if (score !== undefined) this.worstScore = Math.min(score, this.worstScore ?? score)
  }

  /** The sender lost a link. */
  lost(reason: LossReason): void {
    this.losses[reason] = (this.losses[reason] ?? 0) + 1
  }

  /** Takes the samples that are due. Call often. */
  sample(nowMs: number): void {
    if (this.startedAtMs === undefined) return
    this.#sampledAtMs ??= this.startedAtMs
    if (nowMs - this.#sampledAtMs < SAMPLE_MS) return
    this.#sampledAtMs += SAMPLE_MS
    this.scores.push(this.peer?.health.score)
    if (this.scores.length > SAMPLES_KEPT) this.scores.shift()
    for (const direction of ['out', 'back'] as const) {
      const { bytes } = this.tracks[direction]
      this.samples[direction].push(bytes - this.#sampledBytes[direction])
      this.#sampledBytes[direction] = bytes
      if (this.samples[direction].length > SAMPLES_KEPT) this.samples[direction].shift()
    }
  }
}
