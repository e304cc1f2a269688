import { once } from 'node:events'
import { beforeEach, describe, expect, it } from 'vitest'
import { decodeTicket } from '../../src/identity/ticket.ts'
import { RefusedError } from '../../src/node/errors.ts'
import type { HoldfastNode } from '../../src/node/node.ts'
import { RemotePeer } from '../../src/node/peer/peer.ts'
import { PeerRecordStore } from '../../src/node/peer/peer-record-store.ts'
import { encodeRequest, PAIRING_PROTOCOL, sendMessage } from '../../src/pairing/messages.ts'
import { MemoryDisk, memoryStore } from '../../src/store/memory.ts'
import { orders, serveEcho, VirtualWorld } from './virtual.ts'

let world: VirtualWorld
beforeEach(() => {
  world = new VirtualWorld()
})

/** The two are paired with each other and nobody else, on one link, with keys that match across, and streams pass both ways. */
async function expectPaired(alice: HoldfastNode, bob: HoldfastNode): Promise<void> {
  for (const [node, other] of [
    [alice, bob],
    [bob, alice],
  ] as const) {
    expect(node.peers().map(({ id, state, links }) => [id, state.kind, links.length])).toEqual([
      [other.id, 'connected', 1],
    ])
    expect(await world.echo(node.peer(other.id), `from ${node.name}`)).toBe(`from ${node.name}`)
  }
  expect(world.network.path('alice', 'bob').channelCount).toBe(1)
  expectSameKeys(alice, bob)
}

/** What one seals with, the other opens with. */
function expectSameKeys(alice: HoldfastNode, bob: HoldfastNode): void {
  const [alices, bobs] = [alice, bob].map((node) => {
    const { send = '', receive = '' } = node.store.peers()[0]?.keys ?? {}
    return { send: Buffer.from(send).toString('hex'), receive: Buffer.from(receive).toString('hex') }
  })
  expect(alices?.send).toHaveLength(64)
  expect(alices?.send).not.toBe(alices?.receive)
  expect(alices).toEqual({ send: bobs?.receive, receive: bobs?.send })
}

/** How often the node has said that it is paired. */
function countPaired(node: HoldfastNode): () => number {
  let count = 0
  node.on('paired', () => count++)
  return () => count
}

