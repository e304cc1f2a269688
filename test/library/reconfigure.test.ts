// Options that are changed while the node runs.
import { beforeEach, describe, expect, it } from 'vitest'
import { serveEcho, VirtualWorld } from './virtual.ts'

let world: VirtualWorld
beforeEach(() => {
  world = new VirtualWorld()
})

describe('reconfigure', () => {
  it('changes how links that are up are watched, and leaves a peer its own way', async () => {
    const { alice, bobAtAlice } = await world.pair()
    const pings = async (): Promise<number> => {
      const before = bobAtAlice.health.history.length
      await world.run(600_000)
      return bobAtAlice.health.history.length - before
    }
    expect(await pings()).toBeLessThan(12)
    alice.reconfigure({ keepAlive: { mode: 'fixed', intervalMs: 30_000 } })
    expect(await pings()).toBeGreaterThan(15)
    bobAtAlice.configure({ keepAlive: { mode: 'fixed', intervalMs: 600_000 } })
    alice.reconfigure({ keepAlive: { mode: 'fixed', intervalMs: 1_000 } })
    expect(await pings()).toBeLessThan(12)
  })

  it('changes when a lost peer is dialed again', async () => {
    const { alice, bob, bobAtAlice } = await world.pair()
    alice.reconfigure({ reconnect: { waitMsMax: 2_000 } })
    const { id } = bob
    await world.wait(bob.close())
    const attempts: number[] = []
    bobAtAlice.on('dial:failed', () => attempts.push(world.clock.now()))
    await world.run(600_000)
    expect(bobAtAlice.id).toBe(id)
    expect(attempts.length).toBeGreaterThan(600 / 2.5)
  })

  it('lets nobody more in for a lower limit, and closes nothing', async () => {
    const { bob, aliceAtBob } = await world.pair()
    const carol = await world.node('carol')
    bob.reconfigure({ peersMax: 1, linksMax: 1 })
    await expect(world.wait(carol.pair(await bob.ticket()))).rejects.toMatchObject({ refusal: 'full' })
    expect(aliceAtBob.state.kind).toBe('connected')
    bob.reconfigure({ peersMax: undefined, linksMax: 2 })
    await world.wait(carol.pair(await bob.ticket()))
    expect(bob.connectedPeers()).toHaveLength(2)
  })

  it('changes what guests may do, for those that come', async () => {
    const host = await world.node('host', { admit: 'anyone', guests: { max: 0 } })
    serveEcho(host)
    const guest = await world.node('guest')
    await expect(world.wait(guest.connectAsGuest(host.id, host.addresses))).rejects.toMatchObject({ refusal: 'full' })
    host.reconfigure({ guests: { max: 1, protocols: ['echo'] } })
    expect(await world.echo(await world.wait(guest.connectAsGuest(host.id, host.addresses)), 'hello')).toBe('hello')
  })

  it('refuses what is out of its range, and changes nothing', async () => {
    const { alice, bobAtAlice } = await world.pair()
    const invalid = expect.objectContaining({ code: 'invalid-argument' })
    expect(() => alice.reconfigure({ peersMax: 1, keepAlive: { mode: 'fixed', intervalMs: 5 } })).toThrow(invalid)
    expect(() => alice.reconfigure({ reconnect: { factor: 0 } })).toThrow(invalid)
    expect(() => alice.reconfigure({ idleTimeoutMs: Number.NaN })).toThrow(invalid)
    expect(() => alice.reconfigure({ guests: { max: 1.5 }, peersMax: 2 })).toThrow(invalid)
    await expect(world.node('carol', { linksMax: 0 })).rejects.toEqual(invalid)
    await expect(world.node('carol', { limits: { linksWanted: 9 } })).rejects.toEqual(invalid)
    expect([alice.tuning.peersMax, bobAtAlice.state.kind]).toEqual([65_536, 'connected'])
  })
})

describe('L8: an idle timeout of the node', () => {
  it('lets go of peers that nobody uses, and dials them when they are needed', async () => {
    const { bob, bobAtAlice } = await world.pair({ idleTimeoutMs: 60_000 }, { idleTimeoutMs: 60_000 })
    serveEcho(bob)
    await world.run(120_000)
    expect(bobAtAlice.state).toMatchObject({ kind: 'disconnected' })
    expect(await world.echo(bobAtAlice, 'again')).toBe('again')
  })

  it('begins and ends while the node runs', async () => {
    const { alice, bob, bobAtAlice } = await world.pair()
    for (const node of [alice, bob]) node.reconfigure({ idleTimeoutMs: 60_000 })
    await world.run(120_000)
    expect(bobAtAlice.state.kind).toBe('disconnected')
    alice.reconfigure({ idleTimeoutMs: undefined })
    await world.run(10_000)
    expect(bobAtAlice.state.kind).toBe('connected')
  })

  it('is not for a peer that has one of its own', async () => {
    const { aliceAtBob, bobAtAlice } = await world.pair({ idleTimeoutMs: 60_000 }, { idleTimeoutMs: 60_000 })
    for (const peer of [aliceAtBob, bobAtAlice]) peer.configure({ connectPolicy: 'on-demand', idleTimeoutMs: 600_000 })
    await world.run(500_000)
    expect(bobAtAlice.state.kind).toBe('connected')
  })
})
