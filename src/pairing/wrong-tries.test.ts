import { array, assert, integer, property, record } from 'fast-check'
import { beforeEach, describe, expect, it } from 'vitest'
import { SOURCES_MAX, WrongTries } from './wrong-tries.ts'

const limits = { freeTries: 3, firstWaitMs: 1_000, waitMsMax: 10_000, forgetMs: 60_000 }

let tries: WrongTries
beforeEach(() => {
  tries = new WrongTries(limits)
})

describe('wrong tries of one source', () => {
  it('cost nothing at first, then twice as long each time, up to a bound', () => {
    const waits = Array.from({ length: 8 }, () => tries.failed('a', 0))
    expect(waits).toEqual([0, 0, 0, 1_000, 2_000, 4_000, 8_000, 10_000])
    expect(tries.waitMs('a', 4_000)).toBe(6_000)
    expect(tries.waitMs('a', 10_000)).toBe(0)
    expect(tries.waitMs('b', 0)).toBe(0)
  })

  it('are forgotten when it has been quiet for long enough after its wait, or has done right', () => {
    for (let time = 0; time < 5; time++) tries.failed('a', 0)
    expect(tries.failed('a', 62_000)).toBe(4_000)
    expect(tries.failed('a', 126_001)).toBe(0)
    for (let time = 0; time < 3; time++) tries.failed('a', 126_001)
    tries.succeeded('a')
    expect([tries.waitMs('a', 126_001), tries.failed('a', 126_001)]).toEqual([0, 0])
  })
})

describe('wrong tries of many sources', () => {
  it('are remembered of 1,024, those who tried last', () => {
    for (let source = 0; source < 2 * SOURCES_MAX; source++) tries.failed(`${source}`, source)
    expect(tries.size).toBe(SOURCES_MAX)
    tries.failed(`${SOURCES_MAX}`, 5_000)
    tries.failed('another', 5_000)
    for (let time = 0; time < 2; time++) tries.failed(`${SOURCES_MAX}`, 5_000)
    expect(tries.waitMs(`${SOURCES_MAX}`, 5_000)).toBeGreaterThan(0)
  })

  it('never make one wait for another’s, nor longer than the bound', () => {
    const step = record({ source: integer({ min: 0, max: 3 }), passMs: integer({ min: 0, max: 5_000 }) })
    assert(
      property(array(step, { maxLength: 60 }), (steps) => {
        const all = new WrongTries(limits)
        const alone = new Map<number, WrongTries>()
        let nowMs = 0
        for (const { source, passMs } of steps) {
          nowMs += passMs
          const own = alone.get(source) ?? new WrongTries(limits)
          alone.set(source, own)
          const waitMs = all.failed(String(source), nowMs)
          expect(waitMs).toBe(own.failed('it', nowMs))
          expect(waitMs).toBeLessThanOrEqual(limits.waitMsMax)
        }
      }),
    )
  })
})
