import { setTimeout as sleep } from 'node:timers/promises'
import { nowMs } from '../clock.ts'
import { type Stage, scenario } from '../scenarios/scenario.ts'
import { median } from '../statistics.ts'
import { longestGap } from './arrivals.ts'
import { type Duo, startDuo } from './duo.ts'
import { PathProxy } from './path-proxy.ts'

const PROMISED_STALL_MS = 500
const PAIR = 'failover'
/** Between the first data and the silence, which so falls on a different moment of the load and its pings in each round. */
const WARM_UP_MS = 1_500
const WARM_UP_SPREAD_MS = 1_000
const END_LIMIT_MS = 30_000

interface Round {
  readonly stallMs: number
  readonly bytesLost: number
  readonly bytesWrong: number
}

export const failover = scenario({
  about: 'Two links to one peer, one of which falls silent under load',
  details: `stallMs     the longest time without data at the receiver from the silence on; at most 500 ms are promised with
            50 ms of round trip. Medians of the rounds; without a loss it would be about 10 ms
bytesLost   written, but not received at the end; bytesWrong: received, but not in their place. 0 are promised
The links run through two proxies, which delay what they carry; the one that carries the load falls silent, and stays so.`,
  options: {
    rounds: { value: 9, least: 1, about: 'rounds for each round-trip time' },
    rtt: { value: 50, least: 0, about: 'milliseconds of round trip that the proxies make, beside 0' },
    rate: { value: 5, least: 0.01, about: 'load in 10⁶ bytes a second', fraction: true },
    watch: { value: 4, least: 1, about: 'seconds that are watched after the silence', fraction: true },
  },
  async run(options, stage) {
    const roundTrips = [...new Set([0, options.rtt])]
    const results = []
    for (const rttMs of roundTrips) {
      const rounds: Round[] = []
      for (let round = 0; round < options.rounds; round++) {
        stage.progress(`failover: ${rttMs} ms of round trip, round ${round + 1} of ${options.rounds}`)
        rounds.push(await playRound(rttMs, options, stage))
      }
      results.push({ rttMs, ...summary(rounds) })
    }
    return { rateMBPerSecond: options.rate, results }
  },
})

function summary(rounds: readonly Round[]): object {
  const stalls = rounds.map(({ stallMs }) => stallMs)
  return {
    stallMs: median(stalls),
    stallMsMax: Math.max(...stalls),
    promiseMet: median(stalls) <= PROMISED_STALL_MS,
    bytesLost: rounds.reduce((sum, { bytesLost }) => sum + bytesLost, 0),
    bytesWrong: rounds.reduce((sum, { bytesWrong }) => sum + bytesWrong, 0),
    rounds: rounds.length,
  }
}

interface RoundOptions {
  readonly rate: number
  readonly watch: number
}

async function playRound(rttMs: number, { rate, watch }: RoundOptions, stage: Stage): Promise<Round> {
  const conditions = { delayMs: rttMs / 2, bytesPerSecond: Infinity }
  const paths = [new PathProxy(conditions), new PathProxy(conditions)]
  const duo = await startDuo(stage)
  try {
    await duo.connect(PAIR, 'holdfast', { links: 2 }, paths)
    await duo.client.load(PAIR, 1, rate * 1e6)
    await sleep(WARM_UP_MS + Math.random() * WARM_UP_SPREAD_MS)
    const busiest = await activePath(paths)
    const silentMs = nowMs()
    busiest.silence()
    await sleep(watch * 1_000)
    const stallMs = longestGap(await duo.server.arrivals(PAIR), silentMs, nowMs())
    return { stallMs, ...(await balance(duo)) }
  } finally {
    duo.end()
    for (const path of paths) path.close()
  }
}

/** The one that carries the load now. */
async function activePath(paths: readonly PathProxy[]): Promise<PathProxy> {
  const before = paths.map(({ bytes }) => bytes)
  await sleep(100)
  const carried = paths.map(({ bytes }, at) => bytes - (before[at] ?? 0))
  const active = paths[carried.indexOf(Math.max(...carried))]
  if (active === undefined) throw new Error('there is no path')
  return active
}

/** What was written against what came, once all of it should have. */
async function balance({ client, server }: Duo): Promise<{ bytesLost: number; bytesWrong: number }> {
  const written = await client.unload(PAIR)
  const untilMs = nowMs() + END_LIMIT_MS
  let received = await server.received(PAIR)
  while (received.ended === 0 && nowMs() < untilMs) {
    await sleep(50)
    received = await server.received(PAIR)
  }
  return { bytesLost: written - received.bytes, bytesWrong: received.wrong }
}
