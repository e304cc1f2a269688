import type { Layout } from './plan.ts'
import type { Random } from './random.ts'

/**
 * What strikes, and when. Faults that last name their end as well. Nodes and paths are named by their numbers in the plan.
 */
export type Fault =
  | { readonly kind: 'cut' | 'reset'; readonly atMs: number; readonly path: number }
  | { readonly kind: 'half-open'; readonly atMs: number; readonly path: number; readonly node: number }
  | { readonly kind: 'black-hole'; readonly atMs: number; readonly path: number; readonly untilMs: number }
  | {
      /** Nothing reaches that node; in a back-off only on the channels that exist. */
      readonly kind: 'one-way-hole' | 'back-off'
      readonly atMs: number
      readonly path: number
      readonly node: number
      readonly untilMs: number
    }
  | {
      readonly kind: 'delay'
      readonly atMs: number
      readonly path: number
      readonly untilMs: number
      readonly latencyMs: number
      readonly jitterMs: number
    }
  | {
      readonly kind: 'slow-drip'
      readonly atMs: number
      readonly path: number
      readonly untilMs: number
      readonly bytesPerMs: number
    }
  | {
      readonly kind: 'refused-dials' | 'hung-dials'
      readonly atMs: number
      readonly path: number
      readonly untilMs: number
    }
  | { readonly kind: 'slow-reader' | 'pause'; readonly atMs: number; readonly node: number; readonly untilMs: number }
  | { readonly kind: 'clock-jump'; readonly atMs: number; readonly node: number; readonly byMs: number }
  | {
      readonly kind: 'restart'
      readonly atMs: number
      readonly node: number
      readonly untilMs: number
      readonly how: 'close' | 'fin' | 'reset' | 'silent'
    }
  /** All paths of a node: they swallow everything, or what goes over them is reset and dials are refused. */
  | {
      readonly kind: 'isolation'
      readonly atMs: number
      readonly node: number
      readonly untilMs: number
      readonly how: 'silent' | 'refused'
    }
  /** Nothing passes between these nodes and all others. */
  | { readonly kind: 'partition'; readonly atMs: number; readonly nodes: readonly number[]; readonly untilMs: number }
  | PeerAction

/** What somebody at a node decides about one of its peers, and takes back at the end. */
export type PeerAction =
  | {
      readonly kind: 'pause-peer' | 'block-peer' | 'unpair'
      readonly atMs: number
      readonly node: number
      readonly peer: number
      readonly untilMs: number
    }
  | {
      readonly kind: 'rename'
      readonly atMs: number
      readonly node: number
      readonly peer: number
      readonly name: string
    }

export type Restart = Extract<Fault, { kind: 'restart' }>

export const FAULTS_MIN = 20
const FAULTS_MAX = 36
/** The last fault is over by then, so that what it held up is due before the calm. */
const QUIET_MS = 10_000
/** How long people leave a peer paused, blocked or unpaired. */
const ACTION_MS_MAX = 60_000

/** How often each kind is drawn, relative to the others. */
const weights = [
  ['cut', 12],
  ['reset', 12],
  ['half-open', 8],
  ['black-hole', 12],
  ['one-way-hole', 9],
  ['back-off', 6],
  ['delay', 8],
  ['slow-drip', 4],
  ['refused-dials', 5],
  ['hung-dials', 5],
  ['slow-reader', 6],
  ['pause', 6],
  ['clock-jump', 4],
] as const

/** At least twenty faults until the calm, many at the same time, ordered by their beginning. */
export function drawStorm(random: Random, layout: Layout, fromMs: number, calmAtMs: number): Fault[] {
  const count = random.between(FAULTS_MIN, FAULTS_MAX)
  const faults: Fault[] = []
  while (faults.length < count) {
    const atMs = random.between(fromMs, calmAtMs - QUIET_MS)
    // Most are short, but some last longer than the silence after which a link is lost.
    const untilMs = Math.min(atMs + random.logBetween(50, 60_000), calmAtMs)
    faults.push(...drawFault(random, layout, atMs, untilMs))
  }
  if (random.chance(0.3)) faults.push(...drawRestarts(random, layout, calmAtMs))
  if (random.chance(0.2)) {
    for (let actions = random.between(1, 4); actions > 0; actions--) {
      const atMs = random.between(fromMs, calmAtMs - ACTION_MS_MAX - QUIET_MS)
      faults.push(drawAction(random, layout, atMs, atMs + random.logBetween(50, ACTION_MS_MAX)))
    }
  }
  return inOrder(faults)
}

