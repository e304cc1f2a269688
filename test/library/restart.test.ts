// Whole nodes in virtual time: a process that is killed and started again while its peers run on, and all of them at once.
import { describe, expect, it } from 'vitest'
import { connected, Machine, meshOf } from './machine.ts'
import { orders, VirtualWorld } from './virtual.ts'

const DOWN_MS = 5_000
const PROMISED_MS = 300

describe.each(orders)('a peer killed and started again 5 s later, when $order', ({ ids }) => {
  it('has a working new stream within 0.3 s, whichever id is lower', async () => {
    for (let round = 0; round < 10; round++) {
      const world = new VirtualWorld()
      const [alice, bob] = [new Machine(world, 'alice', ids[0]), new Machine(world, 'bob', ids[1])]
      alice.know(bob)
      bob.know(alice)
      await Promise.all([alice.start(), bob.start()])
      await connected(world, [alice, bob])
      await world.run(20_000 + round * 97)
      bob.kill()
      await world.run(DOWN_MS)
      let failures = 0
      await bob.start()
      const startedMs = world.clock.now()
      for (const { node } of [alice, bob]) for (const peer of node.peers()) peer.on('dial:failed', () => failures++)
      // Alice notices the restart by the first link; a stream that she opened before would have ended with it.
      await world.until(() => alice.node.isConnected(bob.id))
      expect(await world.echo(alice.node.peer(bob.id), 'hello')).toBe('hello')
      expect(world.clock.now() - startedMs).toBeLessThanOrEqual(PROMISED_MS)
      await world.run(5_000)
      expect(failures).toBe(0)
      expect(world.network.path('alice', 'bob').channelCount).toBe(1)
    }
  })
})

it('a restarted node reaches all of twenty peers that ran on within 0.3 s, by one link each', async () => {
  const world = new VirtualWorld()
  const machines = await meshOf(world, 21)
  const middle = machines[10]!
  // As on a local network: what takes time is the turns, not the way.
  for (const { name } of machines)
    if (name !== middle.name) world.network.path(middle.name, name).change({ latencyMs: 1 })
  middle.kill()
  await world.run(DOWN_MS)
  await middle.start()
  let links = 0
  let failures = 0
  middle.node.on('link:up', () => links++)
  for (const peer of middle.node.peers()) peer.on('dial:failed', () => failures++)
  await world.run(PROMISED_MS)
  expect(middle.node.connectedPeers()).toHaveLength(20)
  await world.run(10_000)
  expect([links, failures]).toEqual([20, 0])
})

it('nodes that all restart in the same instant make exactly one link a pair, and no dial fails', async () => {
  const world = new VirtualWorld()
  const machines = await meshOf(world, 12)
  for (const machine of machines) machine.kill()
  await world.run(DOWN_MS)
  let links = 0
  const failures: Error[] = []
  await Promise.all(machines.map((machine) => machine.start()))
  for (const { node } of machines) {
    node.on('link:up', () => links++)
    for (const peer of node.peers()) peer.on('dial:failed', (_, error) => failures.push(error))
  }
  await world.run(PROMISED_MS)
  await connected(world, machines)
  await world.run(10_000)
  expect(failures).toEqual([])
  // Both sides of each link count it.
  expect(links).toBe(12 * 11)
})

it('in strict direction the lower side alone dials after a restart', async () => {
  const world = new VirtualWorld()
  const [lower, higher] = (await meshOf(world, 2, { direction: 'strict' })) as [Machine, Machine]
  higher.kill()
  await world.run(DOWN_MS)
  await higher.start()
  await connected(world, [lower, higher])
  // It knocks once, and each link is the lower side's.
  expect(higher.node.counts.dialAttempts).toBe(1)
  expect(higher.node.peers().map(({ links }) => links.map(({ direction }) => direction))).toEqual([['inbound']])
})
