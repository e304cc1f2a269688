import { NODES_MAX } from './names.ts'
import { pairsOf } from './pairs.ts'
import type { Layout, PathPlan } from './plan.ts'
import type { PlainPlan } from './plan-company.ts'
import { drawConditions, drawLimits, patienceMs } from './plan-conditions.ts'
import { drawAction, drawEnding, drawFault, drawStorm, type Fault, inOrder } from './plan-faults.ts'
import { drawStreamBetween, type StreamPlan, withAbort } from './plan-streams.ts'
import { Random } from './random.ts'

const NODES_MIN = 3
/** All nodes start in the same instant; by then each pair has its links, and those that dials which crossed left over are closed. */
const STARTED_MS = 4_900
const FROM_MS = 5_000
const CALM_MS = 580_000
const DURATION_MS = 600_000
const SLOTS = 10
/** What strikes in a slot is over by then; the rest of it is for recovery. */
const STRUCK_MS_MAX = 18_000
const MINOR_MS_MAX = 8_000
/** Meshes with two interfaces have no more nodes: each pair has twice the paths. */
const TWO_INTERFACES_NODES_MAX = 8
const STREAM_BYTES_MAX = 150_000
/** The share of streams that are aborted. */
const ABORTED = 0.1

/** Three nodes or more. */
export function drawMesh(seed: number, nodesWanted: number | undefined): PlainPlan {
  const random = new Random(seed, 3)
  const nodes = nodesWanted ?? random.logBetween(NODES_MIN, NODES_MAX)
  const interfaces = nodes <= TWO_INTERFACES_NODES_MAX && random.chance(0.25) ? 2 : 1
  const layout: Layout = { nodes, interfaces, paths: drawPaths(random, nodes, interfaces) }
  const isStorm = random.chance(0.3)
  const slotMs = Math.floor((CALM_MS - FROM_MS) / SLOTS)
  const faults = inOrder([
    ...Array.from({ length: SLOTS }, (_, slot) => drawSlot(random, layout, FROM_MS + slot * slotMs)).flat(),
    ...(isStorm ? drawStorm(random, layout, FROM_MS, CALM_MS - slotMs).filter(({ kind }) => kind !== 'restart') : []),
  ])
  const slotEnds = Array.from({ length: SLOTS }, (_, slot) => FROM_MS + (slot + 1) * slotMs - 1)
  const streams = drawMeshStreams(random, layout, faults)
  return {
    ...layout,
    seed,
    weather: isStorm ? 'mesh-storm' : 'mesh',
    linksWanted: interfaces,
    multipath: seed % 2 === 0 ? 'aggregate' : 'failover',
    pairing: 'stored',
    retentionMs: 3_600_000,
    limits: drawLimits(random),
    streams,
    ticker: undefined,
    faults,
    checkpointsMs: [STARTED_MS, ...(isStorm ? [] : slotEnds), DURATION_MS],
    bytesMin: 0,
    calmAtMs: CALM_MS,
    endAtMs: DURATION_MS,
    patienceMs: patienceMs(layout.paths, streams),
  }
}

/** A full mesh, or one with gaps, in which each node is paired with the next one at least. */
function drawPaths(random: Random, nodes: number, interfaces: number): PathPlan[] {
  const density = random.chance(0.5) ? 1 : 0.2 + 0.7 * random.float()
  const paths: PathPlan[] = []
  for (let one = 0; one < nodes; one++) {
    for (let other = one + 1; other < nodes; other++) {
      if (other !== one + 1 && !random.chance(density)) continue
      for (let index = 0; index < interfaces; index++) {
        paths.push({ ends: [one, other], interface: index, conditions: drawConditions(random, true) })
      }
    }
  }
  return paths
}

/** What strikes the mesh as a whole, with one to three small faults beside it. */
function drawSlot(random: Random, layout: Layout, fromMs: number): Fault[] {
  const atMs = fromMs + random.between(0, 2_000)
  const untilMs = atMs + random.logBetween(200, STRUCK_MS_MAX)
  const faults = drawMeshFault(random, layout, atMs, untilMs)
  for (let more = random.between(1, 3); more > 0; more--) {
    const minorAtMs = fromMs + random.between(0, 4_000)
    faults.push(...drawFault(random, layout, minorAtMs, minorAtMs + random.logBetween(50, MINOR_MS_MAX)))
  }
  return faults
}

function drawMeshFault(random: Random, layout: Layout, atMs: number, untilMs: number): Fault[] {
  const { nodes } = layout
  const some = (count: number): number[] => shuffled(random, nodes).slice(0, count)
  switch (random.pick(['isolation', 'partition', 'restarts', 'all-restart', 'people'] as const)) {
    case 'isolation':
      return [
        {
          kind: 'isolation',
          atMs,
          node: random.between(0, nodes - 1),
          untilMs,
          how: random.pick(['silent', 'refused']),
        },
      ]
    case 'partition':
      return [{ kind: 'partition', atMs, nodes: some(Math.floor(nodes / 2)), untilMs }]
    case 'restarts':
      return restarts(random, some(random.between(1, nodes - 1)), atMs, untilMs)
    case 'all-restart':
      return restarts(random, some(nodes), atMs, untilMs)
    case 'people':
      return Array.from({ length: random.between(1, nodes) }, () => drawAction(random, layout, atMs, untilMs))
  }
}

/** They go down and come back in the same instant. */
function restarts(random: Random, nodes: readonly number[], atMs: number, untilMs: number): Fault[] {
  const how = drawEnding(random)
  return nodes.map((node) => ({ kind: 'restart', atMs, node, untilMs, how }))
}

function drawMeshStreams(random: Random, layout: Layout, faults: readonly Fault[]): StreamPlan[] {
  const pairs = pairsOf(layout)
  return Array.from({ length: random.between(layout.nodes, 3 * layout.nodes) }, () => {
    const [one, other] = random.pick(pairs)
    const ends = random.chance(0.5) ? ([one, other] as const) : ([other, one] as const)
    const bytes = [random.logBetween(1_000, STREAM_BYTES_MAX), random.logBetween(1_000, STREAM_BYTES_MAX)] as const
    const stream = drawStreamBetween(random, ends, bytes, faults, CALM_MS)
    return random.chance(ABORTED) ? withAbort(random, stream) : stream
  })
}

function shuffled(random: Random, count: number): number[] {
  const numbers = Array.from({ length: count }, (_, number) => number)
  for (let at = count - 1; at > 0; at--) {
    const other = random.between(0, at)
    ;[numbers[at], numbers[other]] = [numbers[other]!, numbers[at]!]
  }
  return numbers
}
