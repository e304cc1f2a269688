import { afterEach, describe, expect, it } from 'vitest'
import type { PeerId } from '../../src/identity/peer-id.ts'
import { BROADCAST_PROTOCOL, encodeBroadcast } from '../../src/node/broadcast/broadcast-message.ts'
import type { HoldfastNode } from '../../src/node/node.ts'
import type { BroadcastRelayOptions } from '../../src/node/options.ts'
import type { Transport } from '../../src/transport/transport.ts'
import { VirtualWorld } from '../library/virtual.ts'

const LEAVES = 6
const CONTENT_BYTES = 60_000
const BYTES_AT_ONCE = 2 * 1024 * 1024
const BYTES_PER_SECOND = 128 * 1024
/** Frames, and answers to pings. */
const OVERHEAD = 1.1

interface Message {
  readonly number: number
  readonly protocol?: string
  readonly origin?: PeerId
  readonly hopsLeft?: number
  readonly bytes?: number
}

/** A node that has six honest peers, and a hostile one that sends it messages to pass on. */
class Star {
  readonly world = new VirtualWorld()
  readonly leaves: HoldfastNode[] = []
  readonly taken = new Map<string, number>()
  hub!: HoldfastNode
  mallory!: HoldfastNode
  /** What the hub wrote to the honest peers, all of which it has dialed. */
  outBytes = 0

