import { describe, expect, it } from 'vitest'
import type { PeerId } from '../../src/identity/peer-id.ts'
import type { Peer } from '../../src/node/api.ts'
import { MemoryDisk, memoryStore } from '../../src/store/memory.ts'
import type { MemoryPath } from '../../src/testing/memory-transport/memory-path.ts'
import type { Transport } from '../../src/transport/transport.ts'
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

describe('L5: in strict direction by address', () => {
  it('the lower side dials after a restart, though a link over an address without an IP worked last', async () => {
    const world = new VirtualWorld()
    const disk = new MemoryDisk()
    const options = (host: string) =>
      ({
        host,
        direction: 'strict',
        dialOrder: 'address',
        listen: [`memory://${host}:1`, `memory://${host}.spare:1`],
      }) as const
    // By id alice is the lower one, by address bob.
    const [alices, bobs] = [options('10.0.0.100'), options('10.0.0.9')]
    const store = memoryStore(disk)
    const { bob, aliceAtBob } = await world.pair(
      { id: orders[0].ids[0], ...alices },
      { id: orders[0].ids[1], store, ...bobs },
    )
    world.network.path('10.0.0.100', '10.0.0.9').change({ dials: 'refuse' })
    world.network.path('10.0.0.100', '10.0.0.9').reset()
    await world.until(() => aliceAtBob.links.some(({ address }) => address.includes('spare')))
    await world.wait(bob.close())
    const again = await world.node('bob', { id: bob.id, store: memoryStore(disk), ...bobs })
    await world.until(() => again.connectedPeers().length === 1, 5_000)
  })
})

describe.each(orders)('M1: the second of two links, when $order', ({ ids }) => {
  it('is back in a moment however often it is lost before', async () => {
    const { world, spare, peers } = await twoLinks(ids)
    for (let loss = 0; loss < 12; loss++) {
      await world.run(15_000)
      spare.reset()
      await world.until(() => peers.every((peer) => peer.links.length === 1))
      await world.until(() => peers.every((peer) => peer.links.length === 2), 1_000)
    }
  })

  it('is replaced as soon as it is suspect: its way is dialed anew at once', async () => {
    const { world, main, peers, dialedMs } = await twoLinks(ids)
    await world.run(15_000)
    const before = dialedMs.length
    const stream = await world.wait(peers[1]!.openStream('sink'))
    main.blackHole()
    const silentMs = world.clock.now()
    stream.write('anybody there?')
    await world.run(900)
    // Three probe timeouts are less than 0.6 s here; that is when the link is suspect, and no probe is missed yet.
    expect(dialedMs.slice(before).map((atMs) => atMs - silentMs)).toContain(600)
  })
})

/** Two nodes with a link over each of two paths. */
async function twoLinks(ids: readonly [PeerId, PeerId]): Promise<TwoLinks> {
  const world = new VirtualWorld()
  const places = (name: string): string[] => [`memory://${name}:1`, `memory://${name}.spare:1`]
  const limits = { linksWanted: 2 }
  const dialedMs: number[] = []
  const transport = (host: string, id: PeerId): Transport => {
    const { scheme, dial, listen } = world.network.transport(host, id)
    const counted: Transport['dial'] = (address, options) => {
      dialedMs.push(world.clock.now())
      return dial(address, options)
    }
    return { scheme, listen, dial: counted }
  }
  const { bob, aliceAtBob, bobAtAlice } = await world.pair(
    { id: ids[0], limits, listen: places('alice'), transport },
    { id: ids[1], limits, listen: places('bob'), transport },
  )
  bob.handle('sink', (stream) => void stream.resume())
  const peers = [aliceAtBob, bobAtAlice]
  await world.until(() => peers.every((peer) => peer.links.length === 2))
  const [main, spare] = [world.network.path('alice', 'bob'), world.network.path('alice', 'bob', 'spare')]
  return { world, peers, main, spare, dialedMs }
}

interface TwoLinks {
  readonly world: VirtualWorld
  readonly peers: readonly Peer[]
  readonly main: MemoryPath
  readonly spare: MemoryPath
  /** When either began a dial. */
  readonly dialedMs: readonly number[]
}
