import { setTimeout as sleep } from 'node:timers/promises'
import { nowMs } from '../clock.ts'
import { type Stage, scenario } from '../scenarios/scenario.ts'
import { median } from '../statistics.ts'
import { startDuo } from './duo.ts'
import { PathProxy } from './path-proxy.ts'

const PAIR = 'aggregate'
const WARM_UP_MS = 2_000

export const aggregate = scenario({
  about: 'Two links that are limited in rate, shared by several streams',
  details: `oneLink, twoLinks   10⁶ bytes a second that arrive, the median of the rounds
gain                the one over the other; 2 would be perfect
shares              of the bytes of both, by the path that carried them, the more loaded one first
Each link runs through a proxy of its own, which lets pass so much in each direction and delays it.`,
  options: {
    rate: { value: 10, least: 0.1, about: 'rate of each link in 10⁶ bytes a second', fraction: true },
    rtt: { value: 20, least: 0, about: 'milliseconds of round trip that the proxies make' },
    streams: { value: 8, least: 1, about: 'streams' },
    seconds: { value: 8, least: 1, about: 'seconds of each round', fraction: true },
    rounds: { value: 3, least: 1, about: 'rounds' },
  },
  async run(options, stage) {
    const one: number[] = []
    const two: number[] = []
    let shares: number[] = []
    for (let round = 0; round < options.rounds; round++) {
      stage.progress(`aggregate: round ${round + 1} of ${options.rounds}`)
      one.push((await playRound(1, options, stage)).rate)
      const both = await playRound(2, options, stage)
      two.push(both.rate)
      shares = both.shares
    }
    const [oneLink, twoLinks] = [median(one), median(two)]
    return { oneLink, twoLinks, gain: twoLinks / oneLink, shares, streams: options.streams }
  },
})

interface RoundOptions {
  readonly rate: number
  readonly rtt: number
  readonly streams: number
  readonly seconds: number
}

async function playRound(
  links: number,
  { rate, rtt, streams, seconds }: RoundOptions,
  stage: Stage,
): Promise<{ rate: number; shares: number[] }> {
  const conditions = { delayMs: rtt / 2, bytesPerSecond: rate * 1e6 }
  const paths = Array.from({ length: links }, () => new PathProxy(conditions))
  const duo = await startDuo(stage)
  try {
    await duo.connect(PAIR, 'holdfast', { links, multipath: 'aggregate' }, paths)
    await duo.client.load(PAIR, streams, null)
    await sleep(WARM_UP_MS)
    const carriedBefore = paths.map(({ bytes }) => bytes)
    const [beganMs, before] = [nowMs(), await duo.server.received(PAIR)]
    await sleep(seconds * 1_000)
    const [endedMs, after] = [nowMs(), await duo.server.received(PAIR)]
    const carried = paths.map(({ bytes }, at) => bytes - (carriedBefore[at] ?? 0))
    const sum = carried.reduce((all, bytes) => all + bytes, 0)
    return {
      rate: (after.bytes - before.bytes) / 1e3 / (endedMs - beganMs),
      shares: carried.map((bytes) => bytes / sum).toSorted((a, b) => b - a),
    }
  } finally {
    duo.end()
    for (const path of paths) path.close()
  }
}
