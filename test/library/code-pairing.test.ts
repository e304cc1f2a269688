import { beforeEach, describe, expect, it } from 'vitest'
import { comparePeerIds } from '../../src/identity/peer-id.ts'
import type { PairingRequest } from '../../src/node/local/nearby-api.ts'
import type { HoldfastNode } from '../../src/node/node.ts'
import { RemotePeer } from '../../src/node/peer/peer.ts'
import { PeerRecordStore } from '../../src/node/peer/peer-record-store.ts'
import { orders, serveEcho, VirtualWorld } from './virtual.ts'

let world: VirtualWorld
beforeEach(() => {
  world = new VirtualWorld()
})

/** The requests that a node's people see, as they come. */
function asked(node: HoldfastNode): Promise<PairingRequest> {
  return new Promise((resolve) => node.once('pairing:requested', resolve))
}

/** Both screens show a code: `alice` has asked, `bob` was open. */
async function compare(
  alice: HoldfastNode,
  bob: HoldfastNode,
): Promise<[alices: PairingRequest, bobs: PairingRequest]> {
  if (bob.pairingOpenUntilMs === undefined) bob.openPairing()
  const bobs = asked(bob)
  const alices = await world.wait(alice.pairNearby(bob.id, { addresses: bob.addresses }))
  return [alices, await world.wait(bobs)]
}

/** What one sends with, the other receives with. */
function keysOf(node: HoldfastNode): [send: string, receive: string] {
  const { send = new Uint8Array(), receive = new Uint8Array() } = node.store.peers()[0]?.keys ?? {}
  return [Buffer.from(send).toString('hex'), Buffer.from(receive).toString('hex')]
}

