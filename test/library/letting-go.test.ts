import { beforeEach, describe, expect, it } from 'vitest'
import type { HoldfastStream, Peer } from '../../src/node/api.ts'
import { MemoryDisk, memoryStore } from '../../src/store/memory.ts'
import { orders, serveEcho, VirtualWorld } from './virtual.ts'

let world: VirtualWorld
beforeEach(() => {
  world = new VirtualWorld()
})

/** Sends `text` on a stream that is open already, and waits until it comes back. */
async function roundTrip(stream: HoldfastStream, text: string, ms = 10_000): Promise<string> {
  let answer = ''
  const got = (bytes: Buffer): void => {
    answer += bytes.toString()
  }
  stream.on('data', got)
  stream.write(text)
  await world.until(() => answer.length >= text.length, ms)
  stream.off('data', got)
  return answer
}

function kinds(...peers: readonly Peer[]): string[] {
  return peers.map(({ state }) => state.kind)
}

describe.each(orders)('P7: a person pauses a peer, and $order', ({ ids }) => {
  const [aliceId, bobId] = ids

  it('in the moment in which a new link takes the place of an old one', async () => {
    const { aliceAtBob, bobAtAlice } = await world.pair({ id: aliceId, listen: [] }, { id: bobId })
    const failures: string[] = []
    bobAtAlice.on('dial:failed', (_attempt, error) => failures.push(String(error)))
    aliceAtBob.on('link:lost', () => aliceAtBob.pause())
    // Alice alone sees the end of the link, so that bob has it still when the next one comes.
    world.network.path('alice', 'bob').halfOpen('alice')
    await world.run(20_000)
    expect(aliceAtBob.state.kind).toBe('paused')
    expect([aliceAtBob.links, bobAtAlice.links]).toEqual([[], []])
    expect(bobAtAlice.state.kind).not.toBe('connected')
    expect(failures.join()).not.toMatch(/protocol|violation|attach-held/i)
    aliceAtBob.removeAllListeners('link:lost')
    aliceAtBob.resume()
    await world.wait(bobAtAlice.connected())
    expect(kinds(aliceAtBob, bobAtAlice)).toEqual(['connected', 'connected'])
  })

  it('lets go of its links at both sides, with the reason, and keeps them apart', async () => {
    const { aliceAtBob, bobAtAlice } = await world.pair({ id: aliceId }, { id: bobId })
    const reasons: string[] = []
    aliceAtBob.on('disconnected', (reason) => reasons.push(reason))
    bobAtAlice.on('disconnected', (reason) => reasons.push(reason))
    bobAtAlice.pause()
    await world.run(120_000)
    expect(kinds(bobAtAlice, aliceAtBob).at(0)).toBe('paused')
    expect(aliceAtBob.state.kind).toBe('disconnected')
    expect(reasons).toEqual(['paused', 'paused'])
    expect([aliceAtBob.links, bobAtAlice.links]).toEqual([[], []])
  })

  it('goes on with the streams that were open once it is resumed, and at once', async () => {
    const { bob, aliceAtBob, bobAtAlice } = await world.pair({ id: aliceId }, { id: bobId })
    serveEcho(bob)
    const stream = await world.wait(bobAtAlice.openStream('echo'))
    expect(await roundTrip(stream, 'before')).toBe('before')
    bobAtAlice.pause()
    stream.write('during')
    await world.run(600_000)
    bobAtAlice.resume()
    expect(await roundTrip(stream, 'after', 5_000)).toBe('duringafter')
    expect(kinds(bobAtAlice, aliceAtBob)).toEqual(['connected', 'connected'])
  })

  it('says so to whoever opens a stream', async () => {
    const { bobAtAlice } = await world.pair({ id: aliceId }, { id: bobId })
    bobAtAlice.pause()
    await expect(world.wait(bobAtAlice.openStream('echo'))).rejects.toMatchObject({ code: 'peer-paused' })
    expect(() => bobAtAlice.reconnect()).toThrow(/is paused; resume it first/)
  })
})

