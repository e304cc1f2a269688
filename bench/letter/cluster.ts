// Four nodes of one configuration, each on a machine of its own: the lower address dials, no pings, as document 001 wants it.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { CableEnd } from '../../test/net/lab/cable.ts'
import { type Criteria, type Source, SPACEDRIVE, SYNCTHING, TIME } from './criteria.ts'
import { Machine, until } from './machine.ts'
import { type Part, scaledSeconds } from './plan.ts'

const NAMES = ['one', 'two', 'three', 'four']
const CONNECT_LIMIT_MS = 30_000
/** Until then connections that are too many have shown, and been closed. */
const SETTLE_MS = 3_000
const DETECT_SLACK_S = 5
/** Whoever tries fifty times a minute and writes a line about each has 500 in ten minutes; a tenth of that is left. */
const LOG_LINES_MAX = 50
const TEN_MINUTES_MS = 600_000

const deployment: Source = { document: TIME, section: 'Success Metrics, Deployment Success' }
const performanceMetrics: Source = { document: TIME, section: 'Success Metrics, Performance Metrics' }
const expected: Source = { document: TIME, section: 'Expected Outcomes, After Refactor' }
const integration: Source = { document: TIME, section: 'Testing Plan, Integration Tests' }
const keepAlive: Source = { document: TIME, section: 'Phase 4: Remove Ping/Pong' }

interface Cluster {
  readonly machines: readonly Machine[]
  readonly ends: readonly CableEnd[]
}

/** `started` is called when the start has been measured, which wants the processors for itself. */
export async function measureCluster(part: Part, started: () => void): Promise<void> {
  const { criteria, durations, progress } = part
  const cluster = await prepare(part)
  const { machines } = cluster
  progress('cluster: four nodes start at once')
  await Promise.all(machines.map((machine) => machine.start()))
  await measureStart(criteria, machines)
  started()

  progress(`cluster: left alone for ${durations.stableMs / 60_000} min`)
  await measureRest(criteria, machines, durations.stableMs)

  progress('cluster: a cable falls silent')
  await measureSilence(part, cluster)

  progress('cluster: a member is away')
  await measureAbsence(part, machines)
}

async function prepare(part: Part): Promise<Cluster> {
  const { lab, folder, durations } = part
  const hosts = await Promise.all(NAMES.map((name) => lab.host(name)))
  const ends = await lab.network(hosts)
  await writeFile(join(folder, 'secret'), 'f00d5e1f0b9c2d7a4486a1b2c3d4e5f60718', { mode: 0o600 })
  const addresses = ends.map(({ address }) => JSON.stringify(`tcp://${address}:4001`))
  const config = `listen = ["tcp://0.0.0.0:4001"]
networkSecretFile = "secret"
networkAddresses = [${addresses.join(', ')}]
direction = "strict"
dialOrder = "address"
keepAliveMode = "tcp"
pingsUnderLoad = false
tcpKeepAliveIdleS = ${scaledSeconds(30, durations)}
tcpKeepAliveIntervalS = ${scaledSeconds(10, durations)}
`
  const machines = await Promise.all(hosts.map((host) => Machine.create(part, host, config)))
  return { machines, ends }
}

