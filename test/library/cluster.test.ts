// Members that look for each other on a network in memory, in virtual time. What a whole node does with a channel is done here in small:
// HELLO and ANSWER are the proofs alone.
import { describe, expect, it } from 'vitest'
import { InvalidArgumentError } from '../../src/node/errors.ts'
import type { ClusterOptions } from '../../src/node/membership/cluster.ts'
import { all, ClusterWorld, idOf } from './cluster-world.ts'

type Rules = Pick<ClusterOptions, 'direction' | 'dialOrder'>
const graceful: Rules = {}
const rules: [string, Rules][] = [
  ['gracefully', graceful],
  ['gracefully, ordered by address', { dialOrder: 'address' }],
  ['strictly by id', { direction: 'strict' }],
  ['strictly by address', { direction: 'strict', dialOrder: 'address' }],
]
/** Ids that are ordered as the addresses are, and the other way round. */
const orders = [[1, 2, 3, 4] as const, [4, 3, 2, 1] as const]
const list = ['memory://a:1', 'memory://b:1', 'memory://c:1', 'memory://d:1']

describe('P5: members of a network', () => {
  it.each(rules)(
    'that start in the same instant are connected within a second, %s, with one link a pair',
    async (_, how) => {
      for (const order of orders) {
        const world = new ClusterWorld()
        const members = ['a', 'b', 'c', 'd'].map((name, at) => world.member(name, { ...how, id: order[at], list }))
        for (const member of members) member.start()
        await world.until(() => all(members, (member) => member.links.size === 3), 1_000)
        await world.run(60_000)
        for (const member of members) {
          expect(member.linkCounts).toEqual([1, 1, 1])
          expect(member.handshakesFailed).toBe(0)
          expect(member.failures).toEqual([])
          expect(member.cluster.places.map(({ place }) => place.kind).toSorted()).toEqual(['met', 'met', 'met', 'own'])
        }
      }
    },
  )

  it('are forty and start in the same instant: one link a pair, and no dial in vain', async () => {
    const world = new ClusterWorld()
    const names = Array.from({ length: 40 }, (_, n) => `m${n}`)
    const addresses = names.map((name) => `memory://${name}:1`)
    const members = names.map((name, n) => world.member(name, { id: 200 - n, list: addresses }))
    for (const member of members) member.start()
    await world.until(() => all(members, (member) => member.links.size === 39), 1_000)
    await world.run(60_000)
    expect(members.flatMap((member) => member.dialed)).toHaveLength((40 * 39) / 2)
    for (const member of members) expect(new Set(member.linkCounts)).toEqual(new Set([1]))
  })

  it('dial, the one with the lower address the other, once', async () => {
    const world = new ClusterWorld()
    const [a, b] = [world.member('a', { list }), world.member('b', { list })]
    a.start()
    b.start()
    await world.run(10_000)
    expect(a.dialed.filter((address) => address === 'memory://b:1')).toHaveLength(1)
    expect(b.dialed).not.toContain('memory://a:1')
    expect([a.linkCounts, b.linkCounts]).toEqual([[1], [1]])
  })

  it.each([
    ['dial after a grace', graceful, 2_500],
    ['never dial, strictly by address', { direction: 'strict', dialOrder: 'address' } as const, Infinity],
  ])('where only the one with the higher address can reach the other, %s', async (_, how, ms) => {
    const world = new ClusterWorld()
    const [a, b] = [world.member('a', { ...how, list }), world.member('b', { ...how, list, hidden: true })]
    a.start()
    b.start()
    await world.run(1_900)
    expect(b.dialed).not.toContain('memory://a:1')
    await world.run(Number.isFinite(ms) ? ms - 1_900 : 600_000)
    expect([a.linkCounts, b.linkCounts]).toEqual(Number.isFinite(ms) ? [[1], [1]] : [[], []])
  })

  it('let the one with the lower id dial, strictly by id, whatever the addresses', async () => {
    const world = new ClusterWorld()
    const how = { direction: 'strict', list: list.slice(0, 2) } as const
    const [a, b] = [world.member('a', { ...how, id: 2 }), world.member('b', { ...how, id: 1 })]
    a.start()
    b.start()
    await world.run(10_000)
    expect([a.hellosSent, b.hellosSent]).toEqual([0, 1])
    expect(a.failures).toEqual([])
    expect([a.linkCounts, b.linkCounts]).toEqual([[1], [1]])
  })

  it('that start one after the other are connected within a second of that', async () => {
    const world = new ClusterWorld()
    const a = world.member('a', { list })
    a.start()
    await world.run(700)
    const b = world.member('b', { list })
    b.start()
    await world.until(() => a.links.size === 1 && b.links.size === 1, 1_000)
  })

  it('are waited for as long as it takes', async () => {
    const world = new ClusterWorld()
    const a = world.member('a', { list: list.slice(0, 2) })
    a.start()
    await world.run(24 * 3_600_000)
    expect(a.failures.length).toBeGreaterThan(1_000)
    expect(a.failures.at(-1)).toMatchObject({ address: 'memory://b:1' })
    world.member('b', { list }).start()
    await world.until(() => a.links.size === 1, 75_000)
    const { length } = a.dialed
    await world.run(3_600_000)
    expect(a.dialed).toHaveLength(length)
  })

  it('find each other at names and through addresses that they do not know as their own', async () => {
    const world = new ClusterWorld()
    const unaware = { own: [], list }
    const members = ['a', 'b', 'c'].map((name) => world.member(name, unaware))
    for (const member of members) member.start()
    await world.until(() => all(members, (member) => member.links.size === 2), 1_000)
    await world.run(60_000)
    for (const [at, member] of members.entries()) {
      expect(member.cluster.places[at]).toMatchObject({ place: { kind: 'own' } })
      expect(member.handshakesFailed).toBe(0)
    }
  })

  it('need not be in the list themselves', async () => {
    const world = new ClusterWorld()
    const [a, x] = [world.member('a', { list }), world.member('x', { list })]
    a.start()
    x.start()
    await world.until(() => a.links.size === 1 && x.links.size === 1, 1_000)
  })

  it('that are listed twice are met once', async () => {
    const world = new ClusterWorld()
    const twice = ['memory://a:1', 'memory://b:1', 'memory://b:2', 'memory://b:1']
    const [a, b] = [world.member('a', { list: twice }), world.member('b', { list: twice, ports: [1, 2] })]
    a.start()
    b.start()
    await world.run(10_000)
    expect([a.linkCounts, b.linkCounts]).toEqual([[1], [1]])
    expect(a.failures).toEqual([])
    expect(a.cluster.places.map(({ place }) => place.kind)).toEqual(['own', 'met', 'met'])
  })

  it('end their search with their node', async () => {
    const world = new ClusterWorld()
    const a = world.member('a', { list })
    a.start()
    await world.run(5_000)
    a.stop()
    const { length } = a.dialed
    await world.run(600_000)
    expect(a.dialed).toHaveLength(length)
    expect(world.clock.pendingTimers).toBe(0)
  })

  it('are at most 1,024', () => {
    const world = new ClusterWorld()
    const long = Array.from({ length: 1_025 }, (_, port) => `memory://a:${port}`)
    expect(() => world.member('a', { list: long })).toThrow(InvalidArgumentError)
  })
})

