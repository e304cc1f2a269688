import { setTimeout as sleep } from 'node:timers/promises'
import { simulateNoise } from '../noise/simulated.ts'
import { type Stage, scenario } from '../scenarios/scenario.ts'
import { median } from '../statistics.ts'
import { type Duo, startDuo } from './duo.ts'
import type { HoldEvent } from './holder.ts'
import { connectOverHole, prepareHoles } from './hole.ts'
import { allSubjects, MODES, type Subject } from './subjects.ts'

const LOAD_BYTES_PER_SECOND = 100_000
const WARM_UP_MS = 5_000
const HOUR_MS = 3_600_000

/** When one end noticed; milliseconds since the silence, null if it did not. */
interface Noticed {
  readonly suspectMs: number | null
  readonly lostMs: number | null
  /** The same for the other end. */
  readonly lostMsReader: number | null
}

export const detect = scenario({
  about: 'How long a black hole goes unnoticed, idle and under load',
  details: `suspectMs    until the end that dials, and writes, said that the peer is in doubt (degraded); median of the pairs
lostMs       until it gave the connection up; lostMsReader: until the other end did, which only reads
             promised are 3 s and 15 s under load, 45 s until lost when idle in the modes with the kernel's keep-alive
falseAlarms  suspicions and losses in an hour of a simulated network that is healthy but jittery; 0 are promised
Null: not within the time that is watched. js-libp2p is tagged keep-alive; plain TLS has the kernel's keep-alive alone.
Packets are dropped by nftables in a network namespace; where that cannot be, a proxy stops, and the kernel's keep-alive,
which the proxy's own kernel goes on to answer, notices nothing.`,
  options: {
    pairs: { value: 3, least: 1, about: 'pairs of each kind' },
    minutes: { value: 3, least: 0.1, about: 'minutes that are watched', fraction: true },
    hours: { value: 1, least: 0, about: 'hours of the simulation', fraction: true },
  },
  against: ['libp2p'],
  async run(options, stage) {
    await prepareHoles(stage)
    const result = await playSilence(allSubjects(stage), options, stage)
    stage.progress('detect: simulated jitter')
    const falseAlarms: Record<string, number> = {}
    for (const mode of options.hours > 0 ? MODES : []) {
      const alarms = await simulateNoise({ mode, durationMs: options.hours * HOUR_MS, kind: 'jittery' })
      falseAlarms[mode] = alarms.suspicions + alarms.losses
    }
    return { ...result, falseAlarms }
  },
})

/** All at once: each has a port of its own, and next to nothing to do. */
async function playSilence(
  subjects: readonly Subject[],
  { pairs, minutes }: { readonly pairs: number; readonly minutes: number },
  stage: Stage,
): Promise<object> {
  const duo = await startDuo(stage)
  try {
    const plays = []
    stage.progress('detect: connecting')
    for (const loaded of [false, true]) {
      for (const subject of subjects) {
        for (let at = 0; at < pairs; at++) {
          const pair = `${subject.label} ${loaded ? 'loaded' : 'idle'} ${at}`
          const hole = await connectOverHole(duo, stage, pair, subject.name, subject.options)
          if (loaded) await duo.client.load(pair, 1, LOAD_BYTES_PER_SECOND)
          plays.push({ label: subject.label, loaded, pair, hole })
        }
      }
    }
    await sleep(WARM_UP_MS)
    stage.progress(`detect: ${minutes} minutes of silence`)
    const dug = await Promise.all(plays.map(async (play) => ({ ...play, atMs: await play.hole.dig() })))
    await sleep(minutes * 60_000)
    const noticed = await Promise.all(
      dug.map(async (play) => ({ ...play, ...(await bothEnds(duo, play.pair, play.atMs)) })),
    )
    for (const { hole } of plays) hole.close()
    const of = (loaded: boolean): object =>
      Object.fromEntries(
        subjects.map(({ label }) => [
          label,
          summary(noticed.filter((play) => play.loaded === loaded && play.label === label)),
        ]),
      )
    return { idle: of(false), load: of(true) }
  } finally {
    duo.end()
  }
}

async function bothEnds(duo: Duo, pair: string, atMs: number): Promise<Noticed> {
  const [writer, reader] = await Promise.all([duo.client.events(pair), duo.server.events(pair)])
  const first = (events: readonly HoldEvent[], kinds: readonly HoldEvent['kind'][]): number | null => {
    const found = events.find((event) => event.atMs >= atMs && kinds.includes(event.kind))
    return found === undefined ? null : found.atMs - atMs
  }
  return {
    suspectMs: first(writer, ['suspect', 'lost']),
    lostMs: first(writer, ['lost']),
    lostMsReader: first(reader, ['lost']),
  }
}

function summary(noticed: readonly Noticed[]): object {
  const middle = (values: readonly (number | null)[]): number | null => {
    const middleValue = median(values.map((value) => value ?? Infinity))
    return middleValue === Infinity ? null : middleValue
  }
  return {
    suspectMs: middle(noticed.map(({ suspectMs }) => suspectMs)),
    lostMs: middle(noticed.map(({ lostMs }) => lostMs)),
    lostMsReader: middle(noticed.map(({ lostMsReader }) => lostMsReader)),
    unnoticed: noticed.filter(({ lostMs, lostMsReader }) => lostMs === null || lostMsReader === null).length,
    of: noticed.length,
  }
}
