import { describe, expect, test } from 'vitest'
import type { Case, Fault, Side } from './case.ts'
import { type CommandSeen, deadlines, type FlowSeen, isPrefix, judge, type Seen } from './oracle.ts'

const plan: Case = {
  seed: 1,
  index: 0,
  dialer: 'opener',
  network: { delayMs: 0, bytesPerSecond: undefined },
  opener: { input: { kind: 'file', bytes: 1_000 }, output: { kind: 'pipe' } },
  accepter: { input: { kind: 'empty' }, output: { kind: 'pipe' } },
  fault: { kind: 'none' },
}
const done: CommandSeen = { exit: { code: 0, atMs: 2_000 }, stderr: '', isSignalled: false }
const failed: CommandSeen = {
  exit: { code: 1, atMs: 2_000 },
  stderr: 'holdfast: Connected to bob\nholdfast: The pipe broke; start it again\n',
  isSignalled: false,
}
const killed: CommandSeen = { exit: { code: 137, atMs: 2_000 }, stderr: '', isSignalled: true }
const whole: FlowSeen = {
  givenBytes: 1_000,
  cameBytes: 1_000,
  isPrefix: true,
  givenAtMs: 0,
  cameAtMs: 1_500,
  takesBytesMax: undefined,
}
const nothing: FlowSeen = { ...whole, givenBytes: 0, cameBytes: 0, cameAtMs: 0 }
const seen: Seen = {
  commands: { opener: done, accepter: done },
  flows: { opener: whole, accepter: nothing },
  startMs: 500,
  connectedAtMs: 1_000,
  struckAtMs: undefined,
  overAtMs: undefined,
}
const problems = (other: Partial<Seen>, fault: Fault = { kind: 'none' }): readonly string[] =>
  judge({ ...plan, fault }, { ...seen, ...other }).problems
const opener = (command: CommandSeen): Seen['commands'] => ({ opener: command, accepter: done })
const flow = (changed: Partial<FlowSeen>): Seen['flows'] => ({ opener: { ...whole, ...changed }, accepter: nothing })

const killOfDaemon: Fault = {
  kind: 'daemon',
  signal: 'SIGKILL',
  side: 'accepter',
  backAfterMs: 0,
  at: { after: 'delivered', ms: 0 },
}
const killOfCommand: Fault = { kind: 'signal', signal: 'SIGKILL', side: 'opener', at: { after: 'start', ms: 0 } }