describe('P7: what a person decides outlives the process', () => {
  it.each(['paused', 'blocked'] as const)('a peer that is %s', async (kind) => {
    const disk = new MemoryDisk()
    const { alice, bob, bobAtAlice } = await world.pair({ store: memoryStore(disk) })
    if (kind === 'paused') bobAtAlice.pause()
    else bobAtAlice.block()
    await world.wait(alice.close())
    const again = await world.node('alice', { id: alice.id, store: memoryStore(disk) })
    await world.run(180_000)
    const peer = again.peer(bob.id)
    expect(peer.state.kind).toBe(kind)
    if (kind === 'paused') peer.resume()
    else peer.unblock()
    await world.run(61_000)
    expect(peer.state.kind).toBe('connected')
  })

  it('a name, which pairing again does not change, and settings', async () => {
    const disk = new MemoryDisk()
    const { alice, bob, bobAtAlice } = await world.pair({ store: memoryStore(disk) })
    bobAtAlice.rename('the box below the stairs')
    bobAtAlice.configure({
      connectPolicy: 'on-demand',
      idleTimeoutMs: 2_000,
      protocols: ['echo'],
      keepAlive: { mode: 'tcp' },
    })
    await world.wait(alice.pair(await bob.ticket()))
    const { settings } = bobAtAlice
    await world.wait(alice.close())
    const again = await world.node('alice', { id: alice.id, store: memoryStore(disk) })
    expect(again.peer(bob.id).name).toBe('the box below the stairs')
    expect(again.peer(bob.id).settings).toEqual(settings)
    expect(settings).toEqual({
      connectPolicy: 'on-demand',
      idleTimeoutMs: 2_000,
      protocols: ['echo'],
      keepAlive: { mode: 'tcp' },
    })
  })

  it('refuses a keep-alive that is out of its range, and changes nothing', async () => {
    const { bobAtAlice } = await world.pair()
    expect(() => bobAtAlice.configure({ keepAlive: { mode: 'fixed', intervalMs: 5 } })).toThrow(
      expect.objectContaining({ code: 'invalid-argument' }),
    )
    expect(bobAtAlice.settings.keepAlive).toBeUndefined()
    await expect(world.node('carol', { keepAlive: { mode: 'fixed', intervalMs: 5 } })).rejects.toMatchObject({
      code: 'invalid-argument',
    })
  })

  it('refuses a name that cannot be stored, and changes nothing', async () => {
    const { bobAtAlice } = await world.pair()
    expect(() => bobAtAlice.rename('')).toThrow(/name/)
    expect(() => bobAtAlice.rename('x'.repeat(65))).toThrow(/name/)
    expect(bobAtAlice.name).toBe('bob')
  })
})

describe('P7: a person blocks a peer', () => {
  it('ends its session, refuses it, and it stops dialing', async () => {
    const { bob, aliceAtBob, bobAtAlice } = await world.pair()
    serveEcho(bob)
    const stream = await world.wait(bobAtAlice.openStream('echo'))
    const failed = new Promise<Error>((resolve) => stream.once('error', resolve))
    bobAtAlice.block()
    expect(await world.wait(failed)).toMatchObject({ code: 'peer-blocked' })
    await world.run(60_000)
    expect(bobAtAlice.state).toMatchObject({ kind: 'blocked', code: 'blocked-here' })
    expect(aliceAtBob.state).toMatchObject({ kind: 'blocked', code: 'blocked' })
    await expect(world.wait(aliceAtBob.openStream('echo'))).rejects.toMatchObject({ code: 'peer-blocked' })
  })

  it('is connected again after unblocking, when either side asks for it', async () => {
    const { aliceAtBob, bobAtAlice } = await world.pair()
    bobAtAlice.block()
    await world.run(60_000)
    bobAtAlice.unblock()
    await world.run(10_000)
    expect(kinds(bobAtAlice, aliceAtBob)).toEqual(['connected', 'connected'])
  })
})

describe.each(['paused', 'blocked'] as const)('P7: a peer that is %s while a pairing dials it', (kind) => {
  it('is not connected by the answer, and the other side is told', async () => {
    const { alice, bob, aliceAtBob, bobAtAlice } = await world.pair()
    world.network.path('alice', 'bob').change({ latencyMs: 200 })
    let connections = 0
    bobAtAlice.on('connected', () => connections++)
    const pairing = alice.pair(await bob.ticket())
    pairing.catch(() => undefined)
    // The handshake of TLS takes two round trips; HELLO is under way, or its answer is.
    await world.run(1_000)
    if (kind === 'paused') bobAtAlice.pause()
    else bobAtAlice.block()
    await expect(world.wait(pairing)).rejects.toMatchObject({ code: `peer-${kind}` })
    await world.run(30_000)
    expect([bobAtAlice.state.kind, bobAtAlice.links, aliceAtBob.links, connections]).toEqual([kind, [], [], 0])
    expect(aliceAtBob.state.kind).toBe(kind === 'blocked' ? 'blocked' : 'disconnected')
  })

  it('nor dialed by one that begins later', async () => {
    const { alice, bob, bobAtAlice } = await world.pair()
    if (kind === 'paused') bobAtAlice.pause()
    else bobAtAlice.block()
    await world.run(1_000)
    await expect(world.wait(alice.pair(await bob.ticket()))).rejects.toMatchObject({ code: `peer-${kind}` })
    expect([bobAtAlice.state.kind, bobAtAlice.links]).toEqual([kind, []])
  })
})