describe.each(orders)('pairing, when $order', ({ ids }) => {
  let alice: HoldfastNode
  let bob: HoldfastNode
  beforeEach(async () => {
    alice = await world.node('alice', { id: ids[0] })
    bob = await world.node('bob', { id: ids[1] })
    serveEcho(alice, bob)
  })

  it.each([0, 1, 20, 40, 60, 80, 100, 120, 140, 160, 180, 200, 220, 260])(
    'comes to one link and the same keys when both use the other’s ticket, %d ms apart, and stays so when the link is reset',
    async (apartMs) => {
      const counts = [alice, bob].map(countPaired)
      const [alices, bobs] = [await alice.ticket(), await bob.ticket()]
      const later = world.after(apartMs).then(() => bob.pair(alices))
      const [bobAtAlice, aliceAtBob] = await world.wait(Promise.all([alice.pair(bobs), later]))
      expect([bobAtAlice, aliceAtBob]).toEqual([alice.peer(bob.id), bob.peer(alice.id)])
      await world.run(1_000)
      await expectPaired(alice, bob)
      world.network.path('alice', 'bob').reset()
      await world.run(5_000)
      await expectPaired(alice, bob)
      expect(counts.map((count) => count())).toEqual([1, 1])
    },
  )

  it.each([
    { tickets: 1, apartMs: 0 },
    { tickets: 1, apartMs: 110 },
    { tickets: 1, apartMs: 190 },
    { tickets: 2, apartMs: 0 },
    { tickets: 2, apartMs: 110 },
    { tickets: 2, apartMs: 190 },
  ])('answers two calls for one issuer, $apartMs ms apart, with one peer: $tickets ticket(s)', async (calls) => {
    const counts = [alice, bob].map(countPaired)
    const first = await bob.ticket()
    const second = calls.tickets === 1 ? first : await bob.ticket()
    const later = world.after(calls.apartMs).then(() => alice.pair(second))
    const peers = await world.wait(Promise.all([alice.pair(first), later]))
    expect(peers[0]).toBe(peers[1])
    await world.run(1_000)
    await expectPaired(alice, bob)
    expect(counts.map((count) => count())).toEqual([1, 1])
  })

  it('ends with its signal while it waits for an earlier one, which goes on, as does one behind it', async () => {
    const ticket = await bob.ticket()
    const controller = new AbortController()
    let earlier = 'runs'
    const first = alice.pair(ticket).finally(() => (earlier = 'has ended'))
    const second = alice.pair(ticket, { signal: controller.signal }).catch((error: unknown) => error)
    const third = alice.pair(ticket)
    await world.run(50)
    const reason = new Error('changed my mind')
    controller.abort(reason)
    expect(await second).toBe(reason)
    expect(earlier).toBe('runs')
    const peers = await world.wait(Promise.all([first, third]))
    expect(peers).toEqual([alice.peer(bob.id), alice.peer(bob.id)])
    await world.run(1_000)
    await expectPaired(alice, bob)
  })

  it('is not disturbed by streams that the issuer opens as soon as it hears of it', async () => {
    let echo: Promise<string> | undefined
    bob.once('paired', (peer) => {
      echo = world.echo(peer, 'early')
    })
    await world.wait(alice.pair(await bob.ticket()))
    expect(await echo).toBe('early')
    await expectPaired(alice, bob)
  })

  it.each(['alice', 'bob'])(
    'is made again after %s ended it, though the other side has a stream to open',
    async (ender) => {
      const [one, other] = ender === 'alice' ? [alice, bob] : [bob, alice]
      await world.wait(alice.pair(await bob.ticket()))
      await world.run(1_000)
      one.peer(other.id).unpair()
      await world.run(1_000)
      let echo: Promise<string> | undefined
      const peer = other.peer(one.id)
      peer.once('link:up', () => {
        echo = world.echo(peer, 'at once')
      })
      await world.wait(alice.pair(await bob.ticket()))
      expect(await echo).toBe('at once')
      await expectPaired(alice, bob)
    },
  )

  it('is made again after it was ended, though the other side still counts on a link that is dead', async () => {
    const disks = [new MemoryDisk(), new MemoryDisk()] as const
    const start = (): Promise<[HoldfastNode, HoldfastNode]> =>
      Promise.all([
        world.node('carol', { id: ids[0], store: memoryStore(disks[0]) }),
        world.node('dave', { id: ids[1], store: memoryStore(disks[1]) }),
      ])
    const [first, second] = await start()
    await world.wait(first.pair(await second.ticket()))
    await world.wait(Promise.all([first.close(), second.close()]))
    // Their new session has not carried anything yet.
    const [carol, dave] = await start()
    await world.run(10_000)
    dave.handle('sink', (stream) => stream.resume())
    const stream = await world.wait(carol.peer(dave.id).openStream('sink'))
    const failure = once(stream, 'error')
    stream.write('nobody answers')
    await world.run(1_000)
    world.network.path('carol', 'dave').halfOpen('dave')
    await world.until(() => dave.peer(carol.id).links.length === 0)
    dave.peer(carol.id).unpair()
    const again = await world.wait(carol.pair(await dave.ticket()), 5_000)
    await world.run(5_000)
    expect([again.state.kind, dave.peer(carol.id).state.kind]).toEqual(['connected', 'connected'])
    expectSameKeys(carol, dave)
    expect((await failure)[0]).toMatchObject({ code: 'session-lost' })
  })

  it('is made again after it was ended, though the clock was set back by a day meanwhile', async () => {
    const clock = world.clock.view()
    alice = await world.node('carol', { clock })
    await world.wait(alice.pair(await bob.ticket()))
    await world.run(10_000)
    clock.jumpWall(-86_400_000)
    alice.peer(bob.id).unpair()
    await world.run(1_000)
    const again = await world.wait(alice.pair(await bob.ticket()))
    expect(again.state.kind).toBe('connected')
    expectSameKeys(alice, bob)
  })

  it('succeeds when the issuer’s last word is lost with the link, and again with a fresh ticket', async () => {
    bob.once('paired', () => world.network.path('alice', 'bob').reset())
    await world.wait(alice.pair(await bob.ticket()))
    await world.run(5_000)
    await expectPaired(alice, bob)
    await world.wait(alice.pair(await bob.ticket()))
    await world.run(5_000)
    await expectPaired(alice, bob)
  })

  it('succeeds whenever in its course the link is reset', async () => {
    for (let resetMs = 5; resetMs < 240; resetMs += 10) {
      const host = { alice: `alice${resetMs}`, bob: `bob${resetMs}` }
      const [one, other] = [await world.node(host.alice), await world.node(host.bob)]
      const paired = world.wait(one.pair(await other.ticket()))
      world.clock.after(resetMs, () => world.network.path(host.alice, host.bob).reset())
      await expect(paired, `reset after ${resetMs} ms`).resolves.toMatchObject({ id: other.id })
      expectSameKeys(one, other)
    }
  })

  it('tells and stores all that fits of a long name and of many addresses', async () => {
    const addresses = (name: string): string[] => [
      `memory://${name}:1`,
      ...Array.from({ length: 39 }, (_, index) => `memory://${name}.spare${index}:1`),
      `memory://${'x'.repeat(300)}:1`,
    ]
    // 70 bytes each, cut at 64 bytes before the character that does not fit.
    const names = ['ö'.repeat(35), `${'€'.repeat(23)}x`] as const
    const carol = await world.node(names[0], { host: 'carol', advertise: addresses('carol') })
    const dave = await world.node(names[1], { host: 'dave', advertise: addresses('dave') })
    await world.wait(carol.pair(await dave.ticket()))
    await world.run(1_000)
    expect(carol.peer(dave.id).name).toBe('€'.repeat(21))
    expect(dave.peer(carol.id).name).toBe('ö'.repeat(32))
    expect(carol.store.peer(dave.id)?.addresses).toEqual(addresses('dave').slice(0, 16))
    expect(dave.store.peer(carol.id)?.addresses).toEqual(addresses('carol').slice(0, 16))
  })
})

