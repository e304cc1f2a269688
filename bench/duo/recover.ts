import { setTimeout as sleep } from 'node:timers/promises'
import { nowMs } from '../clock.ts'
import { type Stage, scenario } from '../scenarios/scenario.ts'
import { median } from '../statistics.ts'
import { firstAfter } from './arrivals.ts'
import { type Duo, startDuo } from './duo.ts'
import { HOLDERS, type HolderName } from './holder.ts'
import { connectOverHole, type Hole, prepareHoles } from './hole.ts'

const LOAD_BYTES_PER_SECOND = 20_000
const WARM_UP_MS = 3_000
/** Of those who do the same at the same time, each begins a little later. */
const STAGGER_MS = 370
/** What a program can know: with an echo each 10 ms, a second without one. */
const ECHO_MS = 1_000
const PROMISED_MS_MIN = 1_500
const PROMISED_SHARE = 0.6
const PROMISED_MS_MAX = 60_000

interface Recovery {
  /** Null: not within the limit. */
  readonly recoveryMs: number | null
  readonly attempts: number
}

export const recover = scenario({
  about: 'A black hole of 1, 10 and 60 s while a stream is moving',
  details: `recoveryMs   from its end until data arrives again, the median of those who were cut off at about the same time;
             promised are max(1.5 s, 0.6 × the outage), 60 s at most, each time
attempts     connections that were begun from the start of the outage to the first data after it, the median
Holdfast goes on with the same stream. Plain TLS gets an echo of its data, gives up after a second without, and dials
each second anew; js-libp2p has its peer tagged keep-alive and opens a new stream. Packets are dropped by nftables in a
network namespace; where that cannot be, a proxy stops, which also accepts connections in the meantime.`,
  options: {
    pairs: { value: 5, least: 1, about: 'pairs of each contestant that are cut off' },
    'outage-max': { value: 60, least: 1, about: 'seconds of the longest outage: 10 leaves out that of 60' },
    limit: { value: 90, least: 1, about: 'seconds after the outage in which it has to move again' },
  },
  against: ['libp2p'],
  async run(options, stage) {
    const outages = [1, 10, 60].filter((seconds) => seconds <= options['outage-max'])
    const names = HOLDERS.filter((name) => name === 'holdfast' || stage.has(name))
    await prepareHoles(stage)
    const results = []
    for (const outage of outages) {
      stage.progress(`recover: an outage of ${outage} s`)
      results.push({ outageMs: outage * 1_000, ...(await playOutage(outage * 1_000, names, options, stage)) })
    }
    return { results }
  },
})

async function playOutage(
  outageMs: number,
  names: readonly HolderName[],
  { pairs, limit }: { readonly pairs: number; readonly limit: number },
  stage: Stage,
): Promise<object> {
  const duo = await startDuo(stage)
  try {
    const plays = names.flatMap((name) => Array.from({ length: pairs }, (_, at) => ({ name, pair: `${name} ${at}` })))
    const prepared = []
    for (const { name, pair } of plays) {
      const hole = await connectOverHole(duo, stage, pair, name, name === 'tls' ? { echoMs: ECHO_MS } : {})
      await duo.client.load(pair, 1, LOAD_BYTES_PER_SECOND)
      prepared.push({ name, pair, hole })
    }
    await sleep(WARM_UP_MS)
    const recoveries = await Promise.all(
      prepared.map(async ({ name, pair, hole }, at) => {
        await sleep((at % pairs) * STAGGER_MS)
        return { name, ...(await playPair(duo, pair, hole, outageMs, limit * 1_000)) }
      }),
    )
    return Object.fromEntries(
      names.map((name) => [
        name,
        summary(
          recoveries.filter((each) => each.name === name),
          outageMs,
        ),
      ]),
    )
  } finally {
    duo.end()
  }
}

async function playPair(duo: Duo, pair: string, hole: Hole, outageMs: number, limitMs: number): Promise<Recovery> {
  const before = await duo.client.attempts(pair)
  const dugMs = await hole.dig()
  await sleep(outageMs - (nowMs() - dugMs))
  const healedMs = await hole.fill()
  let recoveryMs: number | null = null
  while (recoveryMs === null && nowMs() < healedMs + limitMs) {
    await sleep(50)
    recoveryMs = firstAfter(await duo.server.arrivals(pair), healedMs)
  }
  const attempts = (await duo.client.attempts(pair)) - before
  await duo.client.close(pair)
  await duo.server.close(pair)
  hole.close()
  return { recoveryMs, attempts }
}

function summary(recoveries: readonly Recovery[], outageMs: number): object {
  const times = recoveries.flatMap(({ recoveryMs }) => recoveryMs ?? [])
  const promisedMs = Math.min(Math.max(PROMISED_MS_MIN, PROMISED_SHARE * outageMs), PROMISED_MS_MAX)
  return {
    recoveryMs: times.length === 0 ? null : median(times),
    recoveryMsMax: times.length === 0 ? null : Math.max(...times),
    notRecovered: recoveries.length - times.length,
    withinPromise: times.filter((timeMs) => timeMs <= promisedMs).length,
    of: recoveries.length,
    attempts: median(recoveries.map(({ attempts }) => attempts)),
  }
}
