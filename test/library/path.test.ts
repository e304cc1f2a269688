// Whole nodes in virtual time: over what kinds of link a peer is reached, and who is told of it.
import { describe, expect, it } from 'vitest'
import type { NodeEvent, Peer } from '../../src/index.ts'
import { type VirtualPair, VirtualWorld } from './virtual.ts'

interface Stage extends VirtualPair {
  readonly world: VirtualWorld
  /** What each of the two peers told, oldest first. */
  readonly told: readonly (readonly [path: string, before: string])[][]
}

/** Two nodes with two interfaces, of which the second leads over a relay. */
async function stage(): Promise<Stage> {
  const world = new VirtualWorld()
  const places = (name: string): string[] => [`memory://${name}:1`, `memory://${name}.spare:1`]
  const limits = { linksWanted: 2 }
  world.network.path('alice', 'bob', 'spare').change({ isRelayed: true })
  const pair = await world.pair({ limits, listen: places('alice') }, { limits, listen: places('bob') })
  const peers: Peer[] = [pair.aliceAtBob, pair.bobAtAlice]
  await world.until(() => peers.every((peer) => peer.path === 'mixed'))
  await world.run(1_000)
  const told = peers.map((peer) => {
    const changes: [string, string][] = []
    peer.on('path', (path, before) => {
      expect(peer.path).toBe(path)
      changes.push([path, before])
    })
    return changes
  })
  return { world, ...pair, told }
}

describe('M3: the path to a peer', () => {
  it('is direct, relayed, mixed or none, and each change is told at both ends', async () => {
    const { world, aliceAtBob, bobAtAlice, told } = await stage()
    const [direct, relayed] = [world.network.path('alice', 'bob'), world.network.path('alice', 'bob', 'spare')]
    const paths = (): string[] => [aliceAtBob.path, bobAtAlice.path]
    expect(paths()).toEqual(['mixed', 'mixed'])
    direct.change({ dials: 'refuse' })
    direct.reset()
    await world.run(5_000)
    expect(paths()).toEqual(['relay', 'relay'])
    relayed.change({ dials: 'refuse' })
    relayed.reset()
    await world.run(1_000)
    expect(paths()).toEqual(['none', 'none'])
    direct.change({ dials: 'pass' })
    await world.until(() => paths().every((path) => path === 'direct'))
    relayed.change({ dials: 'pass' })
    await world.until(() => paths().every((path) => path === 'mixed'))
    for (const changes of told)
      expect(changes).toEqual([
        ['relay', 'mixed'],
        ['none', 'relay'],
        ['direct', 'none'],
        ['mixed', 'direct'],
      ])
  })

  it('is an event of the node, in a sentence, from the first link on', async () => {
    const world = new VirtualWorld()
    world.network.path('alice', 'bob').change({ isRelayed: true })
    const [alice, bob] = [await world.node('alice'), await world.node('bob')]
    const seen: NodeEvent[] = []
    const reading = (async () => {
      for await (const event of alice.events()) if (event.type.startsWith('peer:')) seen.push(event)
    })()
    const bobAtAlice = await world.wait(alice.pair(await bob.ticket()))
    await world.run(1_000)
    expect([bobAtAlice.path, bobAtAlice.links[0]!.kind]).toEqual(['relay', 'relay'])
    await world.wait(bob.close())
    await world.run(1_000)
    await world.wait(alice.close())
    await world.wait(reading)
    expect(seen.filter(({ type }) => type === 'peer:path')).toMatchObject([
      { peer: { name: 'bob' }, path: 'relay', before: 'none' },
      { peer: { name: 'bob' }, path: 'none', before: 'relay' },
    ])
    const types = seen.map(({ type }) => type)
    expect(types.indexOf('peer:path')).toBeGreaterThan(types.indexOf('peer:connected'))
  })
})
