import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Clock } from '../../src/clock.ts'
import { stallTolerantClock } from '../../src/node/timing/stall-tolerant-clock.ts'
import { LazyTicks } from './lazy-ticks.ts'
import { type NodeClock, VirtualClock } from './virtual-clock.ts'

describe('ticks that are made up for', () => {
  it('show the time that real ones show, and tell of the same stalls, whenever the process is stopped and looked at', () => {
    // Ticks come at multiples of five, or as long after a stop has ended; what falls on another rest never meets one.
    const atRest = (rest: number, max: number): fc.Arbitrary<number> =>
      fc.integer({ min: 1, max }).map((fifth) => 5 * fifth + rest)
    const stop = (rest: number): fc.Arbitrary<Stop> => fc.record({ atMs: atRest(rest, 4_000), forMs: atRest(0, 1_000) })
    const stops = fc.tuple(stop(1), stop(2))
    return fc.assert(
      fc.asyncProperty(stops, fc.array(atRest(3, 6_000), { maxLength: 40 }), async (both, looksMs) => {
        const real = await shown(both, looksMs, (view) => view)
        expect(await shown(both, looksMs, (view) => new LazyTicks(view))).toEqual(real)
      }),
      { numRuns: 200 },
    )
  })
})

/** All stops and looks are over by then. */
const END_MS = 40_000

interface Stop {
  readonly atMs: number
  readonly forMs: number
}

/** What a stall-tolerant clock shows at each look, and the sum of the stalls that it tells of; a process that is stopped looks when it is continued. */
async function shown(
  stops: readonly Stop[],
  looksMs: readonly number[],
  base: (view: NodeClock) => Clock,
): Promise<number[]> {
  const clock = new VirtualClock()
  const view = clock.view()
  const stalling = stallTolerantClock(base(view))
  const times: number[] = []
  let stalledMs = 0
  stalling.onStall((ms) => (stalledMs += ms))
  for (const { atMs, forMs } of stops) {
    clock.after(atMs, () => view.pause())
    clock.after(atMs + forMs, () => view.resume())
  }
  for (const atMs of looksMs) view.after(atMs, () => times.push(stalling.now()))
  clock.after(END_MS - 1, () => stalling.now())
  await clock.run(END_MS)
  stalling.stop()
  return [...times, stalledMs]
}

describe('virtual time', () => {
  it('jumps from timer to timer, in order, those of one moment as they were made', async () => {
    const clock = new VirtualClock()
    const fired: string[] = []
    for (const [name, delayMs] of Object.entries({ c: 30, a: 10, d: 30, b: 20 })) {
      clock.after(delayMs, () => fired.push(`${name}${clock.now()}`))
    }
    await clock.run(1_000_000)
    expect([fired, clock.now()]).toEqual([['a10', 'b20', 'c30', 'd30'], 1_000_000])
  })

  it('lets promises and ticks settle before time goes on', async () => {
    const clock = new VirtualClock()
    const seen: number[] = []
    clock.after(1, () => {
      void Promise.resolve().then(() => {
        process.nextTick(() => {
          void Promise.resolve().then(() => {
            seen.push(clock.now())
            clock.after(0, () => seen.push(clock.now()))
          })
        })
      })
    })
    clock.after(2, () => seen.push(clock.now()))
    await clock.run(10)
    expect(seen).toEqual([1, 1, 2])
  })

  it('forgets cancelled timers at once, wherever they stand', async () => {
    const clock = new VirtualClock()
    const fired: number[] = []
    const timers = Array.from({ length: 100 }, (_, index) => {
      const delayMs = (index * 37) % 100
      return clock.after(delayMs, () => fired.push(delayMs))
    })
    for (const [index, timer] of timers.entries()) if (index % 3 !== 0) timer.cancel()
    expect(clock.pendingTimers).toBe(34)
    await clock.run(100)
    expect(fired).toEqual(fired.toSorted((a, b) => a - b))
    expect(fired).toHaveLength(34)
  })

  it('rejects with what a timer throws, and on timers without end', async () => {
    const clock = new VirtualClock()
    clock.after(1, () => {
      throw new Error('broken')
    })
    await expect(clock.run(10)).rejects.toThrow('broken')
    const again = (): void => {
      clock.after(0, again)
    }
    again()
    await expect(clock.run(10)).rejects.toThrow('without end')
  })

  it('takes no delay that a real timer would not take', () => {
    const clock = new VirtualClock()
    for (const delayMs of [Infinity, Number.NaN, 2 ** 31]) {
      expect(() => clock.after(delayMs, () => undefined)).toThrow(RangeError)
    }
  })

  it('holds the timers of a process that is stopped, and drops those of one that is gone', async () => {
    const clock = new VirtualClock()
    const [paused, gone] = [clock.view(), clock.view()]
    const fired: number[] = []
    for (const delayMs of [10, 20, 60]) paused.after(delayMs, () => fired.push(clock.now()))
    paused.after(30, () => fired.push(-1)).cancel()
    gone.after(10, () => fired.push(-2))
    clock.after(5, () => {
      paused.pause()
      gone.stop()
    })
    clock.after(50, () => paused.resume())
    await clock.run(100)
    expect(fired).toEqual([50, 50, 60])
    expect([paused.pendingTimers, gone.pendingTimers]).toEqual([0, 0])
  })

  it('has a wall clock for each process, that can be set', () => {
    const clock = new VirtualClock()
    const [one, other] = [clock.view(), clock.view()]
    one.jumpWall(-5_000)
    expect(one.wallNow()).toBe(other.wallNow() - 5_000)
    expect(one.now()).toBe(other.now())
  })
})
