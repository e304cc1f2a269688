import { expect, it } from 'vitest'
import { runRounds } from './rounds.ts'

const names = ['a', 'b', 'c'] as const

async function orders(seed: number): Promise<string[]> {
  const turns: string[] = []
  const sample = async (name: string, round: number) => {
    turns[round] = (turns[round] ?? '') + name
  }
  await runRounds({ names, rounds: 12, seed, sample })
  return turns
}

it('gives everyone one turn a round, in changing order, alike for a seed', async () => {
  const turns = await orders(1)
  expect(turns).toHaveLength(12)
  for (const turn of turns) expect(turn.split('').sort().join('')).toBe('abc')
  expect(new Set(turns).size).toBeGreaterThan(2)
  expect(await orders(1)).toEqual(turns)
})

it('goes on without the one that fails, and keeps samples with their rounds', async () => {
  const sample = async (name: string, round: number) => {
    if (name === 'b' && round === 1) throw new Error('no more')
    return round
  }
  const outcomes = await runRounds({ names, rounds: 3, seed: 1, sample })
  expect(outcomes.get('a')).toEqual({ samples: [0, 1, 2], failure: undefined })
  expect(outcomes.get('b')).toEqual({ samples: [0], failure: 'round 2: no more' })
})