describe('the oracle', () => {
  test('finds nothing where everything came and both exit 0', () => {
    expect(problems({})).toEqual([])
  })

  test('fails on a byte that is lost, changed or too many', () => {
    const given = Buffer.from('abcdef')
    expect(isPrefix(given, Buffer.from('abc'))).toBe(true)
    expect(isPrefix(given, Buffer.from('abd'))).toBe(false)
    expect(isPrefix(given, Buffer.from('acdef'))).toBe(false)
    expect(isPrefix(given, Buffer.from('abcdefg'))).toBe(false)
    expect(problems({ flows: flow({ cameBytes: 999, cameAtMs: undefined }) })).toContain(
      "the accepter exits 0, but 999 of the opener's 1000 bytes came out",
    )
    expect(problems({ flows: flow({ isPrefix: false }) })).toHaveLength(1)
    expect(problems({ flows: flow({ cameBytes: 1_001 }) })).toHaveLength(1)
  })

  test('fails on success although the input has not ended', () => {
    const commands = { opener: killed, accepter: done }
    const flows = flow({ givenAtMs: undefined, cameAtMs: undefined })
    expect(problems({ commands, flows, struckAtMs: 1_700 }, killOfCommand)).toEqual([
      "the accepter exits 0, but the opener's input has not ended",
    ])
  })

  test('fails where one side says that all is well and the other one does not', () => {
    expect(problems({ commands: opener(failed), struckAtMs: 1_200 }, killOfDaemon)).toEqual([
      'the opener exits 1, but the accepter exits 0',
    ])
  })

  test('lets a daemon that is killed after the last byte take the last confirmation with it, and nothing else', () => {
    const commands = opener(failed)
    const verdict = judge({ ...plan, fault: killOfDaemon }, { ...seen, commands, struckAtMs: 1_501 })
    expect(verdict).toEqual({ problems: [], isTwoGenerals: true })
    const inOrder: Fault = { ...killOfDaemon, signal: 'SIGTERM' }
    expect(problems({ commands, struckAtMs: 1_501 }, inOrder)).toHaveLength(1)
    expect(problems({ commands, struckAtMs: 1_501 }, killOfCommand)).toHaveLength(1)
  })

  test('fails on a command that hangs', () => {
    const hanging: CommandSeen = { ...done, exit: undefined }
    expect(problems({ commands: opener(hanging) })).toEqual(['the opener hangs'])
  })

  test('wants both to exit 0 where nothing failed, and neither where an output did', () => {
    expect(problems({ commands: { opener: failed, accepter: failed } })).toHaveLength(2)
    const flows = flow({ cameBytes: 500, cameAtMs: undefined, takesBytesMax: 500 })
    expect(problems({ flows, commands: { opener: failed, accepter: failed } })).toEqual([])
    expect(problems({ flows: flow({ takesBytesMax: 500 }) })).toHaveLength(2)
  })

  test('takes what stood in a pipe when its reader left for written, and no more', () => {
    const left: Case = { ...plan, accepter: { ...plan.accepter, output: { kind: 'closed', afterBytes: 10 } } }
    const flows = (takesBytesMax: number): Seen['flows'] => flow({ cameBytes: 64, cameAtMs: undefined, takesBytesMax })
    expect(judge(left, { ...seen, flows: flows(1_000) }).problems).toEqual([])
    expect(judge(left, { ...seen, flows: flows(999) }).problems).toContain(
      "the opener exits 0, but 64 of the opener's 1000 bytes came out",
    )
  })

  test('wants one sentence that says why', () => {
    const saying = (stderr: string): readonly string[] => {
      const command = { ...failed, stderr }
      return problems({ commands: { opener: command, accepter: failed }, struckAtMs: 0 }, killOfDaemon)
    }
    expect(saying('holdfast: The pipe broke\n')).toEqual([])
    expect(saying('')).toHaveLength(1)
    expect(saying('holdfast: One\nholdfast: Two\n')).toHaveLength(1)
    expect(saying('holdfast: Error: what\n    at file:///x.ts:1:2\n')).toHaveLength(1)
  })
})

describe('the time that a command has', () => {
  const limit = (other: Partial<Seen>, fault: Fault = { kind: 'none' }): Record<Side, number> =>
    deadlines({ ...plan, fault }, { ...seen, ...other })
  const running: CommandSeen = { ...done, exit: undefined }
  const commands = { opener: running, accepter: running }

  test('ends a few seconds after everything was given', () => {
    expect(limit({ commands }).opener).toBeLessThan(20_000)
    expect(limit({ commands, flows: flow({ givenAtMs: undefined }) }).opener).toBe(Infinity)
  })

  test('ends a few seconds after the other command has', () => {
    const flows = flow({ givenAtMs: undefined })
    expect(limit({ commands: { opener: running, accepter: failed }, flows })).toMatchObject({ opener: 12_000 })
  })

  test('is longer on a machine on which commands start slowly', () => {
    expect(limit({ commands, startMs: 4_000 }).opener - limit({ commands }).opener).toBe(15_000)
  })

  test('begins for the side of a killed daemon at once, and for the other one when it is back', () => {
    const atStrike = limit({ commands, struckAtMs: 1_000 }, killOfDaemon)
    expect(atStrike).toMatchObject({ accepter: 11_000, opener: Infinity })
    expect(limit({ commands, struckAtMs: 1_000, overAtMs: 3_000 }, killOfDaemon).opener).toBeLessThan(20_000)
  })
})
