// Which faults strike, when and for how long: a pure function of the seed and the length of the run.
import { between, type Random, seeded, shuffled } from './random.ts'

/** Bytes go out from the sender to the receiver and back from the receiver to the sender. */
export type Direction = 'out' | 'back'
export type Role = 'sender' | 'receiver'

/** Every kind of fault, by the name under which the result counts it. */
export const FAULT_KINDS = ['cut', 'reset', 'blackHole', 'oneWay', 'freeze', 'refuse', 'drip'] as const
export type FaultKind = (typeof FAULT_KINDS)[number]

interface Timing {
  /** When it is to strike, in milliseconds from the first byte; later if the fault before it has not healed by then. */
  readonly atMs: number
  /** 0 for what happens in an instant. */
  readonly durationMs: number
  /** For how long at least bytes flow before it strikes. */
  readonly gapMs: number
}

export type Fault = Timing &
  (
    | { readonly kind: 'cut' | 'reset' | 'blackHole' | 'refuse' | 'drip' }
    | { readonly kind: 'oneWay'; readonly direction: Direction }
    | { readonly kind: 'freeze'; readonly role: Role }
  )

/** From this length on each kind of fault strikes at least once. */
export const FULL_RUN_SECONDS = 20
/** Bytes flow undisturbed for so long at the beginning and at the end. */
export const WARM_UP_MS = 1_000
export const TAIL_MS = 1_000

const GAP_MS = { min: 400, max: 900 }
/** A fault that was scaled down to fit a short run still lasts long enough to be noticed. */
const SCALED_MS_MIN = 300

const DURATION_MS: Record<FaultKind, { readonly min: number; readonly max: number }> = {
  cut: { min: 0, max: 0 },
  reset: { min: 0, max: 0 },
  blackHole: { min: 300, max: 2_500 },
  oneWay: { min: 300, max: 2_500 },
  freeze: { min: 300, max: 2_000 },
  refuse: { min: 300, max: 1_500 },
  drip: { min: 500, max: 2_000 },
}

interface Draft {
  readonly kind: FaultKind
  readonly durationMs: number
  readonly gapMs: number
  /** Drawn for every kind, so that adding a kind that needs it changes no other draw. */
  readonly side: boolean
}

/** How long a fault may take to heal after it was lifted; the plan leaves so much room for it. */
export function healingMs(fault: { readonly kind: FaultKind; readonly durationMs: number }): number {
  // After a black hole the connections that it swallowed stay silent for as long again.
  if (fault.kind === 'blackHole' || fault.kind === 'oneWay') return fault.durationMs + 100
  if (fault.kind === 'refuse') return 600
  return 300
}

/** The faults of a run of `seconds`, in the order in which they strike. */
export function schedule(seed: number, seconds: number): Fault[] {
  const random = seeded(seed)
  const budgetMs = Math.max(0, seconds * 1_000 - WARM_UP_MS - TAIL_MS)
  let chosen = shuffled(random, FAULT_KINDS).map((kind) => draft(random, kind))
  if (seconds >= FULL_RUN_SECONDS) chosen = scaledTo(budgetMs, chosen)
  while (spentMs(chosen) < budgetMs) {
    chosen.push(...shuffled(random, FAULT_KINDS).map((kind) => draft(random, kind)))
  }
  while (spentMs(chosen) > budgetMs) chosen.pop()
  return placed(chosen, budgetMs)
}

/** When the last of `faults` will have healed if nothing takes longer than planned; `idleAtMs` is when the next may begin. */
export function plannedEndMs(faults: readonly Fault[], idleAtMs: number): number {
  let endMs = idleAtMs
  for (const fault of faults) endMs = Math.max(endMs + fault.gapMs, fault.atMs) + fault.durationMs + healingMs(fault)
  return endMs
}

function draft(random: Random, kind: FaultKind): Draft {
  const { min, max } = DURATION_MS[kind]
  return {
    kind,
    durationMs: between(random, min, max),
    gapMs: between(random, GAP_MS.min, GAP_MS.max),
    side: random() < 0.5,
  }
}

function costMs(fault: Draft): number {
  return fault.gapMs + fault.durationMs + healingMs(fault)
}

function spentMs(faults: readonly Draft[]): number {
  return faults.reduce((sum, fault) => sum + costMs(fault), 0)
}

/** Shortens the faults until they fit, for the shortest runs must hold every kind as well. */
function scaledTo(budgetMs: number, faults: readonly Draft[]): Draft[] {
  for (let scale = 1; scale > 0; scale -= 0.05) {
    const scaled = faults.map((fault) => ({
      ...fault,
      durationMs: Math.min(fault.durationMs, Math.max(SCALED_MS_MIN, Math.round(fault.durationMs * scale))),
    }))
    if (spentMs(scaled) <= budgetMs) return scaled
  }
  throw new Error(`a round of faults does not fit into ${budgetMs} ms`)
}

/** Spreads the faults over the whole run: what the plan leaves over goes evenly into the gaps. */
function placed(drafts: readonly Draft[], budgetMs: number): Fault[] {
  const spareMs = (budgetMs - spentMs(drafts)) / Math.max(1, drafts.length)
  let clockMs = WARM_UP_MS
  return drafts.map(({ kind, durationMs, gapMs, side }) => {
    const atMs = Math.round(clockMs + gapMs + spareMs)
    clockMs = atMs + durationMs + healingMs({ kind, durationMs })
    const timing = { atMs, durationMs, gapMs }
    if (kind === 'oneWay') return { ...timing, kind, direction: side ? 'out' : 'back' }
    if (kind === 'freeze') return { ...timing, kind, role: side ? 'sender' : 'receiver' }
    return { ...timing, kind }
  })
}