/** The same kinds, one after the other, each short and with time to recover from it. */
export function drawSpaced(random: Random, layout: Layout, fromMs: number, calmAtMs: number): Fault[] {
  const count = random.between(FAULTS_MIN, FAULTS_MIN + 2)
  const slotMs = (calmAtMs - QUIET_MS - fromMs) / count
  const faults = Array.from({ length: count }, (_, slot) => {
    const atMs = Math.floor(fromMs + slot * slotMs) + random.between(0, 2_000)
    return drawFault(random, layout, atMs, atMs + random.logBetween(50, 8_000))
  })
  return inOrder(faults.flat())
}

/** Two outages of all paths that last longer than a session is kept. */
export function drawOutages(random: Random, { paths }: Layout, fromMs: number, calmAtMs: number): Fault[] {
  const halfMs = (calmAtMs - fromMs) / 2
  const outages = [0, 1].map((half) => {
    const atMs = Math.floor(fromMs + half * halfMs + random.between(0, halfMs / 2))
    const untilMs = Math.min(atMs + random.between(40_000, 90_000), calmAtMs)
    return paths.map((_, path): Fault => ({ kind: 'black-hole', atMs, path, untilMs }))
  })
  return inOrder(outages.flat())
}

const actions: ReadonlySet<string> = new Set<PeerAction['kind']>(['pause-peer', 'block-peer', 'unpair', 'rename'])

export function isAction(fault: Fault): fault is PeerAction {
  return actions.has(fault.kind)
}

export function inOrder(faults: Fault[]): Fault[] {
  return faults.sort((a, b) => a.atMs - b.atMs)
}

/** One of any kind but a restart. A refusal to dial comes with the loss that makes it felt. */
export function drawFault(random: Random, layout: Layout, atMs: number, untilMs: number): Fault[] {
  const fault = drawOne(random, layout, atMs, untilMs)
  if (fault.kind !== 'refused-dials' && fault.kind !== 'hung-dials') return [fault]
  return [fault, { kind: 'reset', atMs: atMs + 1, path: fault.path }]
}

function drawOne(random: Random, { nodes, paths }: Layout, atMs: number, untilMs: number): Fault {
  const kind = weighted(random)
  const path = random.between(0, paths.length - 1)
  const end = random.pick(paths[path]!.ends)
  const node = random.between(0, nodes - 1)
  switch (kind) {
    case 'cut':
    case 'reset':
      return { kind, atMs, path }
    case 'half-open':
      return { kind, atMs, path, node: end }
    case 'black-hole':
    case 'refused-dials':
    case 'hung-dials':
      return { kind, atMs, path, untilMs }
    case 'one-way-hole':
    case 'back-off':
      return { kind, atMs, path, node: end, untilMs }
    case 'delay':
      return { kind, atMs, path, untilMs, latencyMs: random.logBetween(50, 4_000), jitterMs: random.logBetween(1, 500) }
    case 'slow-drip':
      return { kind, atMs, path, untilMs: Math.min(untilMs, atMs + 15_000), bytesPerMs: random.pick([0.5, 1, 5, 20]) }
    case 'slow-reader':
    case 'pause':
      return { kind, atMs, node, untilMs }
    case 'clock-jump':
      return { kind, atMs, node, byMs: random.pick([-1, 1]) * random.logBetween(100, 86_400_000) }
  }
}

/** One node restarts once or twice, late enough for streams to be open. */
function drawRestarts(random: Random, { nodes }: Layout, calmAtMs: number): Fault[] {
  const node = random.between(0, nodes - 1)
  return Array.from({ length: random.between(1, 2) }, (_, index): Fault => {
    const atMs = Math.floor(random.between(30_000, calmAtMs / 2 - 30_000) + (index * calmAtMs) / 2)
    return { kind: 'restart', atMs, node, untilMs: atMs + random.logBetween(100, 20_000), how: drawEnding(random) }
  })
}

/** What people do, at one end of a path about the other. */
export function drawAction(random: Random, { paths }: Layout, atMs: number, untilMs: number): PeerAction {
  const [one, other] = random.pick(paths).ends
  const [node, peer] = random.chance(0.5) ? [one, other] : [other, one]
  const kind = random.pick(['pause-peer', 'block-peer', 'unpair', 'rename'] as const)
  return kind === 'rename' ? { kind, atMs, node, peer, name: `friend ${atMs}` } : { kind, atMs, node, peer, untilMs }
}

/** How a process goes down. */
export function drawEnding(random: Random): Restart['how'] {
  return random.pick(['close', 'fin', 'reset', 'silent'])
}

function weighted(random: Random): (typeof weights)[number][0] {
  let left = random.float() * weights.reduce((sum, [, weight]) => sum + weight, 0)
  for (const [kind, weight] of weights) {
    left -= weight
    if (left < 0) return kind
  }
  return 'cut'
}