describe('P7: a person takes back that a peer is blocked', () => {
  it('and it hears of that, though neither holds the other', async () => {
    const { aliceAtBob, bobAtAlice } = await world.pair()
    for (const peer of [aliceAtBob, bobAtAlice]) peer.configure({ connectPolicy: 'on-demand', idleTimeoutMs: 30_000 })
    bobAtAlice.block()
    await world.run(60_000)
    const path = world.network.path('alice', 'bob')
    path.blackHole()
    bobAtAlice.unblock()
    await world.run(60_000)
    path.heal()
    await world.until(() => aliceAtBob.state.kind === 'connected', 60_000)
    await world.run(60_000)
    expect(kinds(bobAtAlice, aliceAtBob)).toEqual(['disconnected', 'disconnected'])
  })

  it('and it finds out by asking, where it was not told', async () => {
    const { alice, aliceAtBob, bobAtAlice } = await world.pair()
    serveEcho(alice)
    bobAtAlice.configure({ connectPolicy: 'on-demand' })
    for (const ask of [
      () => world.echo(aliceAtBob, 'hello'),
      () => world.wait(aliceAtBob.connected()),
      () => Promise.resolve(aliceAtBob.reconnect()),
    ]) {
      bobAtAlice.block()
      await world.run(60_000)
      // Who was paused is not dialed to be told anything.
      bobAtAlice.pause()
      bobAtAlice.unblock()
      bobAtAlice.resume()
      await world.run(60_000)
      expect(aliceAtBob.state).toMatchObject({ kind: 'blocked', code: 'blocked' })
      await ask()
      await world.run(1_000)
      expect(kinds(bobAtAlice, aliceAtBob)).toEqual(['connected', 'connected'])
    }
  })

  it('and before that, whoever asks again and again brings about one attempt a second', async () => {
    const { aliceAtBob, bobAtAlice } = await world.pair()
    bobAtAlice.block()
    await world.run(60_000)
    const { dialAttempts } = aliceAtBob.counts
    const untilMs = world.clock.now() + 10_000
    let refused = 0
    async function askAgain(): Promise<void> {
      while (world.clock.now() < untilMs) {
        await expect(aliceAtBob.openStream('echo')).rejects.toMatchObject({ code: 'peer-blocked' })
        refused++
      }
    }
    await world.wait(askAgain())
    expect(aliceAtBob.counts.dialAttempts - dialAttempts).toBe(refused)
    expect(refused).toBeLessThan(15)
  })
})

describe.each(orders)('P7: a person blocks a peer in strict direction, and $order', ({ ids }) => {
  it('is connected again after unblocking, whichever side it was that blocked', async () => {
    const direction = 'strict'
    const { aliceAtBob, bobAtAlice } = await world.pair({ id: ids[0], direction }, { id: ids[1], direction })
    for (const [here, there] of [
      [aliceAtBob, bobAtAlice],
      [bobAtAlice, aliceAtBob],
    ] as const) {
      here.block()
      await world.run(600_000)
      expect([here.links, there.links]).toEqual([[], []])
      here.unblock()
      await world.run(75_000)
      expect(kinds(here, there)).toEqual(['connected', 'connected'])
    }
  })
})

describe('P7: a person ends a pairing', () => {
  it('for good: the peer is gone from the disk, the other side is told, and refused when it comes', async () => {
    const { alice, bob, aliceAtBob, bobAtAlice } = await world.pair()
    const unpaired: string[] = []
    alice.on('unpaired', (peer) => unpaired.push(peer.id))
    bobAtAlice.unpair()
    await world.run(30_000)
    expect(unpaired).toEqual([bob.id])
    expect(alice.peers()).toEqual([])
    expect(alice.store.peers()).toEqual([])
    expect(() => alice.peer(bob.id)).toThrow(/No paired peer/)
    expect(aliceAtBob.state).toMatchObject({ kind: 'blocked', code: 'not-paired' })
    await expect(world.wait(bobAtAlice.openStream('echo'))).rejects.toMatchObject({ code: 'unknown-peer' })
  })

  it('also when the other side cannot be told: it is refused when it comes', async () => {
    const { alice, bob, aliceAtBob, bobAtAlice } = await world.pair()
    world.network.path('alice', 'bob').blackHole()
    bobAtAlice.unpair()
    await world.run(30_000)
    world.network.path('alice', 'bob').heal()
    await world.run(180_000)
    expect(aliceAtBob.state).toMatchObject({ kind: 'blocked', code: 'not-paired' })
    const peer = await world.wait(alice.pair(await bob.ticket()))
    await world.run(1_000)
    expect(kinds(peer, aliceAtBob)).toEqual(['connected', 'connected'])
  })
})