describe.each(orders)('P3: pairing by code, when $order', ({ ids }) => {
  let alice: HoldfastNode
  let bob: HoldfastNode
  beforeEach(async () => {
    alice = await world.node('alice', { id: ids[0] })
    bob = await world.node('bob', { id: ids[1] })
    serveEcho(alice, bob)
  })

  it('shows both people the same six digits, and pairs when both have confirmed, in any order', async () => {
    const [alices, bobs] = await compare(alice, bob)
    expect(alices.code).toMatch(/^\d{6}$/)
    expect(bobs).toMatchObject({
      id: alice.id,
      name: 'alice',
      code: alices.code,
      direction: 'inbound',
      state: 'comparing',
    })
    expect(alices).toMatchObject({ id: bob.id, name: 'bob', direction: 'outbound', state: 'comparing' })
    expect([alice.pairingRequests(), bob.pairingRequests()]).toEqual([[alices], [bobs]])
    bobs.confirm()
    await world.run(30_000)
    expect([alice.peers(), bob.peers(), bobs.state, alices.state]).toEqual([[], [], 'confirmed', 'comparing'])
    alices.confirm()
    expect(await world.wait(alices.peer)).toBe(alice.peer(bob.id))
    expect(await world.wait(bobs.peer)).toBe(bob.peer(alice.id))
    await world.run(1_000)
    expect([alices.state, bobs.state]).toEqual(['paired', 'paired'])
    expect([alice.pairingRequests(), bob.pairingRequests(), bob.pairingOpenUntilMs]).toEqual([[], [], undefined])
    expect(world.network.path('alice', 'bob').channelCount).toBe(1)
    for (const [node, other] of [
      [alice, bob],
      [bob, alice],
    ] as const)
      expect(await world.echo(node.peer(other.id), 'hello')).toBe('hello')
  })

  it('P4: leaves two keys, one each way, others each time, and others than those of a ticket', async () => {
    const pairs: string[][] = []
    for (let time = 0; time < 3; time++) {
      if (time < 2) {
        const [alices, bobs] = await compare(alice, bob)
        alices.confirm()
        bobs.confirm()
        await world.wait(alices.peer)
      } else await world.wait(alice.pair(await bob.ticket()))
      await world.run(1_000)
      const [send, receive] = keysOf(alice)
      expect(keysOf(bob)).toEqual([receive, send])
      expect(send).toHaveLength(64)
      expect(send).not.toBe(receive)
      pairs.push([send, receive])
    }
    expect(new Set(pairs.flat()).size).toBe(6)
  })

  it.each(['alice', 'bob'] as const)('ends on both sides, with nothing stored, when %s says no', async (who) => {
    const requests = await compare(alice, bob)
    const [no, other] = who === 'alice' ? requests : requests.toReversed()
    other?.confirm()
    no?.reject()
    await expect(world.wait(no!.peer)).rejects.toMatchObject({ code: 'pairing-rejected', by: 'self' })
    await expect(world.wait(other!.peer)).rejects.toMatchObject({ code: 'pairing-rejected', by: 'peer' })
    await world.run(5_000)
    expect([alice.peers(), bob.peers(), alice.pairingRequests(), bob.pairingRequests()]).toEqual([[], [], [], []])
    expect([alice.store.peers(), bob.store.peers()]).toEqual([[], []])
    expect(world.network.path('alice', 'bob').channelCount).toBe(0)
  })

  it('can be taken back after it was confirmed, as long as the other has not decided', async () => {
    const [alices, bobs] = await compare(alice, bob)
    bobs.confirm()
    await world.run(1_000)
    bobs.reject()
    await expect(world.wait(alices.peer)).rejects.toMatchObject({ code: 'pairing-rejected', by: 'peer' })
    alices.confirm()
    await world.run(5_000)
    expect([alice.peers(), bob.peers()]).toEqual([[], []])
  })

  it('ends after two minutes without a decision', async () => {
    const [alices, bobs] = await compare(alice, bob)
    expect(alices.expiresAtMs - world.clock.wallNow()).toBeGreaterThan(115_000)
    alices.confirm()
    await world.run(121_000)
    await expect(world.wait(bobs.peer)).rejects.toMatchObject({ code: 'pairing-failed' })
    await expect(world.wait(alices.peer)).rejects.toMatchObject({ code: 'pairing-failed' })
    expect(world.network.path('alice', 'bob').channelCount).toBe(0)
  })

  it('outlives the loss of its link while people compare, and between their decisions', async () => {
    const [alices, bobs] = await compare(alice, bob)
    world.network.path('alice', 'bob').reset()
    await world.run(3_000)
    alices.confirm()
    await world.run(1_000)
    world.network.path('alice', 'bob').reset()
    bobs.confirm()
    await world.wait(Promise.all([alices.peer, bobs.peer]))
    await world.run(5_000)
    expect(await world.echo(bob.peer(alice.id), 'hello')).toBe('hello')
    const [send, receive] = keysOf(alice)
    expect(keysOf(bob)).toEqual([receive, send])
  })

  it('comes to one pairing when both ask at about the same time, though neither is open at first', async () => {
    for (const apartMs of [0, 40, 80, 120, 160, 220]) {
      const names = [`alice${apartMs}`, `bob${apartMs}`] as const
      const [one, other] = [await world.node(names[0]), await world.node(names[1])]
      const later = world.after(apartMs).then(() => other.pairNearby(one.id, { addresses: one.addresses }))
      if (apartMs > 40) for (const node of [one, other]) node.openPairing()
      const first = one.pairNearby(other.id, { addresses: other.addresses })
      const [ones, others] = await world.wait(Promise.all([first, later]))
      expect(ones.code, `${apartMs} ms apart`).toBe(others.code)
      ones.confirm()
      others.confirm()
      await world.wait(Promise.all([ones.peer, others.peer]))
      await world.run(1_000)
      expect(world.network.path(...names).channelCount).toBe(1)
    }
  })

  it('gives way to a pairing by ticket with the same node', async () => {
    const [alices, bobs] = await compare(alice, bob)
    await world.wait(alice.pair(await bob.ticket()))
    await expect(world.wait(alices.peer)).rejects.toMatchObject({ code: 'pairing-failed' })
    await expect(world.wait(bobs.peer)).rejects.toMatchObject({ code: 'pairing-failed' })
    await world.run(1_000)
    expect(await world.echo(alice.peer(bob.id), 'hello')).toBe('hello')
  })
})