describe('P5: somebody else at an address of the list', () => {
  it.each([
    ['another secret', 'another secret of enough characters'],
    ['no network', undefined],
  ])('that has %s is no member, and is asked again and again', async (_, secret) => {
    const world = new ClusterWorld()
    const [a, b] = [world.member('a', { list }), world.member('b', { list: [], secret })]
    a.start()
    b.start()
    await world.run(600_000)
    expect([a.linkCounts, b.linkCounts]).toEqual([[], []])
    expect(a.failures.filter(({ address }) => address === 'memory://b:1').length).toBeGreaterThan(10)
    b.secretIs(world.secret)
    await world.until(() => a.links.size === 1 && b.links.size === 1, 75_000)
  })

  it('that answers without a proof is left', async () => {
    const world = new ClusterWorld()
    const [a, b] = [
      world.member('a', { list }),
      world.member('b', { list: [], believes: true, secret: 'none of this network' }),
    ]
    a.start()
    b.start()
    await world.run(10_000)
    expect(a.linkCounts).toEqual([])
    const failure = a.failures.find(({ address }) => address === 'memory://b:1')
    expect(failure?.error).toMatchObject({ message: 'Not a member' })
  })

  it('after a node was set up anew takes its place at once when the old one is looked for in vain', async () => {
    const world = new ClusterWorld()
    const [a, b] = [world.member('a', { list }), world.member('b', { list, id: 2 })]
    a.start()
    b.start()
    await world.until(() => a.links.size === 1, 1_000)
    b.crash()
    const again = world.member('b', { list, id: 9, silent: true })
    again.start()
    await world.run(100)
    a.cluster.answeredByAnother('memory://b:1')
    await world.until(() => a.links.has(idOf(9)), 1_000)
    expect(a.moves).toEqual([{ address: 'memory://b:1', from: idOf(2), to: idOf(9) }])
    expect(a.cluster.places[1]).toMatchObject({ place: { kind: 'met', peer: idOf(9) } })
  })

  it('is found without that too, once the old one is missing for half a minute', async () => {
    const world = new ClusterWorld()
    const [a, b] = [world.member('a', { list }), world.member('b', { list, id: 2 })]
    a.start()
    b.start()
    await world.until(() => a.links.size === 1, 1_000)
    b.crash()
    world.member('b', { list, id: 9, silent: true }).start()
    await world.run(100)
    expect(a.links.size).toBe(0)
    a.cluster.sweep()
    await world.run(30_000)
    expect(a.links.size).toBe(0)
    a.cluster.sweep()
    await world.until(() => a.links.has(idOf(9)), 1_000)
    expect(a.moves).toHaveLength(1)
  })

  it('does not push out a member by claiming its address', async () => {
    const world = new ClusterWorld()
    const [a, b] = [world.member('a', { list }), world.member('b', { list, id: 2 })]
    a.start()
    b.start()
    await world.until(() => a.links.size === 1, 1_000)
    a.cluster.peerConnected(idOf(7), ['memory://b:1'])
    expect(a.cluster.places[1]).toMatchObject({ place: { kind: 'met', peer: idOf(2) } })
    a.cluster.answeredByAnother('memory://b:1')
    a.cluster.peerConnected(idOf(7), ['memory://b:1'])
    await world.run(1_000)
    expect(a.cluster.places[1]).toMatchObject({ place: { kind: 'met', peer: idOf(2) } })
    expect(a.moves).toEqual([])
    expect(a.linkCounts).toEqual([1])
  })
})

