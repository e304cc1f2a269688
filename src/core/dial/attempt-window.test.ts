import { expect, it } from 'vitest'
import { ATTEMPTS_PER_MINUTE_MAX, AttemptWindow, attemptsPerMinute } from './attempt-window.ts'
import { clusterDialSchedule, defaultDialSchedule } from './schedule-options.ts'

it('L4: fewer than ten attempts begin in any minute', () => {
  const window = new AttemptWindow(defaultDialSchedule)
  for (let count = 0; count < ATTEMPTS_PER_MINUTE_MAX; count++) {
    expect(window.nextMs).toBe(-Infinity)
    window.began(count * 1_000)
  }
  expect(window.nextMs).toBe(60_000)
  window.began(60_000)
  expect(window.nextMs).toBe(61_000)
})

it('a schedule that asks for more gets more', () => {
  expect(attemptsPerMinute(defaultDialSchedule)).toBe(9)
  expect(attemptsPerMinute(clusterDialSchedule)).toBe(9)
  expect(attemptsPerMinute({ ...defaultDialSchedule, firstWaitMs: 250, factor: 1 })).toBe(240)
})
