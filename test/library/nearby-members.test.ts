import { beforeEach, describe, expect, it } from 'vitest'
import type { Announcement, Discovery, DiscoveryHost, Sighting } from '../../src/discovery/discovery.ts'
import { NetworkTags } from '../../src/identity/network-tag.ts'
import { type PeerId, peerIdFromPublicKey } from '../../src/identity/peer-id.ts'
import type { HoldfastNode } from '../../src/node/node.ts'
import { MemoryLan } from '../../src/testing/memory-discovery.ts'
import type { Transport } from '../../src/transport/transport.ts'
import { orders, serveEcho, type VirtualNodeOptions, VirtualWorld } from './virtual.ts'

const network = { secret: 'b7f0c2a94d6e8135b7f0c2a94d6e8135', addresses: [] }
const otherNetwork = { secret: 'another secret, of somebody else 99', addresses: [] }

let world: VirtualWorld
let lan: MemoryLan
beforeEach(() => {
  world = new VirtualWorld()
  lan = new MemoryLan()
})

/** Each address that was dialed, by the name of the node that dialed. */
let dialed: Map<string, string[]>
beforeEach(() => (dialed = new Map()))

function node(name: string, options: VirtualNodeOptions = {}): Promise<HoldfastNode> {
  const addresses: string[] = []
  dialed.set(name, addresses)
  const transport = (host: string, id: PeerId): Transport => {
    const real = world.network.transport(host, id)
    const dial: Transport['dial'] = (address, how) => {
      addresses.push(address)
      return real.dial(address, how)
    }
    return { scheme: real.scheme, listen: (...args) => real.listen(...args), dial }
  }
  return world.node(name, { discovery: lan.join(world.clock, () => [`memory://${name}:1`]), transport, ...options })
}

/** Somebody on the local network who can say anything and hears everything. */
function mouth(id: PeerId, address: string, announcement: Partial<Announcement> = {}): Sighting[] {
  const heard: Sighting[] = []
  lan
    .join(world.clock, () => [address])
    .start({
      id,
      announcement: () => ({ name: 'mouth', listening: [], acceptsPairing: false, ...announcement }),
      heard: (sighting) => heard.push(sighting),
    })
  return heard
}

/** A place on the local network where a test can say anything to the node. */
function eavesdropped(address: string): { discovery: Discovery; ears: () => DiscoveryHost | undefined } {
  const real = lan.join(world.clock, () => [address])
  let host: DiscoveryHost | undefined
  const discovery: Discovery = {
    state: { kind: 'off' },
    start: (started) => real.start((host = started)),
    changed: () => real.changed(),
    networkChanged: () => real.networkChanged(),
    stop: () => real.stop(),
  }
  return { discovery, ears: () => host }
}

const strangerId = (number: number): PeerId =>
  peerIdFromPublicKey(new Uint8Array(32).fill(number % 256).fill(7 + (number >> 8), 1, 9))
const states = (node: HoldfastNode): string[] => node.peers().map(({ state }) => state.kind)

/** Where a stranger listens, who notes who connects to him. */
async function trap(id: PeerId): Promise<PeerId[]> {
  const came: PeerId[] = []
  await world.network.transport('trap', id).listen('memory://trap:1', ({ channel }) => {
    came.push(channel.remoteId)
    channel.destroy()
  })
  return came
}