async function measureStart(criteria: Criteria, machines: readonly Machine[]): Promise<void> {
  await until(async () => (await connectedCounts(machines)).every((count) => count === 3), CONNECT_LIMIT_MS)
  criteria.equal(deployment, 'nodes that are connected with all others', await fullyConnected(machines), 4)
  const started = await Promise.all(machines.map((machine) => machine.status()))
  const connections = await Promise.all(machines.map((machine) => machine.connections()))
  const since = connections.flat().map(({ connectedSinceMs }) => connectedSinceMs ?? Infinity)
  const establishedMs = Math.max(...since) - Math.max(...started.map(({ startedAtMs }) => startedAtMs))
  criteria.below(
    performanceMetrics,
    'from the start of the last node until all are connected',
    establishedMs / 1_000,
    1,
    's',
  )

  await sleep(SETTLE_MS)
  const settled = await Promise.all(machines.map((machine) => machine.connections()))
  criteria.equal(
    integration,
    'pairs with exactly one link at both ends',
    settled.flat().filter(({ links }) => links === 1).length / 2,
    6,
  )
  // The names are in the order of the addresses.
  const wrong = settled.flatMap((peers, at) =>
    peers.filter(({ name, type }) => type !== (at < NAMES.indexOf(name) ? 'tcp-client' : 'tcp-server')),
  )
  criteria.equal(integration, 'links that the higher address dialed', wrong.length / 2, 0)
  const counts = await Promise.all(machines.map((machine) => machine.established()))
  criteria.equal(deployment, 'TCP connections a node', counts.join(', '), '3, 3, 3, 3')
  const all = (await Promise.all(machines.map((machine) => machine.events()))).flat()
  criteria.equal(
    performanceMetrics,
    'links that were lost because both dialed, or for another race',
    all.filter(({ type }) => type === 'link:lost').length,
    0,
  )
  const trips = await Promise.all(
    machines.flatMap((machine) => NAMES.filter((name) => name !== machine.name).map((name) => machine.ping(name))),
  )
  criteria.equal(
    { ...deployment, section: `${deployment.section} (its own "block production")` },
    'exchanges of the application that succeed at once',
    trips.length,
    12,
  )
}

async function measureRest(criteria: Criteria, machines: readonly Machine[], restMs: number): Promise<void> {
  const startMs = performance.now()
  const before = await Promise.all(machines.map((machine) => machine.processorSeconds()))
  const attempts = await Promise.all(machines.map((machine) => machine.attempts()))
  const lines = machines.map(({ log }) => log.length)
  await sleep(restMs)
  const seconds = (performance.now() - startMs) / 1_000
  const after = await Promise.all(machines.map((machine) => machine.processorSeconds()))
  const shares = after.map((used, at) => (100 * (used - (before[at] ?? 0))) / seconds)
  criteria.below(
    performanceMetrics,
    'processor time of the busiest node at rest',
    Math.max(...shares),
    1,
    '% of a core',
  )
  const grown = machines.map(({ log }, at) => ((log.length - (lines[at] ?? 0)) * TEN_MINUTES_MS) / restMs)
  criteria.below(
    performanceMetrics,
    'lines of log of the most talkative node in ten minutes',
    Math.max(...grown),
    LOG_LINES_MAX,
    'lines',
  )
  criteria.equal(deployment, 'nodes that are connected with all others at the end', await fullyConnected(machines), 4)
  const losses = await sumOf(machines, 'holdfast_losses_total')
  criteria.equal(deployment, `losses within ${Math.round(seconds / 6) / 10} min`, losses, 0)
  criteria.equal(deployment, 'timeouts of pings', await sumOf(machines, 'holdfast_link_losses_total', 'no-answer'), 0)
  criteria.equal(
    performanceMetrics,
    'duplicate connections',
    await sumOf(machines, 'holdfast_link_losses_total', 'duplicate'),
    0,
  )
  await measureHandshakes(criteria, machines)
  const late = await Promise.all(machines.map((machine) => machine.attempts()))
  const more = late.reduce((sum, count, at) => sum + count - (attempts[at] ?? 0), 0)
  criteria.equal(deployment, 'attempts to connect while all are connected', more, 0)
}

/** A connection that was refused because nobody listened yet, `connect-failed`, began no handshake. */
async function measureHandshakes(criteria: Criteria, machines: readonly Machine[]): Promise<void> {
  const all = (await Promise.all(machines.map((machine) => machine.events()))).flat()
  const failed = all.filter(({ type, data }) => type === 'dial:failed' && data['code'] !== 'connect-failed').length
  criteria.equal(deployment, 'handshakes that failed', failed, 0)
  const links = all.filter(({ type }) => type === 'link:up').length / 2
  criteria.atLeast(expected, 'handshakes that succeed', (100 * links) / (links + failed), 95, '%')
}

