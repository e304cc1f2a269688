import type { NetworkConditions } from '../../src/testing/memory-transport/memory-conditions.ts'
import type { LimitsPlan, PathPlan } from './plan.ts'
import type { StreamPlan } from './plan-streams.ts'
import type { Random } from './random.ts'

const KIB = 1024

const limits: readonly LimitsPlan[] = [
  {
    unacknowledgedBytes: 8 * KIB * KIB,
    unacknowledgedBytesMax: 64 * KIB * KIB,
    streamWindowBytesMax: 8 * KIB * KIB,
    sessionWindowBytesMax: 32 * KIB * KIB,
    budgetBytes: 256 * KIB * KIB,
  },
  {
    unacknowledgedBytes: 512 * KIB,
    unacknowledgedBytesMax: KIB * KIB,
    streamWindowBytesMax: 512 * KIB,
    sessionWindowBytesMax: KIB * KIB,
    budgetBytes: KIB * KIB,
  },
  {
    unacknowledgedBytes: 320 * KIB,
    unacknowledgedBytesMax: 320 * KIB,
    streamWindowBytesMax: 256 * KIB,
    sessionWindowBytesMax: KIB * KIB,
    budgetBytes: 0,
  },
]

export function drawLimits(random: Random): LimitsPlan {
  return random.pick(limits)
}

/** What a path is like. Where recovery is timed, it is fast enough for that to say something. */
export function drawConditions(random: Random, timed: boolean): NetworkConditions {
  const latencyMs = random.pick(timed ? [1, 2, 8, 20, 40, 80, 150] : [0, 1, 2, 8, 20, 40, 80, 150, 300])
  return {
    latencyMs,
    jitterMs: random.chance(0.5) ? 0 : Math.ceil(latencyMs * random.float()),
    bytesPerMs: random.pick(timed ? [Infinity, 10_000, 1_000] : [Infinity, Infinity, 10_000, 1_000, 200, 60]),
    bufferBytes: random.pick([64, 128, 256, 1_024]) * KIB,
    dials: 'pass',
    isRelayed: false,
  }
}

/** A minute for the network to be found again, what the slowest path needs for everything that may still be due, and slow readers. */
export function patienceMs(paths: readonly PathPlan[], streams: readonly StreamPlan[]): number {
  const bytes = streams.reduce((sum, { there, back }) => sum + there.bytes + back.bytes, 0)
  const slowest = Math.min(...paths.map(({ conditions }) => conditions.bytesPerMs))
  return Math.ceil(90_000 + (2 * bytes) / slowest + Math.max(...streams.map(({ readingMs }) => readingMs)))
}