describe('P5: members of a network on one cable, with the same secret and no list of addresses', () => {
  it.each(orders)('are connected within seconds, as $order', async ({ ids: [lower, higher] }) => {
    const alice = await node('alice', { id: lower, network })
    await world.run(10_000)
    const bob = await node('bob', { id: higher, network })
    serveEcho(bob)
    await world.until(() => states(alice).includes('connected') && states(bob).includes('connected'), 3_000)
    expect(alice.peer(bob.id).relation).toBe('member')
    expect(await world.echo(alice.peer(bob.id), 'here')).toBe('here')
    await world.run(60_000)
    expect([alice.counts.dialAttempts + bob.counts.dialAttempts, alice.peer(bob.id).links.length]).toEqual([1, 1])
  })

  it('come together in strict direction too, all of five', async () => {
    const nodes: HoldfastNode[] = []
    for (const name of ['ann', 'ben', 'cat', 'dan', 'eve'])
      nodes.push(await node(name, { network, direction: 'strict' }))
    await world.run(3_000)
    for (const one of nodes) expect(states(one)).toEqual(['connected', 'connected', 'connected', 'connected'])
    expect(nodes.reduce((sum, { counts }) => sum + counts.dialAttempts, 0)).toBe(10)
  })

  it('come together when the one that would dial is not heard, or does not hear', async () => {
    const [lower, higher] = orders[0].ids
    const shy = await node('shy', { id: lower, network, announce: false })
    const bob = await node('bob', { id: higher, network })
    await world.run(3_000)
    expect([states(shy), states(bob)]).toEqual([['connected'], ['connected']])
  })

  it('find each other again after a restart that forgot everything', async () => {
    const alice = await node('alice', { network })
    const bob = await node('bob', { network })
    await world.run(3_000)
    await world.wait(bob.close())
    const again = await node('bob', { id: bob.id, network, clock: world.clock.view() })
    await world.run(3_000)
    expect([states(alice), states(again)]).toEqual([['connected'], ['connected']])
  })

  it('leave a node without the secret alone: it is not dialed, and learns nothing', async () => {
    const stranger = await node('stranger')
    const other = await node('other', { network: otherNetwork })
    const heard = mouth(strangerId(1), 'memory://ear:1')
    const [alice, bob] = [await node('alice', { network }), await node('bob', { network })]
    await world.run(600_000)
    expect([states(alice), states(bob)]).toEqual([['connected'], ['connected']])
    expect([states(stranger), states(other)]).toEqual([[], []])
    expect([...dialed.values()].flat(), 'one member dialed the other').toHaveLength(1)
    expect([...dialed.values()].flat()[0]).toMatch(/alice|bob/)

    // What everybody hears: of each node one tag of the same form, with no part in common, whether it has a network or none.
    const tags = new Map(heard.filter(({ lifeMs }) => lifeMs > 0).map(({ id, tag }) => [id, tag]))
    expect(tags.size).toBe(4)
    for (const tag of tags.values()) expect(tag).toMatch(/^[0-9a-f]{32}$/)
    expect(new Set([...tags.values()].flatMap((tag) => [tag?.slice(0, 16), tag?.slice(16)])).size).toBe(8)
  })

  it('do not dial 300 strangers that announce forged tags or none, and find their own among them', async () => {
    const { discovery, ears } = eavesdropped('memory://alice:1')
    const alice = await node('alice', { network, discovery })
    const copied = ears()?.announcement()?.tag
    expect(copied).toMatch(/^[0-9a-f]{32}$/)
    for (let round = 0; round < 10; round++) {
      for (let at = 0; at < 300; at++) {
        const tag = [copied, undefined, (at + 512 * round).toString(16).padStart(32, '0')][at % 3]
        const [from, addresses] = [`${at}`, ['memory://trap:1']]
        ears()?.heard({ id: strangerId(at), from, name: 'x', addresses, acceptsPairing: false, tag, lifeMs: 120_000 })
      }
      await world.run(30_000)
    }
    expect(alice.nearby()).toHaveLength(256)
    expect(dialed.get('alice')).toEqual([])
    const bob = await node('bob', { network })
    await world.run(3_000)
    expect(states(bob)).toEqual(['connected'])
    expect(alice.nearby().map(({ name }) => name)).toContain('bob')
  })

  it('show whoever repeats the tag of a member an attempt at times, no proof, and find that member all the same', async () => {
    const [lower, higher] = orders[0].ids
    const bob = await node('bob', { id: higher, network, listen: [] })
    const [sighting] = await tagOf(bob)
    await world.wait(bob.close())
    const came = await trap(strangerId(0))
    const { discovery, ears } = eavesdropped('memory://alice:1')
    const alice = await node('alice', { id: lower, network, discovery })
    mouth(higher, 'memory://trap:1', { tag: sighting })
    await world.run(3_600_000)
    expect(came, 'nobody gets as far as a HELLO').toEqual([])
    expect(alice.peers()).toEqual([])
    expect(dialed.get('alice')?.length).toBeGreaterThan(0)
    expect(alice.counts.dialAttempts, 'in an hour').toBeLessThan(15)
    const before = alice.counts.dialAttempts
    for (let at = 0; at < 600; at++) {
      const addresses = [`memory://trap:${at + 2}`]
      ears()?.heard({
        id: higher,
        from: 'trap',
        name: 'x',
        addresses,
        acceptsPairing: false,
        tag: sighting,
        lifeMs: 120_000,
      })
      await world.run(1_000)
    }
    expect(alice.counts.dialAttempts - before, 'in ten minutes, at ever new addresses').toBeLessThan(3 * 70)
    const back = await node('bob', { id: higher, network, clock: world.clock.view() })
    await world.run(15_000)
    expect([states(alice), states(back)]).toEqual([['connected'], ['connected']])
  })

  it('try one that refuses them once an hour, and at once when it announces itself as another run', async () => {
    const [lower, higher] = orders[0].ids
    const member = await node('bob', { id: higher, network })
    const [tag] = await tagOf(member)
    await world.wait(member.close())
    await node('bob', { id: higher, network: otherNetwork, announce: false, clock: world.clock.view() })
    const alice = await node('alice', { id: lower, network })
    const told = { tag }
    mouth(higher, 'memory://bob:1', told)
    await world.run(3_500_000)
    expect(dialed.get('alice')).toHaveLength(1)
    await world.run(200_000)
    expect(dialed.get('alice')).toHaveLength(2)
    told.tag = new NetworkTags(network.secret).make(higher, new Uint8Array(8))
    await world.run(100_000)
    expect(dialed.get('alice')).toHaveLength(3)
    expect(alice.peers()).toEqual([])
  })

  it('leave it to their list who dials, in strict order by address, and need none for it', async () => {
    const strict = { direction: 'strict', dialOrder: 'address' } as const
    const listed = { ...network, addresses: ['memory://elsewhere:1'] }
    const [alice] = [
      await node('alice', { network: listed, ...strict }),
      await node('bob', { network: listed, ...strict }),
    ]
    await world.run(100_000)
    expect([...dialed.values()].flat().filter((address) => address !== 'memory://elsewhere:1')).toEqual([])
    expect(alice.peers()).toEqual([])
    const [carol] = [await node('carol', { network, ...strict }), await node('dave', { network, ...strict })]
    await world.run(3_000)
    expect(carol.connectedPeers().map(({ name }) => name)).toContain('dave')
  })

  it('are not sought by a node that lets in only those that are paired', async () => {
    const alice = await node('alice', { network, admit: 'paired' })
    const bob = await node('bob', { network })
    await world.run(300_000)
    expect([...dialed.values()].flat()).toEqual([])
    expect([...alice.peers(), ...bob.peers()]).toEqual([])
  })
})

async function tagOf(node: HoldfastNode): Promise<(string | undefined)[]> {
  const heard = mouth(strangerId(253), 'memory://ear:1')
  await world.run(1_000)
  return heard.filter(({ id }) => id === node.id).map(({ tag }) => tag)
}