/** The cable of the last machine swallows everything: the kernel's keep-alive has to notice. */
async function measureSilence({ criteria, durations }: Part, { machines, ends }: Cluster): Promise<void> {
  const [first] = machines
  const [last] = ends.slice(-1)
  if (first === undefined || last === undefined) throw new Error('there are no machines')
  const promisedS = scaledSeconds(30, durations) + 3 * scaledSeconds(10, durations)
  const cutMs = Date.now()
  await last.swallow()
  const gone = (): Promise<boolean> => first.event('peer:disconnected', cutMs).then((event) => event !== undefined)
  await until(gone, (promisedS + 4 * DETECT_SLACK_S) * 1_000)
  const lost = await first.event('peer:disconnected', cutMs)
  const shortened = durations.scale < 1 ? `, shortened from 60 s to ${promisedS} s` : ''
  criteria.atMost(
    keepAlive,
    `silence until the loss is noticed by the system alone${shortened}`,
    lost && (lost.atMs - cutMs) / 1_000,
    promisedS + DETECT_SLACK_S,
    's',
  )
  await last.heal()
  const back = await until(async () => (await fullyConnected(machines)) === 4, 2 * CONNECT_LIMIT_MS)
  criteria.atMost(
    { document: SPACEDRIVE, section: '5. Immediate Reconnection on Disconnect' },
    'reconnection of all after the silence',
    back && back / 1_000,
    30,
    's',
  )
}

/** The last machine's process is killed; everybody else may dial it, and it dials nobody. */
async function measureAbsence({ criteria, durations }: Part, machines: readonly Machine[]): Promise<void> {
  const [absent] = machines.slice(-1)
  if (absent === undefined) throw new Error('there are no machines')
  const others = machines.slice(0, -1)
  const before = await Promise.all(others.map((machine) => machine.attempts()))
  const told = await sumEach(others, 'holdfast_reconnection_attempts_total')
  await absent.kill()
  await sleep(durations.absenceMs)
  const after = await Promise.all(others.map((machine) => machine.attempts()))
  const toldAfter = await sumEach(others, 'holdfast_reconnection_attempts_total')
  const onWire = after.map((count, at) => count - (before[at] ?? 0))
  const minutes = durations.absenceMs / 60_000
  const window = minutes < 1 ? `the first ${Math.round(durations.absenceMs / 1_000)} s` : 'the first minute'
  criteria.below(
    expected,
    `attempts of a node in ${window} of an absence, on the wire`,
    Math.max(...onWire),
    10,
    'attempts',
  )
  const counted = toldAfter.map((count, at) => count - (told[at] ?? 0))
  criteria.equal(
    { document: SYNCTHING, section: '10.1 Metrics Collection' },
    'reconnection attempts by the metric, against those on the wire',
    counted.join(', '),
    onWire.join(', '),
  )

  await absent.start()
  const { startedAtMs } = await absent.status()
  const back = await until(async () => (await connectedCounts([absent]))[0] === 3, CONNECT_LIMIT_MS)
  const since = (await absent.connections()).map(({ connectedSinceMs }) => connectedSinceMs ?? Infinity)
  const tookS = back === undefined ? undefined : (Math.max(...since) - startedAtMs) / 1_000
  criteria.atMost(
    { document: SPACEDRIVE, section: 'Testing Checklist, Immediate reconnection' },
    'a killed node that never dials is connected again after its restart',
    tookS,
    5,
    's',
  )
}

function connectedCounts(machines: readonly Machine[]): Promise<number[]> {
  return Promise.all(
    machines.map(async (machine) => (await machine.connections()).filter(({ connected }) => connected).length),
  )
}

async function fullyConnected(machines: readonly Machine[]): Promise<number> {
  return (await connectedCounts(machines)).filter((count) => count === 3).length
}

function sumEach(machines: readonly Machine[], name: string, label?: string): Promise<number[]> {
  return Promise.all(machines.map((machine) => machine.metric(name, label)))
}

async function sumOf(machines: readonly Machine[], name: string, label?: string): Promise<number> {
  return (await sumEach(machines, name, label)).reduce((a, b) => a + b, 0)
}
