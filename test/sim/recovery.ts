import type { Plan } from './plan.ts'
import type { Fault } from './plan-faults.ts'

/** A time by which bytes must have moved. */
export interface Recovery {
  readonly fault: Fault
  /** From here on something carries bytes: the network again, or another link. */
  readonly fromMs: number
  /** By then what was written before `fromMs` has arrived. */
  readonly byMs: number
  /** It is another link that does, so there must be one when the fault strikes. */
  readonly byOtherLink: boolean
}

/**
 * What backoff allows: each wait is 1.5 times the last, so half as long as all before it and a second, and up to a fifth longer by jitter.
 * The product's promise, max(1.5 s, 0.6 × the outage), is what comes of it on the average.
 */
const BACKOFF_MS = 1_500
const BACKOFF_FIRST_MS = 1_200
const BACKOFF_SHARE = 0.6
/** Until silence is noticed where nobody was told: the node that did not dial last gives the other one this long. */
const UNTOLD_MS = 3_000
/** Until the frames of a silent link go to another one, at the latest. */
const HEDGE_MS = 3_000
/** A hole has lasted this long when the other link is looked at, so that bytes are held up in it. */
const IN_HOLE_MS = 300

/** When bytes must have moved after a plan's faults, as far as that can be said: those of the network and of a process that was stopped. */
export function recoveries(plan: Plan): Recovery[] {
  const slowest = Math.max(...plan.paths.map(({ conditions }) => conditions.latencyMs + conditions.jitterMs))
  // The ways of TCP, TLS, greeting and data come on top of it.
  const waysMs = 12 * slowest + 100
  return plan.faults.flatMap((fault) => {
    // The loss that comes with a refusal to dial is over with that.
    if (plan.faults.some((other) => other !== fault && 'untilMs' in other && isWithin(fault, other))) return []
    return [...afterIt(fault, waysMs, plan), ...withinIt(fault, waysMs)]
  })
}

function afterIt(fault: Fault, waysMs: number, plan: Plan): Recovery[] {
  const fromMs = 'untilMs' in fault ? fault.untilMs : fault.atMs
  const allowedMs = allowed(fault, fromMs - fault.atMs, plan.direction)
  if (allowedMs === undefined) return []
  return [{ fault, fromMs, byMs: Math.ceil(fromMs + allowedMs + waysMs), byOtherLink: false }]
}

/** A hole in one path is no outage for nodes with two links. */
function withinIt(fault: Fault, waysMs: number): Recovery[] {
  if (fault.kind !== 'black-hole' && fault.kind !== 'one-way-hole') return []
  const fromMs = fault.atMs + IN_HOLE_MS
  const byMs = Math.ceil(fromMs + HEDGE_MS + waysMs)
  return byMs < fault.untilMs ? [{ fault, fromMs, byMs, byOtherLink: true }] : []
}

function isWithin({ atMs }: Fault, other: { readonly atMs: number; readonly untilMs: number }): boolean {
  return atMs >= other.atMs && atMs <= other.untilMs
}

function allowed(fault: Fault, outageMs: number, direction: Plan['direction']): number | undefined {
  switch (fault.kind) {
    case 'cut':
    case 'reset':
    case 'black-hole':
    case 'refused-dials':
    case 'hung-dials':
    case 'pause':
    case 'clock-jump':
      return Math.max(BACKOFF_MS, BACKOFF_FIRST_MS + BACKOFF_SHARE * outageMs)
    case 'one-way-hole':
    case 'back-off':
      // Where the side that hears nothing is the one that may not dial, TCP's own back-off decides.
      return Math.max(BACKOFF_MS, BACKOFF_FIRST_MS + (direction === 'strict' ? 1 : BACKOFF_SHARE) * outageMs)
    case 'half-open':
      return UNTOLD_MS
    case 'delay':
    case 'slow-drip':
    case 'slow-reader':
    case 'restart':
    case 'isolation':
    case 'partition':
    case 'pause-peer':
    case 'block-peer':
    case 'unpair':
    case 'rename':
      return undefined
  }
}
