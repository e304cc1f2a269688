import { describe, expect, it } from 'vitest'
import { orders, VirtualWorld } from './virtual.ts'

describe.each(orders)('L5: after a loss, when dials had crossed and $order', ({ ids }) => {
  it.each([1, 2])('one side dials at once, with %i links wanted', async (linksWanted) => {
    const world = new VirtualWorld()
    const places = (name: string): string[] => [`memory://${name}:1`, `memory://${name}.spare:1`]
    const limits = { linksWanted }
    const { aliceAtBob, bobAtAlice } = await world.pair(
      { id: ids[0], limits, listen: places('alice') },
      { id: ids[1], limits, listen: places('bob') },
    )
    const paths = [world.network.path('alice', 'bob'), world.network.path('alice', 'bob', 'spare')]
    for (const path of paths) path.reset()
    await world.until(() => aliceAtBob.links.length === 0 && bobAtAlice.links.length === 0)
    // Each side's dial over the first path is still on its way when the one over the second, begun later, has succeeded.
    paths[0]?.change({ latencyMs: 80 })
    // Somebody waits at both sides, so both dial at once.
    await world.wait(Promise.all([aliceAtBob.connected(), bobAtAlice.connected()]))
    await world.run(20_000)
    expect(aliceAtBob.links).toHaveLength(linksWanted)

    for (const path of paths) path.cut()
    await world.until(() => aliceAtBob.state.kind === 'disconnected' && bobAtAlice.state.kind === 'disconnected')
    const lostMs = world.clock.now()
    await world.until(() => aliceAtBob.state.kind === 'connected' && bobAtAlice.state.kind === 'connected')
    expect(world.clock.now() - lostMs).toBeLessThan(1_000)
  })
})
