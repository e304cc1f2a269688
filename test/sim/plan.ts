import type { NetworkConditions } from '../../src/transport/memory-conditions.ts'
import { drawOutages, drawSpaced, drawStorm, type Fault } from './plan-faults.ts'
import { drawStreams, drawTicker, readEagerly, type StreamPlan } from './plan-streams.ts'
import { Random } from './random.ts'

/**
 * `storm`: faults strike at any time, several at once. `spaced`: one at a time, so that recovery from each can be timed.
 * `outages`: a storm, and outages longer than a session is kept, so that sessions are lost.
 */
export type Weather = 'storm' | 'spaced' | 'outages'

/** What a seed stands for: everything that happens from outside, drawn before anything runs. */
export interface Plan {
  readonly seed: number
  readonly weather: Weather
  /** One path for each interface that the nodes have. */
  readonly paths: readonly NetworkConditions[]
  readonly linksWanted: number
  readonly pairing: 'stored' | 'ticket'
  /** How long a session without a link is kept. */
  readonly retentionMs: number
  readonly limits: LimitsPlan
  readonly streams: readonly StreamPlan[]
  /** Of these, the one that shows whether bytes move. */
  readonly ticker: StreamPlan | undefined
  readonly faults: readonly Fault[]
  /** When the last fault is over and the last byte was given to its stream. */
  readonly calmAtMs: number
  /** How long the simulation lasts at least. */
  readonly endAtMs: number
  /** By when everything must have arrived, after calm has returned. */
  readonly patienceMs: number
}

/** The bounds of memory: narrow ones are met sooner. */
export interface LimitsPlan {
  readonly unacknowledgedBytes: number
  readonly unacknowledgedBytesMax: number
  readonly streamWindowBytesMax: number
  readonly sessionWindowBytesMax: number
  /** What all sessions of a node may grow to beyond their first limits. */
  readonly budgetBytes: number
}

/** How often each is drawn: by its share of this list. */
const weathers: readonly Weather[] = [
  'storm',
  'storm',
  'storm',
  'storm',
  'storm',
  'storm',
  'spaced',
  'spaced',
  'outages',
]
const DURATION_MS_MIN = 600_000
/** Pairing by ticket has this long before anything strikes. */
const PAIRING_MS = 15_000
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

export function drawPlan(seed: number): Plan {
  const random = new Random(seed, 1)
  const weather = random.pick(weathers)
  const pairing = random.chance(0.1) ? 'ticket' : 'stored'
  const fromMs = pairing === 'ticket' ? PAIRING_MS : 2_000
  const calmAtMs = weather === 'spaced' ? 580_000 : random.between(420, 580) * 1_000
  const paths = Array.from({ length: random.chance(0.35) ? 2 : 1 }, () => drawConditions(random, weather))
  const faults = drawFaults(random, weather, paths.length, fromMs, calmAtMs)
  const streams = drawStreams(random, faults, calmAtMs)
  const ticker = weather === 'spaced' ? drawTicker(faults) : undefined
  return {
    seed,
    weather,
    paths,
    linksWanted: paths.length === 2 && random.chance(0.8) ? 2 : 1,
    pairing,
    retentionMs: weather === 'outages' ? random.between(5, 30) * 1_000 : 3_600_000,
    limits: random.pick(limits),
    streams: ticker === undefined ? streams : [...streams.map(readEagerly), ticker],
    ticker,
    faults,
    calmAtMs,
    endAtMs: DURATION_MS_MIN + random.between(0, 30_000),
    patienceMs: patienceMs(paths, streams),
  }
}

function drawFaults(random: Random, weather: Weather, paths: number, fromMs: number, calmAtMs: number): Fault[] {
  switch (weather) {
    case 'storm':
      return drawStorm(random, paths, fromMs, calmAtMs)
    case 'spaced':
      return drawSpaced(random, paths, fromMs, calmAtMs)
    case 'outages':
      return [...drawOutages(random, paths, fromMs, calmAtMs), ...drawStorm(random, paths, fromMs, calmAtMs)]
  }
}

/** Where recovery is timed, the network is fast enough for that to say something. */
function drawConditions(random: Random, weather: Weather): NetworkConditions {
  const timed = weather === 'spaced'
  const latencyMs = random.pick(timed ? [1, 2, 8, 20, 40, 80, 150] : [0, 1, 2, 8, 20, 40, 80, 150, 300])
  return {
    latencyMs,
    jitterMs: random.chance(0.5) ? 0 : Math.ceil(latencyMs * random.float()),
    bytesPerMs: random.pick(timed ? [Infinity, 10_000, 1_000] : [Infinity, Infinity, 10_000, 1_000, 200, 60]),
    bufferBytes: random.pick([64, 128, 256, 1_024]) * KIB,
    dials: 'pass',
  }
}

/** A minute for the network to be found again, what the slowest path needs for everything that may still be due, and slow readers. */
function patienceMs(paths: readonly NetworkConditions[], streams: readonly StreamPlan[]): number {
  const bytes = streams.reduce((sum, { there, back }) => sum + there.bytes + back.bytes, 0)
  const slowest = Math.min(...paths.map(({ bytesPerMs }) => bytesPerMs))
  return 90_000 + (2 * bytes) / slowest + Math.max(...streams.map(({ readingMs }) => readingMs))
}
