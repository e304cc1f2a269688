// Two paired machines with the configuration of document 003: the score, what the API and the metrics show of it, the warning before a loss, and the waits between attempts.
import { setTimeout as sleep } from 'node:timers/promises'
import { type Criteria, type Source, SYNCTHING } from './criteria.ts'
import { Machine, pairMachines, until } from './machine.ts'
import type { Part } from './plan.ts'

const WARNING_LIMIT_MS = 20_000
const LOOK_MS = 20
/** The waits before the second attempt and those after it, in seconds, ±20 %. */
const WAITS_S = [1, 4, 16, 60]
const JITTER = 0.2
/** What a connection attempt, and looking for it, may add. */
const SLACK_S = 0.5

const api: Source = { document: SYNCTHING, section: '6.1 Connection Status API' }
const model: Source = { document: SYNCTHING, section: '6.2 Health Metrics Data Model' }
const metrics: Source = { document: SYNCTHING, section: '10.1 Metrics Collection' }
const logging: Source = { document: SYNCTHING, section: '10.2 Logging' }

export async function measureScore(part: Part): Promise<void> {
  const { lab, criteria, durations, progress } = part
  const config = `adaptiveKeepAliveEnabled = true
adaptiveKeepAliveMinS = 5
adaptiveKeepAliveMaxS = 120
multipathEnabled = true
reconnectionFactor = 4
mdnsEnabled = false
`
  const hosts = [await lab.host('carol'), await lab.host('dave')] as const
  const cable = await lab.cable(...hosts)
  const [carol, dave] = await Promise.all([
    Machine.create(part, hosts[0], config),
    Machine.create(part, hosts[1], config),
  ])
  await Promise.all([carol.start(), dave.start()])
  await pairMachines(carol, dave)
  progress('score: what is shown')
  await sleep(2_000)
  await measureShown(criteria, carol)

  progress('score: the warning before a loss')
  const cutMs = Date.now()
  await cable.cut()
  void carol.ping('dave').catch(() => undefined)
  const states = async (): Promise<string[]> =>
    (await carol.events())
      .filter(({ type, atMs }) => type === 'peer:state' && atMs >= cutMs)
      .map(({ data }) => String((data['state'] as { kind?: unknown } | undefined)?.kind))
  await until(async () => (await states()).includes('disconnected'), WARNING_LIMIT_MS)
  const [first] = await states()
  criteria.equal(
    { document: SYNCTHING, section: '4.2.1 Early Warning System' },
    'what is told first of a path that dies under load',
    String(first),
    'degraded',
  )
  criteria.atLeast(
    logging,
    'lines of log on the degradation',
    carol.log.filter((line) => /degraded|trouble|answer/i.test(line)).length,
    1,
    'lines',
  )
  await cable.heal()
  const healed = await until(() => carol.isConnected('dave'), 70_000)
  criteria.atMost(
    { document: SYNCTHING, section: '8.2 Integration Tests' },
    'recovery after the outage',
    healed && healed / 1_000,
    60,
    's',
  )

  progress('score: the waits between attempts')
  // A schedule starts anew after ten seconds of stability.
  await sleep(11_000)
  await measureBackoff(criteria, carol, dave, durations.scale)
}

async function measureShown(criteria: Criteria, machine: Machine): Promise<void> {
  const shown = await machine.connection('dave')
  const has = (names: readonly string[]): string[] =>
    names.filter((name) => (shown?.[name as keyof typeof shown] ?? undefined) === undefined)
  criteria.contains(
    api,
    'fields of connectionStatus',
    has(['connected', 'address', 'type', 'latency', 'healthScore', 'lastSeen']),
    'connected, address, type, latency, healthScore, lastSeen',
  )
  criteria.contains(
    model,
    'fields of the health model',
    has(['jitter', 'packetLoss', 'lastCheck', 'type']),
    'jitter, packetLoss, lastCheck, connectionType',
  )
  criteria.atLeast(
    { document: SYNCTHING, section: '4.1.3 Adaptive Keep-Alive Intervals' },
    'score of a good path, which asks for a ping every 120 s',
    shown?.healthScore ?? undefined,
    80,
    'points',
  )
  const text = await machine.metrics()
  const wanted: Readonly<Record<string, RegExp>> = {
    'connection health scores': /health_score/,
    'reconnection attempts': /reconnection_attempts_total/,
    'failover events': /failovers_total/,
    'connection quality trends': /trend/,
  }
  criteria.contains(
    metrics,
    'metrics',
    Object.keys(wanted).filter((name) => wanted[name]?.test(text) === false),
    Object.keys(wanted).join(', '),
  )
}

async function measureBackoff(criteria: Criteria, carol: Machine, dave: Machine, scale: number): Promise<void> {
  const waits = scale < 1 ? WAITS_S.slice(0, 2) : WAITS_S
  const before = await carol.attempts()
  const atS: number[] = []
  let seen = 0
  await dave.kill()
  const startMs = performance.now()
  const enough = async (): Promise<boolean> => {
    const count = (await carol.attempts()) - before
    const nowS = (performance.now() - startMs) / 1_000
    // An attempt tries the peer's addresses one after the other.
    if (count > seen && nowS - (atS.at(-1) ?? -Infinity) > SLACK_S) atS.push(nowS)
    seen = count
    await sleep(LOOK_MS)
    return atS.length > waits.length
  }
  await until(enough, (waits.reduce((a, b) => a + b, 0) * (1 + JITTER) + 5) * 1_000)
  const found = atS.slice(1).map((second, at) => second - (atS[at] ?? 0))
  const wrong = waits.filter((wait, at) => {
    const measured = found[at] ?? Infinity
    return measured < wait * (1 - JITTER) - SLACK_S || measured > wait * (1 + JITTER) + SLACK_S
  })
  const source = { document: SYNCTHING, section: '4.3.1 Exponential Backoff with Jitter' }
  criteria.below(source, 'from the loss until the first attempt', atS[0], 1, 's')
  criteria.contains(
    source,
    `waits of ${found
      .slice(0, waits.length)
      .map((wait) => wait.toFixed(1))
      .join(', ')} s`,
    wrong.map((wait) => `${wait} s`),
    `${waits.join(', ')} s, ±20 %`,
  )
}
