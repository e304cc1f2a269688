import { expect, it } from 'vitest'
import { MessageRateLimit } from './rate-limit.ts'

it('gives a burst, then so many a second, and no more after a rest than the burst', () => {
  const rate = new MessageRateLimit(10, 2)
  expect(rate.take(10, 0)).toBe(0)
  expect(rate.take(1, 0)).toBe(500)
  expect(rate.take(1, 1_000)).toBe(0)
  expect(rate.take(0, 3_600_000)).toBe(0)
  expect(rate.take(12, 3_600_000)).toBe(1_000)
})

it('is not confused by a clock that goes back', () => {
  const rate = new MessageRateLimit(10, 2)
  rate.take(10, 1_000_000)
  expect(rate.take(1, 0)).toBe(500)
})
