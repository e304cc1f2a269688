import { afterEach, describe, expect, it } from 'vitest'
import type { PeerId } from '../../src/identity/peer-id.ts'
import { BroadcastMemory } from '../../src/node/broadcast/broadcast-memory.ts'
import { BROADCAST_PROTOCOL, decodeBroadcast, encodeBroadcast } from '../../src/node/broadcast/broadcast-message.ts'
import type { HoldfastNode } from '../../src/node/node.ts'
import { Tap } from '../fixtures/tap.ts'
import { type VirtualNodeOptions, VirtualWorld } from './virtual.ts'

/** What each node got: `content from origin by peer`. */
class Received {
  readonly #got = new Map<string, string[]>()
  readonly #names = new Map<PeerId, string>()

  listen(protocol: string, ...nodes: readonly HoldfastNode[]): void {
    for (const node of nodes) {
      this.#names.set(node.id, node.name)
      node.onBroadcast(protocol, (bytes, { from, origin }) => {
        const said = `${Buffer.from(bytes).toString()} of ${this.#names.get(origin)} by ${from.name}`
        this.#got.set(node.name, [...this.of(node.name), said])
      })
    }
  }

  of(name: string): string[] {
    return this.#got.get(name) ?? []
  }
}

const nodes: HoldfastNode[] = []
let world = new VirtualWorld()

afterEach(async () => {
  await world.wait(Promise.all(nodes.splice(0).map((node) => node.close({ flushTimeoutMs: 0 }))))
})

async function make(name: string, options: VirtualNodeOptions = {}): Promise<HoldfastNode> {
  const node = await world.node(name, options)
  nodes.push(node)
  return node
}

async function join(one: HoldfastNode, other: HoldfastNode): Promise<void> {
  await world.wait(one.pair(await other.ticket()))
}

async function pair(
  alices: VirtualNodeOptions = {},
  bobs: VirtualNodeOptions = {},
): Promise<[HoldfastNode, HoldfastNode]> {
  world = new VirtualWorld()
  const [alice, bob] = [await make('alice', alices), await make('bob', bobs)]
  await join(alice, bob)
  await world.run(1_000)
  return [alice, bob]
}

/** Five nodes, each connected to the two beside it. */
async function ring(options: VirtualNodeOptions = {}): Promise<HoldfastNode[]> {
  world = new VirtualWorld()
  const names = ['a', 'b', 'c', 'd', 'e']
  const all: HoldfastNode[] = []
  for (const name of names) all.push(await make(name, options))
  for (const [at, node] of all.entries()) await join(node, all[(at + 1) % all.length]!)
  await world.run(2_000)
  return all
}

const text = (content: string): Uint8Array => Buffer.from(content)