describe('one ticket', () => {
  it.each([0, 1, 20, 40, 60, 80, 100, 120, 140, 160, 180, 200])(
    'pairs one of two nodes that use it %d ms apart, and leaves the other in no list',
    async (apartMs) => {
      const bob = await world.node('bob')
      const users = [await world.node('alice'), await world.node('carol')] as const
      const ticket = await bob.ticket()
      const later = world.after(apartMs).then(() => users[1].pair(ticket))
      const results = await world.wait(Promise.allSettled([users[0].pair(ticket), later]))
      const [winner, loser] = results[0].status === 'fulfilled' ? users : [users[1], users[0]]
      const errors = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as Error] : []))
      expect(errors).toHaveLength(1)
      const [error] = errors
      if (error instanceof RefusedError) expect(error.refusal).toBe('ticket-refused')
      else expect(error).toMatchObject({ code: 'pairing-failed' })
      await world.run(5_000)
      expect(bob.peers().map(({ id }) => id)).toEqual([winner.id])
      expect(winner.peers().map(({ id }) => id)).toEqual([bob.id])
      expect([loser.peers(), loser.store.peers()]).toEqual([[], []])
      expect(world.network.path(loser.name, 'bob').channelCount).toBe(0)
    },
  )
})

describe('strangers who know the number of a ticket', () => {
  /** Where they stop. */
  const stalls: readonly ['without a stream' | 'in the middle of the request' | 'after the challenge'][] = [
    ['without a stream'],
    ['in the middle of the request'],
    ['after the challenge'],
  ]

  let bob: HoldfastNode
  let ticket: string
  beforeEach(async () => {
    bob = await world.node('bob')
    serveEcho(bob)
    ticket = await bob.ticket()
  })

  /** As many strangers, each of which has begun to pair and says no more. */
  async function stall(count: number, where: (typeof stalls)[number][0]): Promise<void> {
    const { issuer, addresses, number } = decodeTicket(ticket)
    const begin = async (name: string): Promise<void> => {
      const stranger = await world.node(name)
      const peer = new RemotePeer(stranger, PeerRecordStore.provisional(stranger.store, issuer, addresses))
      await peer.connection.dialOnce(addresses, new AbortController().signal, { ticket: number })
      if (where === 'without a stream') return
      const stream = await peer.streams.open(PAIRING_PROTOCOL, {})
      stream.on('error', () => undefined)
      if (where === 'after the challenge') {
        sendMessage(stream, encodeRequest(number, { nonce: new Uint8Array(32), name }))
      } else stream.write(Uint8Array.of(0, 50, 1, 2, 3))
    }
    await world.wait(Promise.all(Array.from({ length: count }, (_, index) => begin(`stranger${index}`))))
    await world.run(100)
    expect(channels(count)).toBe(count)
  }

  /** Channels between bob and the strangers. */
  function channels(count: number): number {
    const counts = Array.from({ length: count }, (_, index) => {
      return world.network.path(`stranger${index}`, 'bob').channelCount
    })
    return counts.reduce((sum, one) => sum + one, 0)
  }

  it.each(stalls)('and stop %s are gone after 10 s, and hold up nobody meanwhile', async (where) => {
    await stall(40, where)
    const begunMs = world.clock.now()
    const alice = await world.node('alice')
    const bobAtAlice = await world.wait(alice.pair(ticket), 1_000)
    expect(await world.echo(bobAtAlice, 'hello', 1_000)).toBe('hello')
    await world.run(begunMs + 9_500 - world.clock.now())
    expect(channels(40)).toBe(40)
    await world.run(1_000)
    expect(channels(40)).toBe(0)
    expect(bob.peers().map(({ id }) => id)).toEqual([alice.id])
  })

  it('and take every place leave peers alone, and newcomers pair as soon as those 10 s are over', async () => {
    const alice = await world.node('alice')
    const bobAtAlice = await world.wait(alice.pair(await bob.ticket()))
    await stall(64, 'in the middle of the request')
    const carol = await world.node('carol')
    await expect(world.wait(carol.pair(ticket))).rejects.toMatchObject({ code: 'refused', refusal: 'busy' })
    expect(await world.echo(bobAtAlice, 'hello', 1_000)).toBe('hello')
    world.network.path('alice', 'bob').reset()
    await world.wait(bobAtAlice.connected(), 3_000)
    await world.run(10_000)
    await expect(world.wait(carol.pair(ticket), 1_000)).resolves.toMatchObject({ id: bob.id })
  })
})
