import type { LossReason } from '../src/index.ts'
import type { FaultRecord } from './board.ts'
import { FAULT_KINDS, type FaultKind, FULL_RUN_SECONDS } from './schedule.ts'
import type { Check } from './verifier.ts'

/** What was measured in a run. */
export interface Measured {
  readonly seed: number
  /** How long the run was asked to be, and how long bytes moved in fact. */
  readonly secondsAsked: number
  readonly seconds: number
  readonly size: number
  /** How many bytes had arrived at each end when the run ended. */
  readonly arrived: { readonly out: number; readonly back: number }
  /** SHA-256 of what the sender read from the file; undefined if the run did not get to its end. */
  readonly sourceSha256: string | undefined
  readonly out: Check | undefined
  readonly back: Check | undefined
  readonly sessions: number
  readonly streamsOpened: number
  readonly records: readonly FaultRecord[]
  /** How often the sender lost a link, by the reason, and the lowest score that it gave the receiver. */
  readonly losses: Readonly<Partial<Record<LossReason, number>>>
  readonly worstScore: number | undefined
  /** Why the run ended before its time. */
  readonly failure: string | undefined
}

/** The object that `--json` prints. Bytes of both directions are added up. */
export interface Result {
  readonly ok: boolean
  readonly seconds: number
  readonly bytes: number
  readonly sha256Equal: boolean
  readonly lost: number
  readonly duplicated: number
  readonly reordered: number
  readonly sessions: number
  readonly streamsOpened: number
  readonly faults: Record<FaultKind, number>
  readonly recoveryMs: { readonly p50: number | null; readonly p99: number | null; readonly max: number | null }
  /** Links that the sender lost, by the reason. */
  readonly losses: Measured['losses']
  /** From 0 to 100; null if nothing was measured. */
  readonly worstScore: number | null
  readonly seed: number
  readonly error?: string
}

/** Judges a run. */
export function judge(measured: Measured): Result {
  const { out, back, size, records, failure } = measured
  const lost = (out?.lost ?? size - measured.arrived.out) + (back?.lost ?? size - measured.arrived.back)
  const duplicated = (out?.duplicated ?? 0) + (back?.duplicated ?? 0)
  const reordered = (out?.reordered ?? 0) + (back?.reordered ?? 0)
  const corrupted = (out?.corrupted ?? 0) + (back?.corrupted ?? 0)
  const sha256Equal =
    measured.sourceSha256 !== undefined &&
    out?.sha256 === measured.sourceSha256 &&
    back?.sha256 === measured.sourceSha256
  const faults = strikes(records)
  const everyKind = measured.secondsAsked < FULL_RUN_SECONDS || FAULT_KINDS.every((kind) => faults[kind] > 0)
  const intact = sha256Equal && lost + duplicated + reordered + corrupted === 0
  const single = measured.sessions === 1 && measured.streamsOpened === 1
  return {
    ok: failure === undefined && intact && single && everyKind,
    seconds: Math.round(measured.seconds * 10) / 10,
    bytes: size,
    sha256Equal,
    lost,
    duplicated,
    reordered,
    sessions: measured.sessions,
    streamsOpened: measured.streamsOpened,
    faults,
    recoveryMs: quantiles(records.flatMap(({ recoveryMs }) => recoveryMs ?? [])),
    losses: measured.losses,
    worstScore: measured.worstScore === undefined ? null : Math.round(measured.worstScore),
    seed: measured.seed,
    ...(failure === undefined ? {} : { error: failure }),
  }
}

function strikes(records: readonly FaultRecord[]): Record<FaultKind, number> {
  const count = (kind: FaultKind): number => records.filter(({ fault }) => fault.kind === kind).length
  return {
    cut: count('cut'),
    reset: count('reset'),
    blackHole: count('blackHole'),
    oneWay: count('oneWay'),
    freeze: count('freeze'),
    refuse: count('refuse'),
    drip: count('drip'),
  }
}

/** Quantiles by nearest rank; null where there is no value. */
function quantiles(values: readonly number[]): Result['recoveryMs'] {
  const sorted = values.toSorted((a, b) => a - b)
  const rank = (share: number): number | null => {
    const value = sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)]
    return value === undefined ? null : Math.round(value * 10) / 10
  }
  return { p50: rank(0.5), p99: rank(0.99), max: rank(1) }
}
