import { describe, expect, it } from 'vitest'
import { Board } from './board.ts'

describe('Board', () => {
  it('counts losses by reason and keeps the worst score', () => {
    const board = new Board({ seed: 1, seconds: 20, file: 'a', size: 10, faultsPlanned: 0 })
    for (const reason of ['no-answer', 'connection-reset', 'no-answer'] as const) board.lost(reason)
    expect(board.losses).toEqual({ 'no-answer': 2, 'connection-reset': 1 })
    expect(board.worstScore).toBeUndefined()
    for (const score of [90, undefined, 30, 70]) board.scored(score)
    expect(board.worstScore).toBe(30)
  })
})
