import { describe, expect, it } from 'vitest'
import { VirtualClock } from './virtual-clock.ts'

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
