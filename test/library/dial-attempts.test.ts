// Whole nodes in virtual time: what becomes of the attempts that are under way when one succeeds, and of dials to whoever answers.
import { describe, expect, it } from 'vitest'
import type { Peer } from '../../src/node/api.ts'
import { orders, serveEcho, VirtualWorld } from './virtual.ts'

interface Watch {
  /** Links that came up, at either side. */
  ups: number
  /** The most links that one side had at a time. */
  most: number
  /** Times at which a side was left without any link. */
  readonly without: number[]
}

function watch(world: VirtualWorld, ...peers: readonly Peer[]): Watch {
  const seen: Watch = { ups: 0, most: 0, without: [] }
  for (const peer of peers) {
    peer.on('link:up', () => {
      seen.ups++
      seen.most = Math.max(seen.most, peer.links.length)
    })
    peer.on('disconnected', () => seen.without.push(world.clock.now()))
  }
  return seen
}

describe.each(orders)('attempts that come through together, when $order', ({ ids }) => {
  it('after a black hole end in one link: the others are ended before they are attached', async () => {
    const world = new VirtualWorld()
    const { alice, bob, bobAtAlice, aliceAtBob } = await world.pair({ id: ids[0] }, { id: ids[1] })
    serveEcho(alice, bob)
    const path = world.network.path('alice', 'bob')
    path.blackHole()
    // Both are waiting for something, so both dial beside the link that hangs.
    for (const peer of [aliceAtBob, bobAtAlice]) void peer.openStream('echo').then((stream) => stream.end('x'))
    await world.until(() => path.channelCount >= 10)
    const seen = watch(world, aliceAtBob, bobAtAlice)
    path.heal()
    await world.run(10_000)
    // The one that hung, and what each side has dialed beside it.
    expect(seen.most).toBeLessThanOrEqual(3)
    expect(seen.ups).toBeLessThanOrEqual(4)
    expect(path.channelCount).toBe(1)
    expect([aliceAtBob.state.kind, bobAtAlice.state.kind]).toEqual(['connected', 'connected'])
    expect(await world.echo(bobAtAlice, 'still here')).toBe('still here')
  })

  it('on a path so slow that further hellos are out when the first is answered end in one link or two', async () => {
    const world = new VirtualWorld()
    const { alice, bob, bobAtAlice, aliceAtBob } = await world.pair({ id: ids[0] }, { id: ids[1] })
    serveEcho(alice, bob)
    const path = world.network.path('alice', 'bob')
    await world.run(20_000)
    path.change({ latencyMs: 900 })
    path.reset()
    await world.run(0)
    const seen = watch(world, aliceAtBob, bobAtAlice)
    let pending = 0
    world.clock.after(5_000, () => (pending = path.channelCount))
    await world.run(60_000)
    expect(pending).toBeGreaterThan(3)
    // Each side has heard of one link of its own and, until the end of the others comes to it, of few more.
    expect(seen.most).toBeLessThanOrEqual(4)
    expect(seen.without).toEqual([])
    // To both such a path is poor, and one more than is wanted is kept where none does well.
    expect(path.channelCount).toBeLessThanOrEqual(2)
    expect(aliceAtBob.links.length).toBe(bobAtAlice.links.length)
    expect(await world.echo(bobAtAlice, 'still here')).toBe('still here')
  })
})