  static async make(broadcast: Partial<BroadcastRelayOptions> = {}): Promise<Star> {
    const star = new Star()
    const { world } = star
    star.hub = await world.node('hub', { broadcast, transport: (host, id) => star.#counting(host, id) })
    for (let at = 0; at < LEAVES; at++) star.leaves.push(await world.node(`leaf${at}`))
    star.mallory = await world.node('mallory')
    for (const leaf of star.leaves) await world.wait(star.hub.pair(await leaf.ticket()))
    await world.wait(star.mallory.pair(await star.hub.ticket()))
    await world.run(2_000)
    star.outBytes = 0
    return star
  }

  listen(protocol: string, ...nodes: readonly HoldfastNode[]): void {
    for (const node of nodes)
      node.onBroadcast(protocol, () => this.taken.set(node.name, (this.taken.get(node.name) ?? 0) + 1))
  }

  /** Mallory sends a message, and does not wait for what comes of it. */
  async send({
    number,
    protocol = 'news',
    origin = this.mallory.id,
    hopsLeft = 15,
    bytes = 10,
  }: Message): Promise<void> {
    const id = number.toString(16).padStart(32, '0')
    const message = encodeBroadcast({ hopsLeft, id, origin, protocol }, new Uint8Array(bytes))
    const stream = await this.world.wait(this.mallory.peer(this.hub.id).openStream(BROADCAST_PROTOCOL))
    stream
      .on('error', () => undefined)
      .resume()
      .end(message)
    // At most 32 are taken at a time.
    if (number % 16 === 0) await this.world.run(bytes > 1_000 ? 1_000 : 50)
  }

  async close(): Promise<void> {
    const all = [this.hub, this.mallory, ...this.leaves]
    await this.world.wait(Promise.all(all.map((node) => node.close({ flushTimeoutMs: 0 }))))
  }

  #counting(host: string, id: PeerId): Transport {
    const transport = this.world.network.transport(host, id)
    return {
      ...transport,
      dial: async (...to) => {
        const channel = await transport.dial(...to)
        const write = channel.write.bind(channel)
        channel.write = (chunks) => {
          for (const { length } of chunks) this.outBytes += length
          return write(chunks)
        }
        return channel
      },
    }
  }
}

let star: Star
afterEach(() => star.close())

describe('a peer whose messages a node passes on', () => {
  it('can make it send no more than its budget to each of the others, whatever it sends', async () => {
    star = await Star.make()
    star.listen('news', star.hub, ...star.leaves)
    const beginMs = star.world.clock.now()
    for (let number = 1; number <= 400; number++) await star.send({ number, bytes: CONTENT_BYTES })
    await star.world.run(5_000)
    const seconds = (star.world.clock.now() - beginMs) / 1_000
    const budget = BYTES_AT_ONCE + seconds * BYTES_PER_SECOND
    expect(400 * CONTENT_BYTES).toBeGreaterThan(3 * budget)
    expect(star.outBytes).toBeGreaterThan(LEAVES * BYTES_AT_ONCE)
    expect(star.outBytes).toBeLessThan(LEAVES * budget * OVERHEAD)
    // The node itself takes what it listens for.
    expect(star.taken.get('hub')).toBe(400)
  })

  it('can make it send no more small ones than 256 at once and 32 a second', async () => {
    star = await Star.make()
    star.listen('news', star.hub, ...star.leaves)
    const beginMs = star.world.clock.now()
    for (let number = 1; number <= 1_000; number++) await star.send({ number })
    await star.world.run(100)
    const seconds = (star.world.clock.now() - beginMs) / 1_000
    expect(star.taken.get('leaf0')).toBeGreaterThanOrEqual(256)
    expect(star.taken.get('leaf0')).toBeLessThanOrEqual(256 + 32 * seconds)
  })

  it('gains nothing by making up origins, and takes nothing from others by sending in their name', async () => {
    star = await Star.make()
    const [honest, ...others] = star.leaves as [HoldfastNode, ...HoldfastNode[]]
    star.listen('news', star.hub, ...others)
    const beginMs = star.world.clock.now()
    for (let number = 1; number <= 600; number++) {
      const origin = number % 2 === 0 ? honest.id : star.leaves[number % LEAVES]!.id
      await star.send({ number, origin })
    }
    await star.world.run(100)
    const seconds = (star.world.clock.now() - beginMs) / 1_000
    const before = star.taken.get('leaf1') ?? 0
    expect(before).toBeLessThanOrEqual(256 + 32 * seconds)
    for (let count = 0; count < 20; count++) honest.broadcast('news', Buffer.from('mine'), { hops: 2 })
    await star.world.run(1_000)
    expect(star.taken.get('leaf1')).toBe(before + 20)
  })

  it('can have a message passed on three times, by copies that may go ever farther, and not fifteen times', async () => {
    star = await Star.make()
    star.listen('news', star.hub, ...star.leaves)
    for (let hopsLeft = 0; hopsLeft <= 15; hopsLeft++) {
      await star.send({ number: 1, hopsLeft, bytes: CONTENT_BYTES })
      await star.world.run(1_000)
    }
    expect(star.outBytes).toBeGreaterThan(LEAVES * CONTENT_BYTES)
    expect(star.outBytes).toBeLessThan(3 * LEAVES * CONTENT_BYTES * OVERHEAD)
    expect(star.taken.get('leaf0')).toBe(1)
  })
})

describe('a node', () => {
  it('does not pass on what it does not serve, and does not even read it', async () => {
    star = await Star.make()
    star.listen('news', ...star.leaves)
    for (let number = 1; number <= 50; number++) await star.send({ number, bytes: CONTENT_BYTES })
    await star.world.run(1_000)
    expect([star.taken.size, star.outBytes < 10_000]).toEqual([0, true])
  })

  it.each([['all'], [['weather', 'news']]] as const)('passes it on if relayProtocols is %j', async (relayProtocols) => {
    star = await Star.make({ relayProtocols })
    star.listen('news', ...star.leaves)
    await star.send({ number: 1 })
    await star.world.run(1_000)
    expect([...star.taken.values()]).toEqual(Array.from({ length: LEAVES }, () => 1))
  })

  it('lets a message go over four links, however many it is said to have left', async () => {
    star = await Star.make()
    const { world, hub, leaves } = star
    // mallory → hub → leaf → one → …: a chain behind the first leaf.
    const chain = [leaves[0]!]
    for (const name of ['one', 'two', 'three', 'four']) {
      const next = await world.node(name)
      await world.wait(chain.at(-1)!.pair(await next.ticket()))
      chain.push(next)
    }
    await world.run(2_000)
    star.listen('news', hub, ...chain)
    await star.send({ number: 1, hopsLeft: 15 })
    await world.run(5_000)
    // The link to the hub is the first, that to the leaf the second.
    expect(chain.map(({ name }) => star.taken.get(name) ?? 0)).toEqual([1, 1, 1, 0, 0])
    await world.wait(Promise.all(chain.slice(1).map((node) => node.close({ flushTimeoutMs: 0 }))))
  })

  it.each([
    [{ hopsMax: 0 }, 'broadcast.hopsMax must be a whole number from 1 to 16, not 0'],
    [{ hopsMax: 17 }, 'broadcast.hopsMax must be a whole number from 1 to 16, not 17'],
    [{ relayBytesAtOnce: 1_000 }, 'broadcast.relayBytesAtOnce must be at least 131072 bytes'],
    [{ relayMessagesPerSecond: 0 }, 'broadcast.relayMessagesPerSecond must be above 0'],
  ])('is not opened with %j', async (broadcast, message) => {
    star = await Star.make()
    await expect(star.world.node('wrong', { broadcast })).rejects.toThrow(message)
  })

  it('sends over more hops when its option says so, as the error advises', async () => {
    star = await Star.make({ hopsMax: 16 })
    expect(() => star.hub.broadcast('news', Buffer.from('x'), { hops: 16 })).not.toThrow()
    expect(() => star.leaves[0]!.broadcast('news', Buffer.from('x'), { hops: 16 })).toThrow('broadcast.hopsMax')
  })
})
