// Whole nodes in virtual time: addresses of a peer that lead to the dialer itself, as when both listen on all interfaces at one port.
import { expect, it } from 'vitest'
import type { Transport } from '../../src/transport/transport.ts'
import { serveEcho, VirtualWorld } from './virtual.ts'

it('an address that is certainly of this node itself is never dialed for a peer, and others are', async () => {
  const world = new VirtualWorld()
  const advertise = ['memory://alice:1', 'memory://bob:1']
  const { alice, bob, bobAtAlice } = await world.pair({}, { advertise })
  serveEcho(alice, bob)
  const errors: Error[] = []
  bobAtAlice.on('dial:failed', (_, error) => errors.push(error))
  for (let round = 0; round < 3; round++) {
    await world.run(20_000)
    world.network.path('alice', 'bob').reset()
    await world.until(() => alice.isConnected(bob.id))
  }
  expect(bobAtAlice.addresses.map(({ address }) => address)).toContain('memory://alice:1')
  expect(bobAtAlice.addresses.find(({ address }) => address === 'memory://alice:1')).toMatchObject({
    lastTriedMs: undefined,
  })
  expect(errors).toEqual([])
  expect(await world.echo(bobAtAlice, 'hello')).toBe('hello')
})

it('an address at which this node itself answers is recognised as that, and is not dialed again until the network changes', async () => {
  const world = new VirtualWorld()
  const dialed: string[] = []
  /** A router leads from `home` back to alice. */
  const hairpin = (host: string, id: Parameters<VirtualWorld['network']['transport']>[1]): Transport => {
    const transport = world.network.transport(host, id)
    return {
      ...transport,
      scheme: 'memory',
      listen: (address, arrived) => transport.listen(address, arrived),
      dial(address, options) {
        dialed.push(address)
        return transport.dial(address.replace('//home:', '//alice:'), options)
      },
    }
  }
  const { alice, bob, bobAtAlice } = await world.pair(
    { transport: hairpin },
    { advertise: ['memory://home:1', 'memory://bob:1'] },
  )
  const errors: Error[] = []
  bobAtAlice.on('dial:failed', (_, error) => errors.push(error))
  const path = world.network.path('alice', 'bob')
  for (let round = 0; round < 3; round++) {
    await world.run(20_000)
    path.change({ dials: 'refuse' })
    path.reset()
    await world.run(30_000)
    path.change({ dials: 'pass' })
    await world.until(() => alice.isConnected(bob.id))
  }
  expect(dialed.filter((address) => address === 'memory://home:1')).toHaveLength(1)
  expect(errors.length).toBeGreaterThan(1)
  for (const error of errors) expect(error.message).not.toMatch(/must be paired anew|new identity/)
})

it('a ticket that names nothing but this node itself is refused in words that say so', async () => {
  const world = new VirtualWorld()
  const alice = await world.node('alice')
  const bob = await world.node('bob', { advertise: ['memory://alice:1'] })
  await expect(world.wait(alice.pair(await bob.ticket()))).rejects.toMatchObject({
    code: 'own-address',
    message: expect.stringContaining('leads to this node itself'),
  })
})

it('a peer of which nothing but own addresses is known is not dialed, and is connected when it comes', async () => {
  const world = new VirtualWorld()
  const alice = await world.node('alice')
  const bob = await world.node('bob', { advertise: ['memory://alice:1'] })
  await world.wait(bob.pair(await alice.ticket()))
  await world.run(20_000)
  world.network.path('alice', 'bob').reset()
  await world.until(() => alice.isConnected(bob.id))
  expect(alice.peer(bob.id).links).toMatchObject([{ direction: 'inbound' }])
  expect(alice.counts.dialAttempts).toBe(0)
})
