import { beforeEach, describe, expect, it } from 'vitest'
import { type NodeClock, VirtualClock } from '../../../test/sim/virtual-clock.ts'
import { type StallTolerantClock, stallTolerantClock } from './stall-tolerant-clock.ts'

const DAY_MS = 86_400_000

describe('L11: a stall', () => {
  let time: VirtualClock
  let machine: NodeClock
  let clock: StallTolerantClock
  let stalls: number[]

  beforeEach(async () => {
    time = new VirtualClock()
    machine = time.view()
    clock = stallTolerantClock(machine)
    stalls = []
    clock.onStall((stalledMs) => stalls.push(stalledMs))
    await time.run(5_000)
  })

  async function pauseFor(ms: number): Promise<void> {
    machine.pause()
    await time.run(time.now() + ms)
    machine.resume()
    await time.run(time.now() + 1_000)
  }

  it('of the process is told once, afterwards, and the clock stood still', async () => {
    const before = clock.now()
    await pauseFor(20_000)
    expect(stalls).toHaveLength(1)
    expect(stalls[0]).toBeGreaterThan(19_500)
    expect(stalls[0]).toBeLessThanOrEqual(20_000)
    expect(clock.now() - before).toBeLessThanOrEqual(1_500)
  })

  it('is told in a turn of its own, not to whoever happens to look at the clock', async () => {
    machine.pause()
    await time.run(time.now() + 5_000)
    clock.now()
    expect(stalls).toEqual([])
    machine.resume()
    await time.run(time.now() + 100)
    expect(stalls).toHaveLength(1)
  })

  it('of a moment is none', async () => {
    await pauseFor(400)
    expect(stalls).toEqual([])
  })

  it('by sleep shows in the wall clock where the monotonic one stands still', async () => {
    const before = clock.now()
    machine.jumpWall(3_600_000)
    await time.run(time.now() + 250)
    expect(stalls).toEqual([3_600_000])
    expect(clock.now() - before).toBe(250)
  })

  it('is at worst told once when somebody sets the wall clock, and a small correction is none', async () => {
    machine.jumpWall(DAY_MS)
    await time.run(time.now() + 60_000)
    expect(stalls).toEqual([DAY_MS])
    const before = clock.now()
    machine.jumpWall(-2 * DAY_MS)
    await time.run(time.now() + 60_000)
    machine.jumpWall(900)
    await time.run(time.now() + 60_000)
    expect(stalls).toEqual([DAY_MS])
    expect(clock.now() - before).toBe(120_000)
  })

  it('is noticed again after the wall clock was set back', async () => {
    machine.jumpWall(-DAY_MS)
    await time.run(time.now() + 1_000)
    machine.jumpWall(60_000)
    await time.run(time.now() + 1_000)
    expect(stalls).toEqual([60_000])
  })

  it('is not told to those who have left, nor after the end', async () => {
    const left: number[] = []
    clock.onStall((stalledMs) => left.push(stalledMs))()
    await pauseFor(20_000)
    expect([stalls.length, left.length]).toEqual([1, 0])
    machine.jumpWall(DAY_MS)
    clock.stop()
    await time.run(time.now() + 1_000)
    expect([stalls.length, machine.pendingTimers]).toEqual([1, 0])
  })
})
