// Whole nodes in virtual time: how fresh what they show of each other is.
import { describe, expect, it } from 'vitest'
import type { NodeEvent, Peer } from '../../src/index.ts'
import { MemoryDisk, memoryStore } from '../../src/store/memory.ts'
import { type VirtualPair, VirtualWorld } from './virtual.ts'

const MINUTE_MS = 60_000

async function paired(options: Parameters<VirtualWorld['pair']> = []): Promise<VirtualPair & { world: VirtualWorld }> {
  const world = new VirtualWorld()
  return { world, ...(await world.pair(...options)) }
}

const peersOf = ({ aliceAtBob, bobAtAlice }: VirtualPair): readonly Peer[] => [aliceAtBob, bobAtAlice]

describe('H1, H3: figures of two nodes at rest', () => {
  it('are never older than two intervals, at both ends, for a day', async () => {
    const { world, ...pair } = await paired()
    await world.run(10_000)
    for (let minute = 0; minute < 24 * 60; minute++) {
      await world.run(MINUTE_MS)
      for (const { health, links } of peersOf(pair)) {
        expect(health.lastCheckMs).toBe(links[0]!.lastCheckMs)
        expect(world.clock.wallNow() - health.lastCheckMs!).toBeLessThanOrEqual(2 * 120_000)
      }
    }
  })

  it('forget a slow beginning with the second probe, and a change of the path within minutes', async () => {
    const world = new VirtualWorld()
    const path = world.network.path('alice', 'bob')
    path.change({ latencyMs: 20 })
    const [alice, bob] = [await world.node('alice'), await world.node('bob')]
    const bobAtAlice = await world.wait(alice.pair(await bob.ticket()))
    path.change({ latencyMs: 0 })
    await world.run(3_000)
    for (const { health } of [bobAtAlice, bob.peer(alice.id)]) {
      expect(health.roundTripMs).toBeLessThan(1)
      expect(health.jitterMs).toBeLessThan(1)
    }
    path.change({ latencyMs: 50 })
    await world.run(20 * MINUTE_MS)
    for (const { health } of [bobAtAlice, bob.peer(alice.id)]) {
      expect(health.roundTripMs).toBeGreaterThan(95)
      expect(health.jitterMs).toBeLessThan(10)
    }
  })

  it('say when they were measured, and keep saying it when the link is gone', async () => {
    const { world, bobAtAlice } = await paired()
    await world.run(10 * MINUTE_MS)
    world.network.path('alice', 'bob').blackHole()
    const measuredMs = bobAtAlice.health.lastCheckMs
    await world.until(() => bobAtAlice.links.length === 0, 10 * MINUTE_MS)
    expect(bobAtAlice.health.lastCheckMs).toBe(measuredMs)
    // A probe that was missed is no check.
    expect(bobAtAlice.health.lastProbeMs).toBeGreaterThan(measuredMs!)
  })
})

