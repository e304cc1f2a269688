import { describe, expect, it } from 'vitest'
import { VirtualClock } from '../../../test/sim/virtual-clock.ts'
import { CallerRateLimit } from './rate-limit.ts'

describe('a measure of requests', () => {
  it('lets a burst pass, then so many a second, and says when to come again', async () => {
    const clock = new VirtualClock()
    const limit = new CallerRateLimit(clock, { atOnce: 3, perSecond: 0.5 })
    expect([1, 2, 3, 4].map(() => limit.take('a'))).toEqual([0, 0, 0, 2])
    await clock.run(clock.now() + 1_999)
    expect(limit.take('a')).toBe(1)
    await clock.run(clock.now() + 1)
    expect([limit.take('a'), limit.take('a')]).toEqual([0, 2])
  })

  it('measures each caller for itself', () => {
    const limit = new CallerRateLimit(new VirtualClock(), { atOnce: 1, perSecond: 1 })
    expect([limit.take('a'), limit.take('b'), limit.take('a')]).toEqual([0, 0, 1])
  })

  it('remembers a bounded number of callers, those that came last', () => {
    const limit = new CallerRateLimit(new VirtualClock(), { atOnce: 1, perSecond: 1 })
    limit.take('first')
    limit.take('second')
    for (let n = 0; n < 1_022; n++) limit.take(`caller ${n}`)
    limit.take('first')
    limit.take('one more')
    expect([limit.take('first'), limit.take('second')]).toEqual([1, 0])
  })
})
