import { setTimeout as sleep } from 'node:timers/promises'
import { addLoss, type FalseAlarms, noAlarms } from '../noise/alarms.ts'
import { simulateNoise } from '../noise/simulated.ts'
import { type Stage, scenario } from '../scenarios/scenario.ts'
import { startDuo } from './duo.ts'
import type { HoldEvent, HolderName } from './holder.ts'
import { loseAtRandom } from './hole.ts'
import { allSubjects, MODES } from './subjects.ts'

const LOAD_BYTES_PER_SECOND = 50_000
const HOUR_MS = 3_600_000

export const noise = scenario({
  about: 'Networks that lose and delay, but work: what is given up there is a false loss',
  details: `packetLoss   false alarms of idle pairs and of pairs with load, while each packet is lost with the given
             probability; by nftables in a network namespace, and null where that cannot be
losses       links that fell silent and were given up, also where another stood beside them
replaced     links that gave way to another; the stream went on
disconnects  times at which a side had no link left; 0 are promised, but for mode tcp at rest: a loss there is three of the
             kernel's questions that stay without an answer, which at 20 % loss happens to one in twenty
jitter       the same in a simulated day of heavy jitter, delays of up to 2.5 s that change all the time, for each mode
             of keep-alive, one pair idle and one that talks`,
  options: {
    percent: { value: 20, least: 0, about: 'of a hundred packets that are lost' },
    minutes: { value: 3, least: 0.1, about: 'minutes of that', fraction: true },
    pairs: { value: 5, least: 1, about: 'pairs of each kind' },
    hours: { value: 24, least: 0, about: 'hours of the simulation', fraction: true },
  },
  against: ['libp2p'],
  async run({ percent, minutes, pairs, hours }, stage) {
    const packetLoss = stage.canDrop ? await playLoss({ percent, minutes, pairs }, stage) : null
    const jitter: Record<string, FalseAlarms> = {}
    for (const mode of hours > 0 ? MODES : []) {
      stage.progress(`noise: ${hours} simulated hours, ${mode}`)
      jitter[mode] = await simulateNoise({ mode, durationMs: hours * HOUR_MS, kind: 'heavy' })
    }
    return { packetLoss, jitter }
  },
})

async function playLoss(
  { percent, minutes, pairs }: { readonly percent: number; readonly minutes: number; readonly pairs: number },
  stage: Stage,
): Promise<object> {
  const duo = await startDuo(stage)
  const subjects = allSubjects(stage)
  try {
    const plays: { label: string; loaded: boolean; pair: string }[] = []
    stage.progress('noise: connecting')
    for (const loaded of [false, true]) {
      for (const { label, name, options } of subjects) {
        for (let at = 0; at < pairs; at++) {
          const pair = `${label} ${loaded ? 'loaded' : 'idle'} ${at}`
          await duo.connect(pair, name, options)
          if (loaded) await duo.client.load(pair, 1, LOAD_BYTES_PER_SECOND)
          plays.push({ label, loaded, pair })
        }
      }
    }
    stage.progress(`noise: ${minutes} minutes in which ${percent} of 100 packets are lost`)
    await loseAtRandom(percent)
    await sleep(minutes * 60_000)
    const alarms = await Promise.all(
      plays.map(async (play) => {
        const ends = await Promise.all([duo.client.events(play.pair), duo.server.events(play.pair)])
        return { ...play, events: ends.flat() }
      }),
    )
    const of = (loaded: boolean): object =>
      Object.fromEntries(
        subjects.map(({ label, name }) => {
          const own = alarms.filter((play) => play.loaded === loaded && play.label === label)
          const events = own.flatMap((play) => play.events)
          return [label, alarmsOf(events, name)]
        }),
      )
    return { pairs, idle: of(false), load: of(true) }
  } finally {
    duo.end()
  }
}

/** With the others, a connection is the peer's only link. */
function alarmsOf(events: readonly HoldEvent[], name: HolderName): FalseAlarms {
  const alarms = noAlarms()
  for (const { kind, detail } of events) {
    if (kind === 'suspect') alarms.suspicions++
    if (kind === 'lost') alarms.disconnects++
    if (kind === (name === 'holdfast' ? 'link-lost' : 'lost')) addLoss(alarms, detail)
  }
  return alarms
}