describe('P3: who may ask', () => {
  let alice: HoldfastNode
  let bob: HoldfastNode
  beforeEach(async () => {
    alice = await world.node('alice')
    bob = await world.node('bob')
  })
  const ask = (node: HoldfastNode): Promise<PairingRequest> =>
    world.wait(node.pairNearby(bob.id, { addresses: bob.addresses }))

  it('nobody, unless a person has opened the node, and no longer than that', async () => {
    await expect(ask(alice)).rejects.toMatchObject({ code: 'refused', refusal: 'pairing-closed' })
    bob.openPairing({ forMs: 60_000 })
    await world.run(61_000)
    await expect(ask(alice)).rejects.toMatchObject({ refusal: 'pairing-closed' })
    bob.openPairing()
    bob.closePairing()
    await expect(ask(alice)).rejects.toMatchObject({ refusal: 'pairing-closed' })
    expect(bob.pairingRequests()).toEqual([])
  })

  it('nobody in a way that is not known, as one that asks a node of an earlier version', async () => {
    bob.openPairing()
    const peer = new RemotePeer(alice, PeerRecordStore.provisional(alice.store, bob.id, bob.addresses))
    const dialed = peer.connection.dialOnce(bob.addresses, new AbortController().signal, { pairing: 7 })
    await expect(world.wait(dialed)).rejects.toMatchObject({ code: 'refused', refusal: 'not-paired' })
  })

  it('is let go of when the signal is aborted, before the code is known and after', async () => {
    bob.openPairing()
    const controller = new AbortController()
    const early = alice.pairNearby(bob.id, { addresses: bob.addresses, signal: controller.signal })
    controller.abort(new Error('never mind'))
    await expect(world.wait(early)).rejects.toThrow('never mind')
    await world.run(5_000)
    const other = new AbortController()
    const request = await world.wait(alice.pairNearby(bob.id, { addresses: bob.addresses, signal: other.signal }))
    other.abort(new Error('never mind'))
    await expect(world.wait(request.peer)).rejects.toMatchObject({ code: 'pairing-failed' })
    await world.run(5_000)
    expect(bob.pairingRequests()).toEqual([])
  })

  it('is let go of when the last of those who asked for it here gives up, and no sooner', async () => {
    bob.openPairing()
    const [first, second] = [new AbortController(), new AbortController()]
    const [firsts, seconds] = [first, second].map(({ signal }) =>
      alice.pairNearby(bob.id, { addresses: bob.addresses, signal }),
    )
    first.abort(new Error('never mind'))
    await expect(world.wait(firsts!)).rejects.toThrow('never mind')
    const request = await world.wait(seconds!)
    expect(request.state).toBe('comparing')
    second.abort(new Error('nor this'))
    await expect(world.wait(request.peer)).rejects.toMatchObject({ code: 'pairing-failed' })
  })

  it('stays for the other side when somebody here joins what it asked for, and gives up', async () => {
    const [, bobs] = await compare(alice, bob)
    const controller = new AbortController()
    const options = { addresses: alice.addresses, signal: controller.signal }
    expect(await world.wait(bob.pairNearby(alice.id, options))).toBe(bobs)
    controller.abort()
    await world.run(1_000)
    expect(bobs.state).toBe('comparing')
  })

  it('is off the list as soon as a person has said no, though the other side does not hear, and can be asked anew', async () => {
    const [alices] = await compare(alice, bob)
    const path = world.network.path('alice', 'bob')
    path.blackHole()
    alices.reject()
    expect(alice.pairingRequests()).toEqual([])
    const again = alice.pairNearby(bob.id, { addresses: bob.addresses })
    await world.run(1_000)
    bob.openPairing()
    path.heal()
    expect((await world.wait(again)).state).toBe('comparing')
  })

  it('a source is turned away after three that came to nothing, for five minutes, and all of them are counted', async () => {
    const refusals: object[] = []
    void (async () => {
      for await (const event of bob.events()) if (event.type === 'pairing:refused') refusals.push(event)
    })()
    for (let time = 0; time < 3; time++) {
      const [, bobs] = await compare(alice, bob)
      bobs.reject()
      await world.run(5_000)
    }
    bob.openPairing({ forMs: 3_600_000 })
    await expect(ask(alice)).rejects.toMatchObject({ code: 'refused', refusal: 'busy' })
    const carol = await world.node('carol')
    const carols = await ask(carol)
    expect(carols.code).toMatch(/^\d{6}$/)
    carols.reject()
    await world.run(300_000)
    bob.openPairing()
    expect((await ask(alice)).state).toBe('comparing')
    expect(refusals.slice(0, 3)).toMatchObject([
      { source: 'alice', reason: 'code-not-confirmed', count: 1, waitMs: 0 },
      { count: 2, waitMs: 0 },
      { count: 3, waitMs: 300_000 },
    ])
  })

  it.each(['says no', 'lets time run out', 'is gone'])(
    'the node closes itself, with a reason, when one to whom it has shown a code %s',
    async (what) => {
      const closed: unknown[] = []
      void (async () => {
        for await (const event of bob.events()) if (event.type === 'pairing:open') closed.push(event.reason)
      })()
      bob.openPairing({ forMs: 3_600_000 })
      const [alices, bobs] = await compare(alice, bob)
      if (what === 'says no') alices.reject()
      else if (what === 'is gone') await world.wait(alice.close({ flushTimeoutMs: 0 }))
      await expect(world.wait(bobs.peer)).rejects.toThrow()
      await world.run(5_000)
      expect([bob.pairingOpenUntilMs, closed]).toEqual([undefined, ['asked', 'tries']])
      const carol = await world.node('carol')
      await expect(ask(carol)).rejects.toMatchObject({ refusal: 'pairing-closed' })
      bob.openPairing()
      expect((await ask(carol)).state).toBe('comparing')
    },
  )

  it('one at a time, wherever they come from: others are turned away until it is decided', async () => {
    bob.openPairing()
    const [, bobs] = await compare(alice, bob)
    const carol = await world.node('carol')
    await expect(ask(carol)).rejects.toMatchObject({ refusal: 'busy' })
    expect(bob.pairingRequests()).toEqual([bobs])
  })

  it('one at a time from one address, also before there is a code', async () => {
    bob.openPairing()
    await compare(alice, bob)
    const other = await world.node('another', { host: 'alice', listen: [] })
    await expect(ask(other)).rejects.toMatchObject({ refusal: 'busy' })
    expect(bob.pairingRequests()).toHaveLength(1)
  })

  it('whoever asks has sixteen that are not decided, at most', async () => {
    for (let time = 0; time < 16; time++) await compare(alice, await world.node(`stranger${time}`))
    bob.openPairing()
    await expect(ask(alice)).rejects.toMatchObject({ code: 'node-full' })
  })

  it('is told when the other one asked at the same time, and was turned away', async () => {
    await world.wait(alice.pair(await bob.ticket()))
    const [lower, higher] = comparePeerIds(alice.id, bob.id) < 0 ? [alice, bob] : [bob, alice]
    higher.peer(lower.id).block()
    await world.run(1_000)
    const asked = higher.pairNearby(lower.id, { addresses: lower.addresses })
    lower.pairNearby(higher.id, { addresses: higher.addresses }).catch(() => undefined)
    await expect(world.wait(asked)).rejects.toMatchObject({ code: 'refused', refusal: 'blocked' })
    expect(higher.pairingRequests()).toEqual([])
  })

  it('ends with the node', async () => {
    const [alices, bobs] = await compare(alice, bob)
    await world.wait(bob.close())
    await expect(world.wait(bobs.peer)).rejects.toMatchObject({ code: 'node-closed' })
    await expect(world.wait(alices.peer)).rejects.toMatchObject({ code: 'pairing-failed' })
  })
})
