import type { ClonePlan, Plan } from './plan.ts'
import { type CompanyPlan, drawCompany } from './plan-company.ts'
import { drawMesh } from './plan-mesh.ts'
import { drawPair } from './plan-pair.ts'
import { Random } from './random.ts'

/** One seed in so many is a mesh; the others are two nodes. */
const MESH_EVERY = 25
/** The share of plans with a clone. */
const CLONED = 0.08
const CLONE_FROM_MS = 5_000
/** Long enough for each of its peers to be up and awake for a while. */
const CLONE_MS = 150_000

/** The plan of a seed; with as many nodes as the seed says if `nodes` does not. */
export function drawPlan(seed: number, nodes?: number): Plan {
  const isMesh = nodes === undefined ? seed % MESH_EVERY === 0 : nodes > 2
  const plan = drawCompany(isMesh ? drawMesh(seed, nodes) : drawPair(seed))
  return { ...plan, clone: drawClone(plan) }
}

/**
 * Of nodes that are paired from the start, and held: others are not dialed by their clone. A peer that restarts cannot tell which of two machines with equal
 * starts it knew before.
 */
function drawClone(plan: CompanyPlan): ClonePlan | undefined {
  const { seed, nodes, pairing, direction, onDemandIdleMs, faults, calmAtMs } = plan
  const random = new Random(seed, 4)
  if (!random.chance(CLONED)) return undefined
  if (pairing !== 'stored' || direction === 'strict' || onDemandIdleMs !== undefined) return undefined
  const atMs = random.between(CLONE_FROM_MS, calmAtMs - CLONE_MS)
  const restarts = faults.some(({ kind }) => kind === 'restart')
  return {
    of: random.between(0, nodes - 1),
    atMs,
    untilMs: atMs + CLONE_MS,
    start: restarts || random.chance(0.5) ? 'older' : 'equal',
  }
}
