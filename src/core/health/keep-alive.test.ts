import { describe, expect, it } from 'vitest'
import { type KeepAlive, kernelKeepAlive, pingIntervalMs, resolveKeepAlive } from './keep-alive.ts'

const interval = (keepAlive: KeepAlive, score: number | undefined) => pingIntervalMs(resolveKeepAlive(keepAlive), score)

describe('H3: the options of keep-alive', () => {
  it('have the defaults of the specification', () => {
    expect(resolveKeepAlive({ mode: 'adaptive' })).toEqual({
      mode: 'adaptive',
      intervalMsMin: 5_000,
      intervalMsMax: 120_000,
    })
    expect(resolveKeepAlive({ mode: 'fixed' })).toEqual({
      mode: 'fixed',
      intervalMs: 60_000,
      timeoutMs: 10_000,
      failures: 3,
    })
    expect(resolveKeepAlive({ mode: 'tcp' })).toEqual({
      mode: 'tcp',
      idleMs: 30_000,
      intervalMs: 10_000,
      probes: 3,
      pingsUnderLoad: true,
    })
  })

  it('give an interval by score, within their bounds', () => {
    const scores = [100, 80, 79, 60, 59, 40, 39, 20, 19, 0]
    const seconds = (keepAlive: KeepAlive) => scores.map((score) => interval(keepAlive, score) / 1_000)
    expect(seconds({ mode: 'adaptive' })).toEqual([120, 120, 60, 60, 30, 30, 15, 15, 5, 5])
    const bounded = seconds({ mode: 'adaptive', intervalMsMin: 20_000, intervalMsMax: 45_000 })
    expect(bounded).toEqual([45, 45, 45, 45, 30, 30, 20, 20, 20, 20])
    expect(interval({ mode: 'adaptive' }, undefined)).toBe(60_000)
    expect([interval({ mode: 'fixed' }, 5), interval({ mode: 'tcp' }, 5)]).toEqual([60_000, Infinity])
  })

  it('ask the system for its own check under pings, or for the mode’s numbers instead of them', () => {
    const under = { idleMs: 30_000, intervalMs: 1_000, probes: 10 }
    expect(kernelKeepAlive(resolveKeepAlive({ mode: 'adaptive' }))).toEqual(under)
    expect(kernelKeepAlive(resolveKeepAlive({ mode: 'fixed', intervalMs: 5_000 }))).toEqual(under)
    const alone = { idleMs: 60_000, intervalMs: 10_000, probes: 3 }
    expect(kernelKeepAlive(resolveKeepAlive({ mode: 'tcp', idleMs: 60_000 }))).toEqual(alone)
  })

  it.each([
    [
      { mode: 'adaptive', intervalMsMin: 999 },
      /keepAlive\.intervalMsMin must be from 1000 to 86400000 milliseconds, not 999/,
    ],
    [{ mode: 'adaptive', intervalMsMax: Number.NaN }, /intervalMsMax must be .* not NaN/],
    [
      { mode: 'adaptive', intervalMsMin: 60_000, intervalMsMax: 30_000 },
      /intervalMsMin is 60000 and intervalMsMax 30000/,
    ],
    [{ mode: 'fixed', intervalMs: Infinity }, /intervalMs must be/],
    [{ mode: 'fixed', timeoutMs: 0 }, /timeoutMs must be/],
    [{ mode: 'fixed', failures: 1.5 }, /failures must be a whole number from 1 to 100, not 1\.5/],
    [{ mode: 'tcp', idleMs: -1 }, /idleMs must be/],
    [{ mode: 'tcp', probes: 0 }, /probes must be/],
    [{ mode: 'tcp', pingsUnderLoad: 'no' }, /pingsUnderLoad must be true or false/],
    [{ mode: 'ping' }, /keepAlive\.mode must be "adaptive", "fixed" or "tcp", not "ping"/],
    [{}, /keepAlive\.mode must be .* not undefined/],
  ])('are refused when they make no sense: %j', (options, message) => {
    expect(() => resolveKeepAlive(options as KeepAlive)).toThrow(RangeError)
    expect(() => resolveKeepAlive(options as KeepAlive)).toThrow(message)
  })

  it('take one bound beyond the default of the other', () => {
    expect(resolveKeepAlive({ mode: 'adaptive', intervalMsMax: 2_000 })).toMatchObject({ intervalMsMin: 2_000 })
    expect(resolveKeepAlive({ mode: 'adaptive', intervalMsMin: 600_000 })).toMatchObject({ intervalMsMax: 600_000 })
  })
})
