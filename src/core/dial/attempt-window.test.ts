import { expect, it } from 'vitest'
import { AttemptWindow, CONNECTIONS_PER_MINUTE_MAX, connectionsPerMinute } from './attempt-window.ts'
import { candidatesOfAttempt } from './candidates.ts'
import { clusterDialSchedule, defaultDialSchedule } from './schedule-options.ts'

it('L4: fewer than ten connections are begun in any minute', () => {
  const window = new AttemptWindow(defaultDialSchedule)
  for (let count = 0; count < CONNECTIONS_PER_MINUTE_MAX; count++) {
    expect(window.nextMs).toBe(-Infinity)
    window.began(count * 1_000)
  }
  expect(window.nextMs).toBe(60_000)
  window.began(60_000)
  expect(window.nextMs).toBe(61_000)
})

it('a schedule that asks for more gets more', () => {
  expect(connectionsPerMinute(defaultDialSchedule)).toBe(9)
  expect(connectionsPerMinute(clusterDialSchedule)).toBe(9)
  expect(connectionsPerMinute({ ...defaultDialSchedule, firstWaitMs: 250, factor: 1 })).toBe(240)
})

it('the attempts of an absence try the best address again and again, and the others in turn', () => {
  const all = ['a', 'b', 'c', 'd']
  const dialed = [1, 2, 3, 4, 5, 6, 7].map((attempt) => candidatesOfAttempt(all, attempt, false).join(''))
  expect(dialed).toEqual(['ab', 'c', 'a', 'd', 'a', 'b', 'a'])
  expect(candidatesOfAttempt(all, 5, true)).toEqual(all)
  expect([1, 2, 3].map((attempt) => candidatesOfAttempt(['a'], attempt, false))).toEqual([['a'], ['a'], ['a']])
  expect([1, 2, 3, 4].map((attempt) => candidatesOfAttempt(['a', 'b'], attempt, false).join(''))).toEqual([
    'ab',
    'b',
    'a',
    'b',
  ])
  expect(candidatesOfAttempt([], 3, false)).toEqual([])
})
