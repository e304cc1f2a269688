import { setTimeout as sleep } from 'node:timers/promises'
import type { Child } from '../process.ts'
import { type Remote, remoteOf } from '../rpc.ts'
import { type Stage, scenario } from '../scenarios/scenario.ts'
import { median } from '../statistics.ts'
import type { RestartHost } from './restart-host.ts'

const CALL_LIMIT_MS = 60_000
const DOWN_MS = 5_000
/** A connection that held for so long starts the schedule of its peer anew. */
const STABLE_MS = 11_000
/** Until duplicates would have shown. */
const SETTLE_MS = 500
/** Of pairs that run at the same time, each begins a little later. */
const STAGGER_MS = 900

interface Round {
  readonly order: 'lower' | 'higher'
  readonly reachedMs: number
  readonly links: number
}

interface Process {
  readonly child: Child
  readonly host: Remote<RestartHost>
}

export const restart = scenario({
  about: 'A process killed and started again 5 s later: how soon the other side has a working stream',
  details: `reachedMs    from the moment at which the node of the new process is open until a byte has come back on a new stream that the
             side that kept running opened; by whether the restarted node has the lower id or the higher one. Promised are 300 ms
extraLinks   rounds after which the pair held more than one link; 0 are promised`,
  options: {
    pairs: { value: 4, least: 1, about: 'pairs, of two processes each' },
    rounds: { value: 5, least: 1, about: 'restarts of each pair' },
  },
  async run({ pairs, rounds }, stage) {
    stage.progress(`restart: ${pairs * rounds} restarts`)
    const played = await Promise.all(Array.from({ length: pairs }, (_, at) => playPair(stage, rounds, at * STAGGER_MS)))
    const all = played.flat()
    return {
      ...summary(all),
      lower: summary(all.filter(({ order }) => order === 'lower')),
      higher: summary(all.filter(({ order }) => order === 'higher')),
      extraLinks: all.filter(({ links }) => links !== 1).length,
    }
  },
})

async function playPair(stage: Stage, rounds: number, delayMs: number): Promise<Round[]> {
  await sleep(delayMs)
  const start = (side: 'server' | 'client'): Process => {
    const child = stage.children.startWorker('restart', side)
    return { child, host: remoteOf<RestartHost>(child, CALL_LIMIT_MS) }
  }
  const stayer = start('server')
  let restarted = start('client')
  const folders = [await stayer.host.folder(), await restarted.host.folder()] as const
  const { id } = await stayer.host.open(folders[0])
  const { id: otherId } = await restarted.host.open(folders[1])
  await stayer.host.pair(await restarted.host.ticket())
  const order = otherId < id ? 'lower' : 'higher'
  const results: Round[] = []
  for (let round = 0; round < rounds; round++) {
    await stayer.host.echo()
    await sleep(STABLE_MS)
    restarted.child.end()
    await sleep(DOWN_MS)
    restarted = start('client')
    const { readyMs } = await restarted.host.open(folders[1])
    const reachedMs = (await stayer.host.echo()) - readyMs
    await sleep(SETTLE_MS)
    const { links } = await stayer.host.counts()
    results.push({ order, reachedMs, links })
  }
  stayer.child.end()
  restarted.child.end()
  return results
}

function summary(rounds: readonly Round[]): object {
  const times = rounds.map(({ reachedMs }) => reachedMs)
  if (times.length === 0) return { rounds: 0 }
  return { rounds: times.length, reachedMs: median(times), reachedMsMax: Math.max(...times) }
}
