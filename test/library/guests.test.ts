import { beforeEach, describe, expect, it } from 'vitest'
import type { HoldfastNode } from '../../src/node/node.ts'
import { orders, serveEcho, VirtualWorld } from './virtual.ts'

let world: VirtualWorld
beforeEach(() => {
  world = new VirtualWorld()
})

describe('L8: guests', () => {
  async function open(guests = {}): Promise<{ host: HoldfastNode; guest: HoldfastNode }> {
    const host = await world.node('host', { admit: 'anyone', guests: { protocols: ['echo'], ...guests } })
    serveEcho(host)
    return { host, guest: await world.node('guest') }
  }

  it('are let in by a node that admits anyone, use what is named for them, and nothing else', async () => {
    const { host, guest } = await open()
    host.handle('secret', () => undefined)
    const peer = await world.wait(guest.connectAsGuest(host.id, host.addresses))
    expect(await world.echo(peer, 'hello')).toBe('hello')
    expect([peer.relation, host.peer(guest.id).relation]).toEqual(['host', 'guest'])
    const stream = await world.wait(peer.openStream('secret'))
    const failed = new Promise<Error>((resolve) => stream.once('error', resolve))
    stream.write('knock')
    expect(await world.wait(failed)).toMatchObject({ code: 'stream-reset', resetCode: 3 })
    expect([host.store.peers(), guest.store.peers()]).toEqual([[], []])
  })

  it('are refused by a node that admits paired peers alone, which is the default', async () => {
    const host = await world.node('host')
    const guest = await world.node('guest')
    await expect(world.wait(guest.connectAsGuest(host.id, host.addresses))).rejects.toMatchObject({
      refusal: 'not-paired',
    })
    expect([host.peers(), guest.peers()]).toEqual([[], []])
  })

  it('are not let in as paired peers', async () => {
    const { alice, bob, bobAtAlice, aliceAtBob } = await world.pair({}, { admit: 'anyone' })
    world.network.path('alice', 'bob').cut()
    aliceAtBob.unpair()
    await world.run(30_000)
    expect(bobAtAlice.state).toMatchObject({ kind: 'blocked', code: 'not-paired' })
    expect([alice.peers().length, bob.peers().length]).toEqual([1, 0])
  })

  it('lose an unused link after an hour, and are forgotten an hour later', async () => {
    const { host, guest } = await open()
    const peer = await world.wait(guest.connectAsGuest(host.id, host.addresses))
    peer.configure({ idleTimeoutMs: 24 * 3_600_000 })
    await world.run(3_590_000)
    expect(peer.state.kind).toBe('connected')
    await world.run(20_000)
    expect(peer.state.kind).toBe('disconnected')
    expect(host.peers()).toHaveLength(1)
    await world.run(3_700_000)
    expect(host.peers()).toEqual([])
    expect(await world.echo(peer, 'again')).toBe('again')
  })

  it('that visit twice at once are not in each other’s way', async () => {
    const { host, guest } = await open()
    const path = world.network.path('host', 'guest')
    path.change({ dials: 'hang' })
    const impatient = new AbortController()
    const first = guest.connectAsGuest(host.id, host.addresses, { signal: impatient.signal })
    const second = guest.connectAsGuest(host.id, host.addresses)
    const third = guest.connectAsGuest(host.id, host.addresses)
    await world.run(1_000)
    path.change({ dials: 'pass' })
    impatient.abort(new Error('enough'))
    await expect(first).rejects.toThrow('enough')
    const peer = await world.wait(second)
    expect([await world.wait(third), peer.state.kind, peer.links.length]).toEqual([peer, 'connected', 1])
  })

  it('are told of once, as peers that are new', async () => {
    const { host, guest } = await open()
    const told: string[] = []
    host.on('paired', () => told.push('paired'))
    host.on('peer:connected', () => told.push('connected'))
    host.on('link:up', () => told.push('link up'))
    host.on('peer:disconnected', () => told.push('disconnected'))
    const visit = await world.wait(guest.connectAsGuest(host.id, host.addresses))
    visit.unpair()
    await world.run(1_000)
    expect(told).toEqual(['paired', 'connected', 'link up', 'disconnected'])
  })

  it('are forgotten in time though somebody sets the clock back by a day', async () => {
    const clock = world.clock.view()
    const host = await world.node('host', { clock, admit: 'anyone', guests: { idleTimeoutMs: 60_000 } })
    const guest = await world.node('guest')
    await world.wait(guest.connectAsGuest(host.id, host.addresses))
    await world.run(70_000)
    expect(host.peers()).toHaveLength(1)
    clock.jumpWall(-86_400_000)
    await world.run(90_000)
    expect(host.peers()).toEqual([])
  })

  it.each(orders)('come again to a node in strict direction, where $order', async ({ ids }) => {
    const direction = 'strict'
    const host = await world.node('host', { id: ids[1], direction, admit: 'anyone', guests: { protocols: ['echo'] } })
    const guest = await world.node('guest', { id: ids[0], direction })
    serveEcho(host)
    const peer = await world.wait(guest.connectAsGuest(host.id, host.addresses))
    world.network.path('host', 'guest').reset()
    await world.run(60_000)
    expect(await world.echo(peer, 'again')).toBe('again')
  })

  it('are limited in number, with a clear refusal; one that has gone makes room', async () => {
    const { host, guest } = await open({ max: 1 })
    const first = await world.wait(guest.connectAsGuest(host.id, host.addresses))
    const other = await world.node('other')
    await expect(world.wait(other.connectAsGuest(host.id, host.addresses))).rejects.toMatchObject({ refusal: 'full' })
    first.unpair()
    await world.run(1_000)
    expect((await world.wait(other.connectAsGuest(host.id, host.addresses))).state.kind).toBe('connected')
    expect(host.peers()).toHaveLength(1)
  })
})