describe('L1: when a peer was last seen', () => {
  it('is when its last byte came, of a link and of the peer, while it is connected too', async () => {
    const { world, ...pair } = await paired()
    await world.run(10 * MINUTE_MS)
    let sawSilence = false
    for (let second = 0; second < 300; second++) {
      const before = peersOf(pair).map(({ links }) => links[0]!.bytesReceived)
      await world.run(1_000)
      for (const [at, { lastSeenMs, links }] of peersOf(pair).entries()) {
        const agoMs = world.clock.wallNow() - lastSeenMs!
        const [link] = links
        expect(lastSeenMs).toBe(link!.lastSeenMs)
        if (link!.bytesReceived > before[at]!) expect(agoMs).toBeLessThanOrEqual(1_000)
        else expect(agoMs).toBeGreaterThanOrEqual(1_000)
        sawSilence ||= agoMs > 30_000
      }
    }
    expect(sawSilence).toBe(true)
  })

  it('is not the moment when its silence was noticed, neither in the peer, nor in the event, nor on disk', async () => {
    const disk = new MemoryDisk()
    const { world, alice, bobAtAlice } = await paired([{ store: memoryStore(disk) }])
    await world.run(MINUTE_MS)
    const lastMs = bobAtAlice.lastSeenMs!
    const path = world.network.path('alice', 'bob')
    path.blackHole()
    path.change({ dials: 'hang' })
    const lost: NodeEvent[] = []
    const reading = (async () => {
      for await (const event of alice.events()) if (event.type === 'link:lost') lost.push(event)
    })()
    await world.until(() => bobAtAlice.links.length === 0, 10 * MINUTE_MS)
    await world.run(MINUTE_MS)
    expect(bobAtAlice.lastSeenMs).toBe(lastMs)
    expect(disk.peers.get(bobAtAlice.id)?.lastSeenMs).toBe(Math.floor(lastMs))
    await world.wait(alice.close())
    await world.wait(reading)
    expect(lost).toMatchObject([{ link: { lastSeenMs: lastMs } }])
  })

  it('is known after a restart, and after a crash at most some minutes too early', async () => {
    const disk = new MemoryDisk()
    const { world, alice, bobAtAlice } = await paired([{ store: memoryStore(disk) }])
    await world.run(3 * 60 * MINUTE_MS)
    const lastMs = bobAtAlice.lastSeenMs!
    world.network.host('alice').crash('silent')
    const early = lastMs - disk.peers.get(bobAtAlice.id)!.lastSeenMs!
    expect(early).toBeGreaterThanOrEqual(0)
    expect(early).toBeLessThanOrEqual(6 * MINUTE_MS)
    const again = await world.node('again', { id: alice.id, store: memoryStore(disk.copy()) })
    const known = again.peer(bobAtAlice.id).lastSeenMs!
    expect(lastMs - known).toBe(early)
    await world.wait(again.close())
  })
})

describe('H3: keep-alive fixed, 60 s, 10 s and 3', () => {
  const fixed = { keepAlive: { mode: 'fixed' } } as const

  it('loses a peer behind a black hole after three failed checks, within 180 s, and says degraded at the first', async () => {
    for (const holeAfterMs of [0, 15_000, 30_000, 45_000]) {
      const { world, bobAtAlice } = await paired([fixed, fixed])
      await world.run(10 * MINUTE_MS + holeAfterMs)
      const path = world.network.path('alice', 'bob')
      path.blackHole()
      path.change({ dials: 'hang' })
      const beganMs = world.clock.now()
      await world.until(() => bobAtAlice.state.kind === 'degraded', 10 * MINUTE_MS)
      expect(world.clock.now() - beganMs).toBeLessThanOrEqual(76_500)
      await world.until(() => bobAtAlice.state.kind === 'disconnected', 10 * MINUTE_MS)
      expect(world.clock.now() - beganMs).toBeGreaterThan(100_000)
      expect(world.clock.now() - beganMs).toBeLessThanOrEqual(180_000)
    }
  })

  it('loses it at once where the system knows', async () => {
    const { world, bobAtAlice } = await paired([fixed, fixed])
    await world.run(10 * MINUTE_MS)
    const path = world.network.path('alice', 'bob')
    path.change({ dials: 'refuse' })
    path.reset()
    await world.run(1_000)
    expect(bobAtAlice.state).toMatchObject({ kind: 'disconnected', reason: 'connection-reset' })
  })
})

describe('M2: the dial of a pairing', () => {
  it('is history of the address that it reached', async () => {
    const { world, bobAtAlice } = await paired()
    expect(bobAtAlice.addresses).toMatchObject([
      {
        address: 'memory://bob:1',
        standing: 'good',
        lastOutcome: 'reached',
        lastReachedMs: expect.any(Number) as number,
      },
    ])
    expect(world.clock.wallNow() - bobAtAlice.addresses[0]!.lastReachedMs!).toBeLessThan(10_000)
  })
})
