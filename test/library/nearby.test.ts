import { beforeEach, describe, expect, it } from 'vitest'
import type { Discovery, DiscoveryHost } from '../../src/discovery/discovery.ts'
import type { NodeEvent } from '../../src/node/events/events.ts'
import type { HoldfastNode } from '../../src/node/node.ts'
import { MemoryDisk, memoryStore } from '../../src/store/memory.ts'
import { MemoryLan } from '../../src/testing/memory-discovery.ts'
import { orders, serveEcho, type VirtualNodeOptions, VirtualWorld } from './virtual.ts'

let world: VirtualWorld
let lan: MemoryLan
beforeEach(() => {
  world = new VirtualWorld()
  lan = new MemoryLan()
})

/** A node on the local network, that is heard to be at `memory://NAME:1`, or on another host where it has moved to. */
function node(name: string, options: VirtualNodeOptions = {}): Promise<HoldfastNode> {
  const host = options.host ?? name
  return world.node(name, { discovery: lan.join(world.clock, () => [`memory://${host}:1`]), ...options })
}

/** The events of a node from now on, as they come. */
function follow(node: HoldfastNode): NodeEvent[] {
  const told: NodeEvent[] = []
  const events = node.events()
  void (async () => {
    for await (const event of events) told.push(event)
  })()
  return told
}

describe('P6: nodes of one local network', () => {
  it('see each other, by name, and whether somebody opened them, until they end', async () => {
    const alice = await node('alice')
    const told = follow(alice)
    const [carol, bob] = [await node('carol'), await node('bob')]
    await world.run(1_000)
    expect(alice.nearby().map(({ id, name }) => [id, name])).toEqual([
      [bob.id, 'bob'],
      [carol.id, 'carol'],
    ])
    expect(alice.nearby()[0]).toMatchObject({ addresses: ['memory://bob:1'], isPaired: false, acceptsPairing: false })
    bob.openPairing()
    await world.run(1_000)
    expect(alice.nearby()[0]?.acceptsPairing).toBe(true)
    expect(alice.discovery).toMatchObject({ kind: 'listening' })
    await world.wait(bob.close())
    await world.run(1_000)
    expect(alice.nearby().map(({ name }) => name)).toEqual(['carol'])
    expect(told.map(({ type }) => type).filter((type) => type.startsWith('nearby'))).toEqual([
      'nearby:found',
      'nearby:found',
      'nearby:lost',
    ])
  })

  it('forget one that is not heard for as long as it said', async () => {
    let host: DiscoveryHost | undefined
    const discovery: Discovery = {
      state: { kind: 'off' },
      start: (started) => (host = started),
      changed: () => undefined,
      networkChanged: () => undefined,
      stop: () => Promise.resolve(),
    }
    const alice = await world.node('alice', { discovery })
    const told = follow(alice)
    const { id } = await world.node('bob')
    host?.heard({ id, from: 'bob', name: 'bob', addresses: ['memory://bob:1'], acceptsPairing: false, lifeMs: 120_000 })
    await world.run(119_000)
    expect(alice.nearby().map(({ lastHeardMs }) => world.clock.wallNow() - lastHeardMs)).toEqual([119_000])
    await world.run(7_000)
    expect(alice.nearby()).toEqual([])
    expect(told.map(({ type }) => type)).toEqual(['nearby:found', 'nearby:lost'])
  })

  it('pair by code with nothing but the id', async () => {
    const [alice, bob] = [await node('alice'), await node('bob')]
    await world.run(1_000)
    bob.openPairing()
    const [request] = await world.wait(
      Promise.all([alice.pairNearby(bob.id), new Promise((resolve) => bob.once('pairing:requested', resolve))]),
    )
    for (const one of [request, ...bob.pairingRequests()]) one.confirm()
    await world.wait(request.peer)
    await world.run(1_000)
    expect(alice.nearby()[0]).toMatchObject({ id: bob.id, isPaired: true })
  })

  it('are told when a node is not heard and no address of it is known', async () => {
    const [alice, bob] = [await node('alice'), await world.node('bob')]
    await expect(alice.pairNearby(bob.id)).rejects.toMatchObject({ code: 'unreachable' })
  })

  it('hear nothing of one that does not announce itself, which hears them', async () => {
    const [alice, shy] = [await node('alice'), await node('shy', { announce: false })]
    await world.run(100_000)
    expect([alice.nearby(), shy.nearby().map(({ name }) => name)]).toEqual([[], ['alice']])
  })
})

