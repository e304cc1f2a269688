import { describe, expect, it } from 'vitest'
import type { Clock } from '../../src/clock.ts'
import { VirtualWorld } from './virtual.ts'

const PEERS = 10
const HOURS = 4

describe('H3: a node whose peers are at rest', () => {
  it('wakes up for pings and for little else, and pings each about once in two minutes', async () => {
    const world = new VirtualWorld()
    const view = world.clock.view()
    let woken = 0
    const clock: Clock = {
      now: () => view.now(),
      wallNow: () => view.wallNow(),
      after: (delayMs, callback) =>
        view.after(delayMs, () => {
          woken++
          callback()
        }),
    }
    const node = await world.node('node', { clock })
    for (let count = 0; count < PEERS; count++) {
      const other = await world.node(`other${count}`)
      await world.wait(other.pair(await node.ticket()))
    }
    await world.run(600_000)
    const probes = (): number => node.peers().reduce((sum, { links }) => sum + links[0]!.bytesSent, 0)
    const [wokenBefore, bytesBefore] = [woken, probes()]
    await world.run(HOURS * 3_600_000)
    const minutes = HOURS * 60
    // The sweep of the node comes twice a minute, whatever the number of peers.
    expect((woken - wokenBefore - 2 * minutes) / PEERS / minutes).toBeLessThan(0.4)
    // A PING or PONG has 8 bytes, STATUS behind it 13 at most.
    expect((probes() - bytesBefore) / PEERS / minutes).toBeLessThan(15)
  })
})
