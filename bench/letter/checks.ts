// Two paired machines with health checks at a fixed interval, as document 000 wants them; and what document 002 wants of their one connection.
import { setTimeout as sleep } from 'node:timers/promises'
import { type Criteria, IROH, type Source, SPACEDRIVE } from './criteria.ts'
import { Machine, pairMachines, until } from './machine.ts'
import { type Part, scaledSeconds } from './plan.ts'

const EXCHANGES = 300
const RESTART_LIMIT_MS = 30_000

const detection: Source = { document: SPACEDRIVE, section: '4. Periodic Health Checks, Detection Time' }
const checklist = (item: string): Source => ({ document: SPACEDRIVE, section: `Testing Checklist, ${item}` })
const afterFixes: Source = { document: IROH, section: 'Impact Assessment, After Fixes' }
const strategy: Source = { document: IROH, section: 'Testing Strategy' }

export async function measureChecks(part: Part): Promise<void> {
  const { lab, criteria, durations, progress } = part
  const [intervalS, timeoutS] = [scaledSeconds(60, durations), scaledSeconds(10, durations)]
  const config = `keepAliveMode = "fixed"
fixedKeepAliveIntervalS = ${intervalS}
fixedKeepAliveTimeoutS = ${timeoutS}
mdnsEnabled = false
logLevel = "debug"
`
  const hosts = [await lab.host('alice'), await lab.host('bob')] as const
  const cable = await lab.cable(...hosts)
  const [alice, bob] = await Promise.all([
    Machine.create(part, hosts[0], config),
    Machine.create(part, hosts[1], config),
  ])
  await Promise.all([alice.start(), bob.start()])

  progress('checks: a pairing, and many streams')
  await measurePairing(criteria, alice, bob)
  await measureStreams(criteria, alice, bob)

  progress(`checks: ${durations.checksMs / 60_000} min of health checks`)
  const before = (await alice.attempts()) + (await bob.attempts())
  await sleep(durations.checksMs)
  const losses = (await alice.metric('holdfast_losses_total')) + (await bob.metric('holdfast_losses_total'))
  criteria.equal(checklist('Health checks work'), 'devices that were taken for lost falsely', losses, 0)
  // Repetition is folded: the first answers are a line each, later ones are counted.
  const answered = alice.log.filter((line) => /ping answered by bob/.test(line)).length
  criteria.atLeast(checklist('Health checks work'), 'lines "ping answered by bob" at level debug', answered, 1, 'lines')
  const more = (await alice.attempts()) + (await bob.attempts()) - before
  criteria.equal(strategy, 'attempts to connect while the two are connected', more, 0)

  progress('checks: a device is killed, and comes back')
  await measureKill(criteria, alice, bob)
  progress('checks: a device falls silent')
  const cutMs = Date.now()
  await cable.cut()
  const limitS = 3 * intervalS + timeoutS
  const isLost = async (): Promise<boolean> => (await alice.event('peer:disconnected', cutMs)) !== undefined
  await until(isLost, (limitS + 30) * 1_000)
  const lost = await alice.event('peer:disconnected', cutMs)
  const shortened = durations.scale < 1 ? `, shortened from 180 s to ${3 * intervalS} s` : ''
  criteria.atMost(detection, `silence until it is lost${shortened}`, lost && (lost.atMs - cutMs) / 1_000, limitS, 's')
  await cable.heal()
}

async function measurePairing(criteria: Criteria, alice: Machine, bob: Machine): Promise<void> {
  await pairMachines(alice, bob)
  await sleep(1_000)
  criteria.equal(
    { document: IROH, section: 'The Correct Pairing Flow' },
    'connections of a pairing, the first link among them',
    (await alice.established()) + (await alice.connections()).filter(({ links }) => links !== 1).length,
    1,
  )
  const states = [await alice.connection('bob'), await bob.connection('alice')].map((one) => one?.state)
  criteria.equal(
    { document: SPACEDRIVE, section: 'Testing Checklist, Integration Tests' },
    'state of both after the pairing',
    states.join(', '),
    'connected, connected',
  )
  const noise = [...alice.log, ...bob.log].filter((line) =>
    /authentication failed|attempt \d+ of \d+|"level":"(warn|error)"/.test(line),
  )
  criteria.equal(checklist('Clean logs'), 'lines that tell of errors', noise.length, 0)
}

async function measureStreams(criteria: Criteria, alice: Machine, bob: Machine): Promise<void> {
  const since = (await alice.connection('bob'))?.connectedSinceMs
  const before = (await alice.attempts()) + (await bob.attempts())
  for (let exchange = 0; exchange < EXCHANGES; exchange += 2) {
    await alice.ping('bob')
    await bob.ping('alice')
  }
  const what = `after ${EXCHANGES} exchanges, each on a stream of its own`
  criteria.equal(afterFixes, `connections ${what}`, await bob.established(), 1)
  const more = (await alice.attempts()) + (await bob.attempts()) - before
  criteria.equal(afterFixes, `attempts to connect that came of that, ${what}`, more, 0)
  const held = (await alice.connection('bob'))?.connectedSinceMs === since
  criteria.equal(strategy, 'the connection is the one of the pairing', String(held), 'true')
}

async function measureKill(criteria: Criteria, alice: Machine, bob: Machine): Promise<void> {
  const killedMs = await bob.kill()
  const isTold = async (): Promise<boolean> => (await alice.event('peer:disconnected', killedMs)) !== undefined
  await until(isTold, RESTART_LIMIT_MS)
  const lost = await alice.event('peer:disconnected', killedMs)
  criteria.below(
    detection,
    'from the end of its process until it is lost',
    lost && (lost.atMs - killedMs) / 1_000,
    1,
    's',
  )
  const state = (await alice.connection('bob'))?.connected
  criteria.equal(checklist('Disconnection detection'), 'connected, by the registry', String(state), 'false')
  const tried = async (): Promise<boolean> => (await alice.event('dial:failed', killedMs)) !== undefined
  await until(tried, RESTART_LIMIT_MS)
  const dial = await alice.event('dial:failed', killedMs)
  const waitS = dial && lost && (dial.atMs - lost.atMs) / 1_000
  criteria.below(
    { document: SPACEDRIVE, section: '5. Immediate Reconnection on Disconnect' },
    'from the loss until the first attempt has failed',
    waitS,
    3,
    's',
  )
  await bob.start()
  const { startedAtMs } = await bob.status()
  await until(() => bob.isConnected('alice'), RESTART_LIMIT_MS)
  const since = (await bob.connection('alice'))?.connectedSinceMs
  criteria.below(
    checklist('Immediate reconnection'),
    'from its restart until it is connected',
    typeof since === 'number' ? (since - startedAtMs) / 1_000 : undefined,
    5,
    's',
  )
}