describe('S8: a broadcast', () => {
  it('reaches all connected peers, and nobody else', async () => {
    const [a, b, c, d, e] = (await ring()) as [HoldfastNode, HoldfastNode, HoldfastNode, HoldfastNode, HoldfastNode]
    const received = new Received()
    received.listen('news', a, b, c, d, e)
    const { sentTo, skipped } = a.broadcast('news', text('hello'))
    expect([new Set(sentTo), skipped]).toEqual([new Set([b.id, e.id]), []])
    await world.run(1_000)
    expect(received.of('b')).toEqual(['hello of a by a'])
    expect(received.of('e')).toEqual(['hello of a by a'])
    expect([received.of('a'), received.of('c'), received.of('d')]).toEqual([[], [], []])
  })

  it.each([2, 3, 5, 16])('with %i hops reaches each of a ring of five exactly once', async (hops) => {
    const all = await ring({ broadcast: { hopsMax: 16 } })
    const received = new Received()
    received.listen('news', ...all)
    for (let count = 0; count < 10; count++) all[0]?.broadcast('news', text(`${count}`), { hops })
    await world.run(5_000)
    for (const { name } of all.slice(1)) {
      const counts = received.of(name).map((said) => said.replace(/ by .$/, ''))
      expect(counts.toSorted()).toEqual(Array.from({ length: 10 }, (_, count) => `${count} of a`))
    }
    expect(received.of('a')).toEqual([])
  })

  it('reaches all who are near enough, though it comes to those between on a longer way first, and each once', async () => {
    world = new VirtualWorld()
    const all: HoldfastNode[] = []
    for (const name of ['a', 'b', 'c', 'd']) all.push(await make(name))
    const [a, b, c, d] = all as [HoldfastNode, HoldfastNode, HoldfastNode, HoldfastNode]
    for (const [one, other] of [
      [a, b],
      [b, c],
      [a, c],
      [c, d],
    ] as const)
      await join(one, other)
    await world.run(2_000)
    // From a to c it is quicker by way of b.
    world.network.path('a', 'c').change({ latencyMs: 500 })
    const received = new Received()
    received.listen('news', ...all)
    a.broadcast('news', text('hello'), { hops: 2 })
    await world.run(5_000)
    expect([received.of('b'), received.of('c'), received.of('d')]).toEqual([
      ['hello of a by a'],
      ['hello of a by b'],
      ['hello of a by c'],
    ])
  })

  it('leaves in one write: the opening, the content and the end', async () => {
    world = new VirtualWorld()
    const tap = new Tap(world.clock)
    let writes = 0
    const counting = (name: string, id: PeerId) => {
      const transport = tap.wrap(world.network.transport(name, id), name)
      return {
        ...transport,
        dial: async (...to: Parameters<typeof transport.dial>) => {
          const channel = await transport.dial(...to)
          const write = channel.write.bind(channel)
          channel.write = (chunks) => {
            writes++
            return write(chunks)
          }
          return channel
        },
      }
    }
    const [alice, bob] = [await make('alice', { transport: counting }), await make('bob')]
    await join(alice, bob)
    await world.run(1_000)
    const before = tap.frames.length
    writes = 0
    alice.broadcast('news', text('hello'))
    await world.run(0)
    expect(tap.frames.slice(before).map(({ frame }) => frame['type'])).toEqual(['open', 'data', 'fin'])
    expect(writes).toBe(1)
  })

  it('of 64 KiB and of nothing comes as it is; more is an error that says what to do', async () => {
    const [alice, bob] = await pair()
    const sizes: number[] = []
    bob.onBroadcast('news', (bytes) => sizes.push(bytes.length))
    alice.broadcast('news', new Uint8Array(65_536))
    alice.broadcast('news', new Uint8Array(0))
    await world.run(1_000)
    expect(sizes.toSorted((a, b) => a - b)).toEqual([0, 65_536])
    expect(() => alice.broadcast('news', new Uint8Array(65_537))).toThrow(
      expect.objectContaining({ code: 'invalid-argument', message: expect.stringContaining('at most 65536 bytes') }),
    )
    for (const hops of [0, 5, 17, 1.5]) expect(() => alice.broadcast('news', text(''), { hops })).toThrow('1 to 4 hops')
    for (const protocol of ['', 'x'.repeat(256)]) expect(() => alice.broadcast(protocol, text(''))).toThrow('1 to 255')
  })

  it('outlives the link that it was on', async () => {
    const [alice, bob] = await pair()
    const received = new Received()
    received.listen('news', alice, bob)
    world.network.path('alice', 'bob').change({ bytesPerMs: 1 })
    alice.broadcast('news', text('x'.repeat(3_000)))
    await world.run(500)
    world.network.path('alice', 'bob').reset()
    await world.run(20_000)
    expect(received.of('bob')).toEqual([`${'x'.repeat(3_000)} of alice by alice`])
  })

  it('leaves out a peer to whom 32 are on their way, says so, and goes on with it later', async () => {
    const [alice, bob] = await pair()
    const received = new Received()
    received.listen('news', alice, bob)
    world.network.path('alice', 'bob').blackHole()
    const results = Array.from({ length: 40 }, (_, at) => alice.broadcast('news', text(`${at}`)))
    expect(results.filter(({ sentTo }) => sentTo.length === 1)).toHaveLength(32)
    expect(results.filter(({ skipped }) => skipped[0] === bob.id)).toHaveLength(8)
    world.network.path('alice', 'bob').heal()
    await world.run(10_000)
    expect(received.of('bob')).toHaveLength(32)
    expect(alice.broadcast('news', text('again')).sentTo).toEqual([bob.id])
    await world.run(1_000)
    expect(received.of('bob')).toHaveLength(33)
  })

  it('goes to several handlers, one of which may leave or reject what it is given', async () => {
    const [alice, bob] = await pair()
    const got: string[] = []
    const leave = bob.onBroadcast('news', () => got.push('first'))
    bob.onBroadcast('news', () => got.push('second'))
    alice.broadcast('news', text(''))
    await world.run(1_000)
    leave()
    alice.broadcast('news', text(''))
    alice.broadcast('other', text(''))
    await world.run(1_000)
    expect(got).toEqual(['first', 'second', 'second'])
  })
})

describe('S8: who may not use a protocol', () => {
  it('cannot broadcast for it, is sent nothing of it, and does not count as left out', async () => {
    const [alice, bob] = await pair()
    bob.peer(alice.id).configure({ protocols: ['other'] })
    const received = new Received()
    received.listen('news', alice, bob)
    received.listen('other', alice, bob)
    alice.broadcast('news', text('no'))
    alice.broadcast('other', text('yes'))
    await world.run(1_000)
    expect(received.of('bob')).toEqual(['yes of alice by alice'])
    expect(bob.broadcast('news', text('no'))).toEqual({ sentTo: [], skipped: [] })
    bob.peer(alice.id).configure({ protocols: ['news'] })
    expect(bob.broadcast('news', text('now')).sentTo).toEqual([alice.id])
    await world.run(1_000)
    expect(received.of('alice')).toEqual(['now of bob by bob'])
  })
})

