import type { BroadcastPlan, Company, Plan, StrangerPlan, VisitsPlan } from './plan.ts'
import type { Fault } from './plan-faults.ts'
import { drawErrands } from './plan-streams.ts'
import { Random } from './random.ts'

/** A plan of nodes that are paired, and of nothing else between them. */
export type PlainPlan = Omit<Plan, 'clone' | Exclude<keyof Company, 'pairing'>> & {
  readonly pairing: 'stored' | 'ticket'
}
export type CompanyPlan = Omit<Plan, 'clone'>

/** How often each is drawn, of those plans where it can be. */
const NETWORK = 0.15
const ON_DEMAND = 0.12
const STRICT = 0.15
const BY_ADDRESS = 0.3
const BROADCASTS = 0.25
const VISITS = 0.1

const BROADCASTS_MAX = 12
const BROADCAST_BYTES_MAX = 20_000
const VISITS_MAX = 4
const VISIT_BYTES_MAX = 50_000
const STRANGER_MS = 60_000

/** Draws what nodes are to each other, apart from all else: so the faults of a seed do not depend on it. */
export function drawCompany(plan: PlainPlan): CompanyPlan {
  const random = new Random(plan.seed, 5)
  const isTicket = plan.pairing === 'ticket'
  const isNetwork = !isTicket && isFull(plan) && random.chance(NETWORK)
  const isOnDemand = !isTicket && !isNetwork && hasErrands(plan) && random.chance(ON_DEMAND)
  const isStrict = !isTicket && !isOnDemand && random.chance(STRICT)
  const faults = isNetwork || isOnDemand || isStrict ? plan.faults.filter(endsNoPairing) : plan.faults
  return {
    ...plan,
    faults,
    pairing: isNetwork ? 'network' : plan.pairing,
    direction: isStrict ? 'strict' : 'graceful',
    dialOrder: random.chance(BY_ADDRESS) ? 'address' : 'id',
    ...(isOnDemand && { streams: drawErrands(random, faults, plan.calmAtMs), bytesMin: 0 }),
    onDemandIdleMs: isOnDemand ? random.between(3, 30) * 1_000 : undefined,
    broadcasts: !isOnDemand && random.chance(BROADCASTS) ? drawBroadcasts(random, plan) : [],
    visits: random.chance(VISITS) ? drawVisits(random, plan) : undefined,
    stranger: isNetwork ? drawStranger(random, plan) : undefined,
  }
}

/** Everybody knows everybody. */
function isFull({ nodes, interfaces, paths }: PlainPlan): boolean {
  return paths.length === (interfaces * nodes * (nodes - 1)) / 2
}

/** Streams of two nodes whose recovery is not timed can be others. */
function hasErrands({ nodes, weather }: PlainPlan): boolean {
  return nodes === 2 && weather !== 'spaced'
}

/** A pairing that is ended is made anew by ticket: that is another company than the plan says. */
function endsNoPairing({ kind }: Fault): boolean {
  return kind !== 'unpair'
}

function drawBroadcasts(random: Random, { nodes, calmAtMs }: PlainPlan): BroadcastPlan[] {
  return Array.from({ length: random.between(1, BROADCASTS_MAX) }, () => ({
    atMs: random.between(1_000, calmAtMs),
    node: random.between(0, nodes - 1),
    hops: random.pick([1, 2, 4]),
    bytes: random.logBetween(1, BROADCAST_BYTES_MAX),
  }))
}

function drawVisits(random: Random, { nodes, calmAtMs }: PlainPlan): VisitsPlan {
  const calls = Array.from({ length: random.between(1, VISITS_MAX) }, () => ({
    atMs: random.between(1_000, calmAtMs),
    bytes: random.logBetween(1, VISIT_BYTES_MAX),
  }))
  return {
    host: random.between(0, nodes - 1),
    isAdmitted: random.chance(0.8),
    idleTimeoutMs: random.between(5, 40) * 1_000,
    calls: calls.sort((a, b) => a.atMs - b.atMs),
  }
}

function drawStranger(random: Random, { calmAtMs }: PlainPlan): StrangerPlan {
  const atMs = random.between(0, calmAtMs - STRANGER_MS)
  return { atMs, untilMs: atMs + STRANGER_MS }
}
