import { describe, expect, test } from 'vitest'
import { type Case, inputBytes, isFatal, type ProcessOf, sides } from './case.ts'
import { caseOf } from './case-of.ts'

const seed = 42
const cases = Array.from({ length: 2_000 }, (_, index) => caseOf(seed, index))
const all = <T>(of: (plan: Case) => readonly T[]): Set<T> => new Set(cases.flatMap(of))

describe('the cases of a seed', () => {
  test('are the same each time, and others for another seed', () => {
    expect(caseOf(seed, 7)).toEqual(cases[7])
    expect(caseOf(seed + 1, 7)).not.toEqual({ ...cases[7], seed: seed + 1 })
  })

  test('have every input and output at both commands', () => {
    for (const side of sides) {
      expect(all((plan) => [plan[side].input.kind])).toEqual(new Set(['file', 'pipe', 'idle', 'empty', 'terminal']))
      expect(all((plan) => [plan[side].output.kind])).toEqual(new Set(['file', 'pipe', 'slow', 'closed', 'full']))
    }
  })

  test('have every network', () => {
    const networks = all(({ network }) => [`${network.delayMs} ms, ${network.bytesPerSecond} bytes/s`])
    const rates = ['undefined', '32000']
    expect(networks).toEqual(
      new Set([0, 25, 100].flatMap((delay) => rates.map((rate) => `${delay} ms, ${rate} bytes/s`))),
    )
  })

  test('have SIGKILL, SIGTERM and SIGSTOP for 10 s of each of the four processes', () => {
    const struck = all(({ fault }) => {
      if (fault.kind === 'signal') return [`${fault.signal} of the ${fault.side}'s command`]
      if (fault.kind === 'daemon') return [`${fault.signal} of the ${fault.side}'s daemon`]
      if (fault.kind === 'stop') return [`${fault.forMs} ms of the ${nameOf(fault.process)}`]
      return []
    })
    for (const side of sides) {
      for (const role of ['command', 'daemon'] as const) {
        for (const what of ['SIGKILL', 'SIGTERM', '10000 ms'])
          expect(struck).toContain(`${what} of the ${side}'s ${role}`)
      }
    }
  })

  test('end: an input stays silent only until a process is ended', () => {
    const forEver = cases.filter(({ fault, opener, accepter }) => {
      const inputs = [opener.input, accepter.input]
      return !isFatal(fault) && inputs.some((input) => input.kind === 'idle' && input.later === 'silence')
    })
    expect(forEver).toEqual([])
  })

  test('carry what they are given within seconds', () => {
    for (const plan of cases) {
      const { bytesPerSecond = 1_000_000 } = plan.network
      for (const side of sides) expect(inputBytes(plan[side].input) / bytesPerSecond).toBeLessThan(8)
    }
  })
})

const nameOf = ({ side, role }: ProcessOf): string => `${side}'s ${role}`
