// From samples to what is printed.
import { CONTESTANTS, type ContestantName } from './contestant.ts'
import type { Measure, Promised, Sample } from './measure.ts'
import type { Outcome } from './rounds.ts'
import { bootstrapMedian, type Estimate, median } from './statistics.ts'

export type Outcomes = ReadonlyMap<ContestantName, Outcome<Sample>>

/** The result of one measure, as `--json` prints it. */
export type MeasureResult = Record<ContestantName, number | null> & {
  readonly unit: string
  /** Holdfast's ratio to plain TLS, formed round by round: the median and its 95 % interval. */
  readonly ratioToTls: Estimate | null
  readonly othersToTls: { readonly libp2p: Estimate | null; readonly iroh: Estimate | null }
  /** Holdfast less plain TLS, in the unit. */
  readonly differenceToTls: Estimate | null
  /** Recovery only: a bare TLS handshake in milliseconds, and Holdfast's ratio to it. */
  readonly tlsHandshake?: number
  readonly ratioToTlsHandshake?: Estimate | null
  readonly promise?: Promised & { readonly met: boolean | null }
  /** Rounds in which Holdfast and plain TLS both have a value. */
  readonly rounds: number
  /** Why a contestant has no value, or stopped early. */
  readonly failures: Partial<Record<ContestantName, string>>
}

export function evaluate(measure: Measure, outcomes: Outcomes): MeasureResult {
  const [holdfast, tls, libp2p, iroh] = CONTESTANTS.map((name) => outcomes.get(name)?.samples ?? [])
  const ratios = compare(holdfast, tls, (own, reference) => own.value / reference.value)
  const differenceToTls = estimate(compare(holdfast, tls, (own, reference) => own.value - reference.value))
  const handshakes = present(tls).flatMap(({ handshakeMs }) => handshakeMs ?? [])
  const toHandshake = compare(holdfast, tls, (own, reference) => own.value / (reference.handshakeMs ?? Number.NaN))
  const ratioToTls = estimate(ratios)
  const ratioToTlsHandshake = handshakes.length === 0 ? null : estimate(toHandshake)
  const subjects = { ratio: ratioToTls, difference: differenceToTls, handshakes: ratioToTlsHandshake }
  const { promise } = measure
  return {
    holdfast: medianOf(holdfast),
    tls: medianOf(tls),
    libp2p: medianOf(libp2p),
    iroh: medianOf(iroh),
    unit: measure.unit,
    ratioToTls,
    othersToTls: { libp2p: estimate(compare(libp2p, tls, quotient)), iroh: estimate(compare(iroh, tls, quotient)) },
    differenceToTls,
    ...(handshakes.length > 0 && { tlsHandshake: median(handshakes), ratioToTlsHandshake }),
    ...(promise && { promise: { ...promise, met: isMet(promise, subjects[promise.about]) } }),
    rounds: ratios.length,
    failures: Object.fromEntries(
      [...outcomes].flatMap(([name, { failure }]) => (failure === undefined ? [] : [[name, failure]])),
    ),
  }
}

type Samples = readonly (Sample | undefined)[] | undefined

function present(samples: Samples): Sample[] {
  return (samples ?? []).filter((sample) => sample !== undefined)
}

function medianOf(samples: Samples): number | null {
  const values = present(samples).map(({ value }) => value)
  return values.length === 0 ? null : median(values)
}

function quotient(own: Sample, reference: Sample): number {
  return own.value / reference.value
}

/** One number for each round in which both have a sample. */
function compare(own: Samples, reference: Samples, form: (own: Sample, reference: Sample) => number): number[] {
  return (own ?? []).flatMap((sample, round) => {
    const other = reference?.[round]
    return sample === undefined || other === undefined ? [] : [form(sample, other)]
  })
}

function estimate(values: readonly number[]): Estimate | null {
  return bootstrapMedian(values) ?? null
}

/** Judged by the median; the interval says how sure that is. */
function isMet({ bound, limit }: Promised, subject: Estimate | null): boolean | null {
  if (subject === null) return null
  return bound === 'at least' ? subject.median >= limit : subject.median <= limit
}
