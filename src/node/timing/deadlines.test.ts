import { describe, expect, it } from 'vitest'
import { VirtualClock } from '../../../test/sim/virtual-clock.ts'
import { Deadline, Deadlines } from './deadlines.ts'

/** Deadlines with names, and what came when. */
function scene() {
  const clock = new VirtualClock()
  const deadlines = new Deadlines(clock)
  const came: string[] = []
  const deadline = (name: string, then: () => void = () => undefined): Deadline =>
    new Deadline(deadlines, {
      deadlineCame: () => {
        came.push(`${name} ${clock.now()}`)
        then()
      },
    })
  return { clock, came, deadline }
}

describe('deadlines', () => {
  it('come once, in their order, behind one timer that goes with the last of them', async () => {
    const { clock, came, deadline } = scene()
    const [one, two, three] = [deadline('one'), deadline('two'), deadline('three')]
    one.set(300)
    two.set(100)
    three.set(200)
    three.set(Infinity)
    expect(clock.pendingTimers).toBe(1)
    await clock.run(1_000)
    expect(came).toEqual(['two 100', 'one 300'])
    one.set(5_000)
    one.set(Infinity)
    expect(clock.pendingTimers).toBe(0)
  })

  it('are moved to an earlier time at once, to one a little later when they come, and to one much later at once', async () => {
    const { clock, came, deadline } = scene()
    const one = deadline('one')
    one.set(1_000)
    one.set(500)
    one.set(900)
    await clock.run(600)
    expect(came).toEqual(['one 500'])
    one.set(1_000)
    one.set(100_000)
    await clock.run(200_000)
    expect(came).toEqual(['one 500', 'one 100000'])
  })

  it('that are set again for now do not keep others from coming', async () => {
    const { clock, came, deadline } = scene()
    let left = 3
    const eager = deadline('eager', () => left-- > 0 && eager.set(clock.now()))
    eager.set(10)
    deadline('other').set(10)
    await clock.run(20)
    expect(came).toEqual(['eager 10', 'other 10', 'eager 10', 'eager 10', 'eager 10'])
  })

  it('come though the owner of another one throws', async () => {
    const { clock, came, deadline } = scene()
    const broken = deadline('broken', () => {
      throw new Error('of the application')
    })
    broken.set(10)
    deadline('other').set(10)
    await expect(clock.run(20)).rejects.toThrow('of the application')
    await clock.run(20)
    expect(came).toEqual(['broken 10', 'other 10'])
  })
})