describe('P5: a member that was met', () => {
  async function met() {
    const world = new ClusterWorld()
    const [a, b] = [world.member('a', { list }), world.member('b', { list, id: 2 })]
    a.start()
    b.start()
    await world.until(() => a.links.size === 1, 1_000)
    const dials = () => a.dialed.filter((address) => address === 'memory://b:1').length
    return { world, a, b, dials }
  }

  it('is left to its own dialer while it is connected or not wanted', async () => {
    const { world, a, b, dials } = await met()
    for (let sweep = 0; sweep < 10; sweep++) {
      a.cluster.sweep()
      await world.run(30_000)
    }
    a.unwanted.add(b.id)
    b.crash()
    for (let sweep = 0; sweep < 10; sweep++) {
      a.cluster.sweep()
      await world.run(30_000)
    }
    expect(dials()).toBe(1)
  })

  it('is looked for again where it was, once it is missing for half a minute', async () => {
    const { world, a, b } = await met()
    b.dropLinks()
    await world.run(100)
    expect(a.links.size).toBe(0)
    a.cluster.sweep()
    a.cluster.sweep()
    await world.until(() => a.links.size === 1, 1_000)
    expect(a.cluster.places[1]).toMatchObject({ place: { kind: 'met', peer: b.id } })
    expect(a.moves).toEqual([])
  })

  it('is met anew when it was forgotten', async () => {
    const { world, a, b } = await met()
    a.forget(b.id)
    await world.run(100)
    a.cluster.sweep()
    await world.until(() => a.links.size === 1, 1_000)
    expect(a.moves).toEqual([])
  })

  it('in an earlier run is not looked for, unless it is not there', async () => {
    const world = new ClusterWorld()
    const a = world.member('a', { list })
    a.known.add(idOf(2))
    a.start([{ id: idOf(2), addresses: ['memory://elsewhere:1', 'memory://b:1'] }])
    await world.run(10_000)
    expect(a.dialed).not.toContain('memory://b:1')
    a.cluster.sweep()
    a.cluster.sweep()
    await world.run(1_000)
    expect(a.dialed).toContain('memory://b:1')
  })

  it("is looked for at once when the network changed, as is what this node's own addresses are", async () => {
    const world = new ClusterWorld()
    const a = world.member('a', { list })
    a.start()
    await world.run(600_000)
    world.member('b', { list, silent: true }).start()
    a.ownAddresses = () => []
    a.cluster.networkChanged()
    await world.until(() => a.links.size === 1, 300)
    expect(a.cluster.places[0]).toMatchObject({ place: { kind: 'own' } })
  })
})
