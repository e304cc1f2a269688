import { expect, it } from 'vitest'
import { MemoryDisk, memoryStore } from '../../src/store/memory.ts'
import { orders, VirtualWorld } from './virtual.ts'

const [
  {
    ids: [lower, higher],
  },
] = orders

it.each([10_000, 300_000, 3_600_000])(
  'L7: in strict direction a side that never dials is connected within a second of its restart, after %i ms away',
  async (awayMs) => {
    const world = new VirtualWorld()
    const disk = new MemoryDisk()
    const dialer = await world.node('dialer', { id: lower, direction: 'strict' })
    const options = { id: higher, direction: 'strict' } as const
    const before = await world.node('waiting', { ...options, store: memoryStore(disk) })
    await world.wait(dialer.pair(await before.ticket()))
    await world.run(60_000)
    world.network.host('waiting').crash('reset')
    await world.run(awayMs)
    const after = await world.node('waiting', { ...options, store: memoryStore(disk) })
    await world.until(() => after.isConnected(lower), 1_000)
    expect(after.peer(lower).links[0]?.direction).toBe('inbound')
  },
)
