// Faults that were seen in use, each as the plan of a case. Seeded cases meet such situations by chance; these are sure to.
import { createHash, randomBytes } from 'node:crypto'
import { open } from 'node:fs/promises'
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest'
import { Command, Process, program } from '../e2e/command.ts'
import type { Case, Edge, Fault, Input, Moment, Network } from './case.ts'
import { reportOf } from './report.ts'
import { type CaseResult, type Meanwhile, runCase } from './run-case.ts'
import { Stage } from './stage.ts'

let stage: Stage
beforeEach(async () => {
  stage = await Stage.open()
})
afterEach(() => stage.close())
afterAll(() => Command.endAll())

const local: Network = { delayMs: 0, bytesPerSecond: undefined }
const none: Fault = { kind: 'none' }
const nothing: Input = { kind: 'empty' }
const silent = (bytes: number): Input => ({ kind: 'idle', bytes, later: 'silence' })
const ending = (bytes: number, endAfterBytes: number): Input => ({ kind: 'idle', bytes, later: { endAfterBytes } })
const delivered: Moment = { after: 'delivered', ms: 100 }

function planOf(opener: Input, { network = local, fault = none }: { network?: Network; fault?: Fault } = {}): Case {
  const edge = (input: Input): Edge => ({ input, output: { kind: 'pipe' } })
  return { seed: 0, index: 0, dialer: 'opener', network, opener: edge(opener), accepter: edge(nothing), fault }
}

/** Runs it, and fails with all that there is to know. */
async function run(plan: Case, meanwhile?: Meanwhile): Promise<CaseResult> {
  const result = await runCase(plan, stage, meanwhile)
  if (result.problems.length > 0) throw new Error(reportOf(result))
  return result
}

test('a file of 100 MB arrives whole at a pipe, though nothing is given to the accepting side', async () => {
  const { path, sha256 } = await fileOf(100)
  const plan = planOf(nothing)
  const [accepting, opening] = [stage.node(plan, 'accepter'), stage.node(plan, 'opener')]
  for (let round = 0; round < 3; round++) {
    const accept = shell(
      `{ "$0" "$1" pipe --accept ${opening.name} --dir ${accepting.dir}; echo "exit $?" >&2; } </dev/null | sha256sum`,
    )
    await accept.says(/Waiting for/)
    const send = shell(`"$0" "$1" pipe ${accepting.name} --dir ${opening.dir} <${path}`)
    expect(await send.exit).toMatchObject({ code: 0, stderr: expect.stringContaining('everything has arrived') })
    const { stdout, stderr } = await accept.exit
    expect(stderr).toMatch(/exit 0\n$/)
    expect(stdout.toString()).toBe(`${sha256}  -\n`)
  }
})

test.each([2, 25, 100])(
  'what comes after two seconds arrives whole over a delay of %i ms each way, though nothing is given to the accepting side',
  async (delayMs) => {
    const network = { delayMs, bytesPerSecond: undefined }
    const { codes } = await run(planOf({ kind: 'pipe', bytes: 100_000, waitMs: 2_000 }, { network }))
    expect(codes).toEqual({ opener: 0, accepter: 0 })
  },
)

test('300 kB arrive whole at 256 kbit/s', async () => {
  const network = { delayMs: 0, bytesPerSecond: 32_000 }
  const { codes } = await run(planOf({ kind: 'file', bytes: 300_000 }, { network }))
  expect(codes).toEqual({ opener: 0, accepter: 0 })
})

test('a sending command that is killed while its input is idle has not said the end', async () => {
  const fault: Fault = { kind: 'signal', signal: 'SIGKILL', side: 'opener', at: delivered }
  const { codes } = await run(planOf(silent(100_000), { fault }))
  expect(codes).toEqual({ opener: 137, accepter: 1 })
})

test('bytes for an accepting command that was killed have not arrived', async () => {
  const fault: Fault = { kind: 'signal', signal: 'SIGKILL', side: 'accepter', at: delivered }
  const { codes } = await run(planOf(ending(100_000, 14), { fault }))
  expect(codes).toEqual({ opener: 1, accepter: 137 })
})

test('a pipe of a daemon that was restarted does not end as another one did', async () => {
  const fault: Fault = { kind: 'daemon', signal: 'SIGKILL', side: 'opener', backAfterMs: 0, at: delivered }
  const small: Meanwhile = async () => {
    expect(await run(planOf({ kind: 'file', bytes: 1_000 }))).toMatchObject({ codes: { opener: 0, accepter: 0 } })
  }
  const { codes } = await run(planOf(ending(100_000, 100_000), { fault }), small)
  expect(codes).toEqual({ opener: 1, accepter: 1 })
})

test.each(['opener', 'accepter'] as const)(
  "both commands end soon after the %s's daemon was killed, though the input is idle",
  async (side) => {
    const fault: Fault = { kind: 'daemon', signal: 'SIGKILL', side, backAfterMs: 1_000, at: delivered }
    const { codes } = await run(planOf(silent(1_000), { fault }))
    expect(codes).toEqual({ opener: 1, accepter: 1 })
  },
)

test('a pipe that waits for a peer goes to the run of the peer that comes, whatever was before', async () => {
  const plan = planOf(nothing)
  const [accepting, opening] = [stage.node(plan, 'accepter'), stage.node(plan, 'opener')]
  stage.daemon(plan, 'accepter').kill('SIGKILL')
  await stage.daemon(plan, 'accepter').exit
  const send = shell(`echo words | exec "$0" "$1" pipe ${accepting.name} --dir ${opening.dir}`)
  await send.says(/Waiting for/)
  // Until the other command waits, nothing passes.
  await stage.network.hold(8_000)
  await stage.restart(plan, 'accepter')
  const accept = shell(`exec "$0" "$1" pipe --accept ${opening.name} --dir ${accepting.dir} </dev/null`)
  expect(await send.exit).toMatchObject({ code: 0, stderr: expect.stringContaining('everything has arrived') })
  expect(await accept.exit).toMatchObject({ code: 0, stdout: Buffer.from('words\n') })
})

function shell(script: string): Process {
  return new Process('sh', ['-c', script, process.execPath, program])
}

/** A file of so many random megabytes. */
async function fileOf(megabytes: number): Promise<{ readonly path: string; readonly sha256: string }> {
  const path = stage.path()
  const hash = createHash('sha256')
  await using file = await open(path, 'w')
  for (let megabyte = 0; megabyte < megabytes; megabyte++) {
    const bytes = randomBytes(1_000_000)
    hash.update(bytes)
    await file.write(bytes)
  }
  return { path, sha256: hash.digest('hex') }
}
