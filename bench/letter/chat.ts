// Two paired machines with a chat that is silent for long, as document 004 describes it.
import type { ChildProcess } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { OTTER, type Source, TIME } from './criteria.ts'
import { Machine, pairMachines, until } from './machine.ts'
import type { Part } from './plan.ts'

const ARRIVAL_LIMIT_MS = 10_000
const ATTEND_ATTEMPTS_MAX = 20
const MINUTE_MS = 60_000
const CHECKS_MIN = [2, 5, 10]

const results: Source = { document: OTTER, section: 'Testing & Verification, Expected results' }

export async function measureChat(part: Part): Promise<void> {
  const { lab, criteria, durations, progress } = part
  const hosts = [await lab.host('erin'), await lab.host('frank')] as const
  await lab.cable(...hosts)
  const [erin, frank] = await Promise.all(hosts.map((host) => Machine.create(part, host, '')))
  if (erin === undefined || frank === undefined) throw new Error('there are no machines')
  await Promise.all([erin.start(), frank.start()])
  await pairMachines(erin, frank)
  const [writer, reader] = [erin.command(['chat', 'frank']), frank.command(['chat', 'erin'])]
  let read = ''
  reader.stdout?.on('data', (chunk: Buffer) => (read += chunk.toString()))
  const arrived = (text: string) => until(() => read.includes(text), ARRIVAL_LIMIT_MS)
  await bothAttend(writer, () => read)
  writer.stdin?.write('before the silence\n')
  criteria.below(results, 'a message at the start arrives', inSeconds(await arrived('before the silence')), 5, 's')
  const since = (await erin.connection('frank'))?.connectedSinceMs

  const silenceMin = durations.silenceMs / MINUTE_MS
  const checks = [...CHECKS_MIN.filter((minute) => minute < silenceMin), silenceMin]
  let passedMs = 0
  for (const minute of checks) {
    progress(`chat: silent for ${minute} min`)
    await sleep(minute * MINUTE_MS - passedMs)
    passedMs = minute * MINUTE_MS
    const held = (await erin.isConnected('frank')) && (await frank.isConnected('erin'))
    criteria.equal(results, `connected after ${minute} min of silence`, String(held), 'true')
  }
  writer.stdin?.write('after the silence\n')
  criteria.below(
    results,
    `a message after ${silenceMin} min of silence arrives`,
    inSeconds(await arrived('after the silence')),
    5,
    's',
  )
  const losses = (await erin.metric('holdfast_link_losses_total')) + (await frank.metric('holdfast_link_losses_total'))
  criteria.equal({ document: OTTER, section: 'What to Monitor' }, 'disconnections', losses, 0)
  const same = (await erin.connection('frank'))?.connectedSinceMs === since
  criteria.equal(
    { document: OTTER, section: 'Impact, After Fix' },
    'the connection is the one from the start',
    String(same),
    'true',
  )
  for (const chat of [writer, reader]) chat.kill()

  progress('chat: the other one is away')
  await measureAbsence(part, erin, frank)
}

/** Resolves when what is written at the one end is read at the other: commands take a while to start. */
async function bothAttend(writer: ChildProcess, read: () => string): Promise<void> {
  for (let attempt = 0; attempt < ATTEND_ATTEMPTS_MAX && !read().includes('anybody there'); attempt++) {
    writer.stdin?.write('anybody there?\n')
    await sleep(1_000)
  }
}

/** What is default, over all addresses that the two know of each other. */
async function measureAbsence({ criteria, durations }: Part, erin: Machine, frank: Machine): Promise<void> {
  const before = await erin.attempts()
  await frank.kill()
  await sleep(durations.absenceMs)
  const attempts = (await erin.attempts()) - before
  const window = durations.absenceMs < MINUTE_MS ? `the first ${durations.absenceMs / 1_000} s` : 'the first minute'
  const source = { document: TIME, section: 'Expected Outcomes, After Refactor' }
  const what = `attempts in ${window} of an absence, by default, over all addresses, on the wire`
  criteria.below(source, what, attempts, 10, 'attempts')
}

function inSeconds(ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : ms / 1_000
}