describe('S8: a hostile peer', () => {
  const header = { hopsLeft: 0, id: 'ab'.repeat(16), protocol: 'news' }

  /** What comes of a stream of the protocol on which alice writes these bytes: the code of the reset, or `end`. */
  async function after(alice: HoldfastNode, bob: HoldfastNode, bytes: Uint8Array, end = true): Promise<unknown> {
    const stream = await world.wait(alice.peer(bob.id).openStream(BROADCAST_PROTOCOL))
    const outcome = new Promise((resolve) => {
      stream.on('error', (error) => resolve('resetCode' in error ? error.resetCode : error.message))
      stream.on('end', () => resolve('end'))
    })
    stream.resume().write(bytes)
    if (end) stream.end()
    return world.wait(outcome)
  }

  it('that sends what is no message has its stream reset', async () => {
    const [alice, bob] = await pair()
    const received = new Received()
    received.listen('news', alice, bob)
    const good = encodeBroadcast({ ...header, origin: alice.id }, text('x'))
    const changed = (at: number, value: number): Uint8Array => good.map((byte, index) => (index === at ? value : byte))
    expect(await after(alice, bob, changed(0, 2))).toBe(1)
    expect(await after(alice, bob, changed(1, 16))).toBe(1)
    expect(await after(alice, bob, changed(50, 0))).toBe(1)
    expect(await after(alice, bob, changed(51, 0xff))).toBe(1)
    expect(await after(alice, bob, good.subarray(0, 40))).toBe(1)
    expect(await after(alice, bob, Buffer.concat([good, Buffer.alloc(65_536)]))).toBe(1)
    expect(received.of('bob')).toEqual([])
    expect(await after(alice, bob, good)).toBe('end')
    expect(received.of('bob')).toEqual(['x of alice by alice'])
    expect(await after(alice, bob, good)).toBe(0)
    expect(received.of('bob')).toHaveLength(1)
    expect(bob.peer(alice.id).state.kind).toBe('connected')
  })

  it('that opens hundreds and finishes none holds 32 of them, for 30 s', async () => {
    const [alice, bob] = await pair()
    const received = new Received()
    received.listen('news', alice, bob)
    const good = encodeBroadcast({ ...header, origin: alice.id }, text('x'))
    let open = 0
    for (let count = 0; count < 300; count++) {
      const stream = await world.wait(alice.peer(bob.id).openStream(BROADCAST_PROTOCOL))
      open++
      stream.on('error', () => open--)
      stream.resume().write(good.subarray(0, 10))
    }
    await world.run(1_000)
    expect(open).toBe(32)
    await world.run(30_000)
    expect(open).toBe(0)
    expect(await after(alice, bob, good)).toBe('end')
    expect(received.of('bob')).toHaveLength(1)
  })

  it('that sends its own messages to a node again is not heard twice, nor anybody whose name it takes', async () => {
    const [alice, bob] = await pair()
    const received = new Received()
    received.listen('news', alice, bob)
    const forged = encodeBroadcast({ ...header, origin: bob.id, hopsLeft: 15 }, text('x'))
    expect(await after(alice, bob, forged)).toBe('end')
    await world.run(1_000)
    expect([received.of('bob'), received.of('alice')]).toEqual([[], []])
  })

  it('cannot make the memory of messages grow beyond 8,192, nor last beyond ten minutes', () => {
    const memory = new BroadcastMemory()
    for (let count = 0; count < 20_000; count++) expect(memory.add(`${count}`, 0, 0)).toBe('new')
    expect(memory.size).toBe(8_192)
    expect([memory.add('19999', 0, 1), memory.judge('0', 0, 1)]).toEqual(['known', 'new'])
    expect(memory.add('19999', 0, 600_000)).toBe('new')
    expect(memory.size).toBeLessThanOrEqual(8_192)
    expect(memory.add('new', 0, 700_000)).toBe('new')
    memory.add('later', 0, 2_000_000)
    expect(memory.size).toBe(1)
  })

  it('remembers how far a message may still go, so that a copy that goes farther is passed on', () => {
    const memory = new BroadcastMemory()
    const copies = [1, 0, 1, 3, 2, 3].map((hopsLeft) => memory.add('one', hopsLeft, 0))
    expect(copies).toEqual(['new', 'known', 'known', 'farther', 'known', 'known'])
    expect(memory.size).toBe(1)
  })

  it('is told nothing wrong by a header that comes byte by byte', async () => {
    const [alice] = await pair()
    const bytes = encodeBroadcast({ ...header, origin: alice.id }, text('content'))
    const at = Array.from({ length: bytes.length }, (_, length) => decodeBroadcast(bytes.subarray(0, length)))
    expect(at.findIndex((read) => read !== undefined)).toBe(55)
    expect(decodeBroadcast(bytes)).toEqual({ ...header, origin: alice.id, bytes: 55 })
  })
})
