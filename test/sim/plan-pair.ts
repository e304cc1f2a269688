import type { Layout, PathPlan, Weather } from './plan.ts'
import type { PlainPlan } from './plan-company.ts'
import { drawConditions, drawLimits, patienceMs } from './plan-conditions.ts'
import { drawOutages, drawSpaced, drawStorm, type Fault, inOrder } from './plan-faults.ts'
import { drawStreams, drawTicker, readEagerly } from './plan-streams.ts'
import { Random } from './random.ts'

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
const BYTES_MIN = 1_000_000

/** Two nodes. */
export function drawPair(seed: number): PlainPlan {
  const random = new Random(seed, 1)
  const weather = random.pick(weathers)
  const pairing = random.chance(0.1) ? 'ticket' : 'stored'
  const fromMs = pairing === 'ticket' ? PAIRING_MS : 2_000
  const calmAtMs = weather === 'spaced' ? 580_000 : random.between(420, 580) * 1_000
  const interfaces = random.chance(0.35) ? 2 : 1
  const paths = Array.from(
    { length: interfaces },
    (_, index): PathPlan => ({
      ends: [0, 1],
      interface: index,
      conditions: drawConditions(random, weather === 'spaced'),
    }),
  )
  const layout: Layout = { nodes: 2, interfaces, paths }
  const faults = drawFaults(random, weather, layout, fromMs, calmAtMs)
  const streams = drawStreams(random, faults, calmAtMs)
  const ticker = weather === 'spaced' ? drawTicker(faults) : undefined
  const endAtMs = DURATION_MS_MIN + random.between(0, 30_000)
  return {
    ...layout,
    seed,
    weather,
    linksWanted: interfaces === 2 && random.chance(0.8) ? 2 : 1,
    multipath: seed % 2 === 0 ? 'aggregate' : 'failover',
    pairing,
    retentionMs: weather === 'outages' ? random.between(5, 30) * 1_000 : 3_600_000,
    limits: drawLimits(random),
    streams: ticker === undefined ? streams : [...streams.map(readEagerly), ticker],
    ticker,
    faults,
    checkpointsMs: [],
    bytesMin: BYTES_MIN,
    calmAtMs,
    endAtMs,
    patienceMs: patienceMs(paths, streams),
  }
}

function drawFaults(random: Random, weather: Weather, layout: Layout, fromMs: number, calmAtMs: number): Fault[] {
  if (weather === 'spaced') return drawSpaced(random, layout, fromMs, calmAtMs)
  const storm = drawStorm(random, layout, fromMs, calmAtMs)
  return weather === 'outages' ? inOrder([...drawOutages(random, layout, fromMs, calmAtMs), ...storm]) : storm
}