describe('L8: a peer that is held on demand', () => {
  it('is dialed when a stream is opened, and dropped after its idle timeout, whatever the pings', async () => {
    const { bob, aliceAtBob, bobAtAlice } = await world.pair()
    serveEcho(bob)
    for (const peer of [aliceAtBob, bobAtAlice]) peer.configure({ connectPolicy: 'on-demand', idleTimeoutMs: 30_000 })
    await world.run(29_000)
    expect(bobAtAlice.state.kind).toBe('connected')
    await world.run(2_000)
    expect(kinds(bobAtAlice, aliceAtBob)).toEqual(['disconnected', 'disconnected'])
    expect(bobAtAlice.state).toMatchObject({ reason: expect.stringMatching(/idle|not-wanted/), nextAttempt: undefined })
    await world.run(600_000)
    expect(bobAtAlice.links).toEqual([])
    expect(await world.echo(bobAtAlice, 'hello')).toBe('hello')
    await world.run(29_000)
    expect(bobAtAlice.state.kind).toBe('connected')
    await world.run(2_000)
    expect(bobAtAlice.state.kind).toBe('disconnected')
  })

  it('is kept as long as a stream is open', async () => {
    const { bob, aliceAtBob, bobAtAlice } = await world.pair()
    serveEcho(bob)
    for (const peer of [aliceAtBob, bobAtAlice]) peer.configure({ connectPolicy: 'on-demand', idleTimeoutMs: 30_000 })
    const stream = await world.wait(bobAtAlice.openStream('echo'))
    await world.run(600_000)
    expect(bobAtAlice.state.kind).toBe('connected')
    stream.destroy()
    await world.run(40_000)
    expect(bobAtAlice.state.kind).toBe('disconnected')
  })

  it('is never dropped while it is held always, which is the default', async () => {
    const { aliceAtBob, bobAtAlice } = await world.pair()
    const [before] = bobAtAlice.links
    await world.run(24 * 3_600_000)
    expect(bobAtAlice.links.map(({ id }) => id)).toEqual([before?.id])
    expect(aliceAtBob.state.kind).toBe('connected')
  })
})

describe('P7: which protocols a peer may use', () => {
  it('is all by default for a paired one, and what is named otherwise, at once', async () => {
    const { bob, aliceAtBob, bobAtAlice } = await world.pair()
    serveEcho(bob)
    expect(await world.echo(bobAtAlice, 'one')).toBe('one')
    aliceAtBob.configure({ protocols: ['other'] })
    const stream = await world.wait(bobAtAlice.openStream('echo'))
    const failed = new Promise<Error>((resolve) => stream.once('error', resolve))
    stream.write('two')
    expect(await world.wait(failed)).toMatchObject({ resetCode: 3 })
    aliceAtBob.configure({ protocols: 'all' })
    expect(await world.echo(bobAtAlice, 'three')).toBe('three')
  })
})

describe('L8: limits', () => {
  it('a node with as many peers as it may have refuses another, at either end of a pairing', async () => {
    const { alice, bob } = await world.pair({ peersMax: 1 }, { peersMax: 1 })
    const carol = await world.node('carol')
    await expect(world.wait(carol.pair(await bob.ticket()))).rejects.toMatchObject({ refusal: 'full' })
    await expect(world.wait(alice.pair(await carol.ticket()))).rejects.toMatchObject({ code: 'node-full' })
  })

  it('a node with as many links as it may have refuses another, and takes it later', async () => {
    const { bob, bobAtAlice } = await world.pair({}, { linksMax: 1 })
    const carol = await world.node('carol')
    await expect(world.wait(carol.pair(await bob.ticket()))).rejects.toMatchObject({ refusal: 'full' })
    bobAtAlice.pause()
    await world.run(1_000)
    await world.wait(carol.pair(await bob.ticket()))
    expect(carol.peer(bob.id).state.kind).toBe('connected')
  })
})