describe('P6: paired peers that moved', () => {
  it('find each other again in a second, though both are elsewhere, and wait for their next attempt', async () => {
    const disks = [new MemoryDisk(), new MemoryDisk()] as const
    const first = await node('alice', { store: memoryStore(disks[0]) })
    const second = await node('bob', { store: memoryStore(disks[1]) })
    const ids = [first.id, second.id] as const
    await world.wait(first.pair(await second.ticket()))
    await world.run(1_000)
    await world.wait(Promise.all([first.close(), second.close()]))

    const alice = await node('alice', { id: ids[0], host: 'alices-train', store: memoryStore(disks[0]) })
    serveEcho(alice)
    await world.run(600_000)
    expect(alice.peer(ids[1]).state.kind).toBe('disconnected')
    const bob = await node('bob', { id: ids[1], host: 'bobs-train', store: memoryStore(disks[1]) })
    await world.run(1_000)
    expect(alice.peer(ids[1]).state.kind).toBe('connected')
    expect(await world.echo(bob.peer(ids[0]), 'here')).toBe('here')
    const known = alice.peer(ids[1]).addresses.find(({ address }) => address === 'memory://bobs-train:1')
    expect(known).toBeDefined()
  })

  it('are dialed where they are heard, and the address is forgotten with its time, unless it worked', async () => {
    const bob = await node('bob')
    const alice = await node('alice')
    await world.wait(alice.pair(await bob.ticket()))
    const peer = alice.peer(bob.id)
    peer.on('disconnected', () => undefined)
    const liar = lan.join(world.clock, () => ['memory://nowhere:1'])
    liar.start({
      id: bob.id,
      announcement: () => ({ name: 'bob', listening: [], acceptsPairing: false }),
      heard: () => undefined,
    })
    await world.run(1_000)
    expect(peer.addresses.map(({ address, source }) => [address, source])).toContainEqual([
      'memory://nowhere:1',
      'mdns',
    ])
    expect(alice.store.peer(bob.id)?.addresses).toEqual(['memory://bob:1'])
    world.network.path('alice', 'bob').reset()
    await world.run(5_000)
    expect(peer.state.kind).toBe('connected')
    await liar.stop()
    await world.run(130_000)
    expect(peer.addresses.map(({ address }) => address)).toEqual(['memory://bob:1'])
  })

  it('are found though somebody pretends to be them, at ever new addresses, and takes back where they are', async () => {
    const disk = new MemoryDisk()
    // None but alice dials.
    const [alices, bobs] = orders[0].ids
    const alice = await node('alice', { id: alices, direction: 'strict' })
    const first = await node('bob', { id: bobs, direction: 'strict', store: memoryStore(disk) })
    await world.wait(alice.pair(await first.ticket()))
    await world.run(1_000)
    await world.wait(first.close())
    let round = 0
    const lies = (): string[] => Array.from({ length: 16 }, (_, at) => `memory://nowhere:${16 * round + at + 1}`)
    const liar = lan.join(world.clock, lies)
    liar.start({
      id: first.id,
      announcement: () => ({ name: 'bob', listening: [], acceptsPairing: false }),
      heard: () => undefined,
    })
    const takesBack = lan.join(world.clock, () => ['memory://bobs-train:1'])
    const lie = (): void => {
      round++
      liar.changed()
      takesBack.start({
        id: first.id,
        announcement: () => ({ name: 'bob', listening: [], acceptsPairing: false }),
        heard: () => undefined,
      })
      void takesBack.stop()
      world.clock.after(1_000, lie)
    }
    lie()
    await world.run(300_000)
    await node('bob', { id: bobs, direction: 'strict', host: 'bobs-train', store: memoryStore(disk) })
    await world.run(20_000)
    expect(alice.nearby()[0]?.addresses).toContain('memory://bobs-train:1')
    expect(alice.peer(bobs).state.kind).toBe('connected')
  })
})
