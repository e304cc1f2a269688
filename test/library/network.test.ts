import { beforeEach, describe, expect, it } from 'vitest'
import { decodeTicket, encodeTicket } from '../../src/identity/ticket.ts'
import type { HoldfastNode } from '../../src/node/node.ts'
import type { OpenOptions } from '../../src/node/options.ts'
import { MemoryDisk, memoryStore } from '../../src/store/memory.ts'
import { Workbench } from './nodes.ts'
import { serveEcho, type VirtualNodeOptions, VirtualWorld } from './virtual.ts'

const secret = 'correct horse battery staple'
let world: VirtualWorld
beforeEach(() => {
  world = new VirtualWorld()
})

const names = ['anna', 'bert', 'cleo', 'dora']
const addresses = names.map((name) => `memory://${name}:1`)

function members(options: VirtualNodeOptions = {}): Promise<HoldfastNode[]> {
  return Promise.all(names.map((name) => world.node(name, { network: { secret, addresses }, ...options })))
}

/** The links of each node to each other one. */
function linkCounts(nodes: readonly HoldfastNode[]): number[][] {
  return nodes.map((node) => node.peers().map(({ links }) => links.length))
}

describe.each([
  ['graceful', 'id'],
  ['strict', 'id'],
  ['graceful', 'address'],
  ['strict', 'address'],
] as const)('P5: four nodes with one configuration, %s by %s', (direction, dialOrder) => {
  it('find each other without pairing in less than a second, with one link a pair', async () => {
    const nodes = await members({ direction, dialOrder })
    const failures: string[] = []
    for (const node of nodes)
      for (const peer of node.peers()) peer.on('dial:failed', (_, error) => failures.push(error.message))
    await world.run(950)
    expect(linkCounts(nodes)).toEqual(nodes.map(() => [1, 1, 1]))
    for (const node of nodes) {
      expect(node.connectedPeers()).toHaveLength(3)
      for (const peer of node.peers()) expect([peer.relation, peer.state.kind]).toEqual(['member', 'connected'])
    }
    expect(failures).toEqual([])
    serveEcho(...nodes)
    expect(await world.echo(nodes[0]!.peer(nodes[3]!.id), 'hello')).toBe('hello')
    await world.run(120_000)
    expect(linkCounts(nodes)).toEqual(nodes.map(() => [1, 1, 1]))
  })
})

describe('P5: a network', () => {
  it('on real sockets, all on 127.0.0.1', async () => {
    const bench = new Workbench()
    try {
      const first = await bench.node({ name: 'port' })
      const port = Number(new URL(first.listening[0]!).port)
      await first.close()
      const list = names.map((_, at) => `tcp://127.0.0.1:${20_000 + ((port + at) % 10_000)}`)
      const options: Partial<OpenOptions> = { network: { secret, addresses: list }, direction: 'strict' }
      const nodes = await Promise.all(list.map((address) => bench.node({ ...options, listen: [address] })))
      for (const node of nodes) {
        while (node.connectedPeers().length < 3) await new Promise((resolve) => node.once('peer:connected', resolve))
        expect(node.peers().map(({ links }) => links.length)).toEqual([1, 1, 1])
      }
    } finally {
      await bench.dispose()
    }
  })

  it('has members that are called what they call themselves, from the first moment, and told of when they change that', async () => {
    const [anna, bert] = await members()
    await world.run(1_000)
    expect(
      anna
        ?.peers()
        .map(({ name }) => name)
        .toSorted(),
    ).toEqual(['bert', 'cleo', 'dora'])
    const renamed: string[] = []
    anna?.peer(bert!.id).on('renamed', (name, before) => renamed.push(`${before} is ${name}`))
    await world.wait(bert!.close())
    await world.node('bert', { id: bert!.id, name: 'robert', host: 'bert', network: { secret, addresses } })
    await world.run(5_000)
    expect(renamed).toEqual(['bert is robert'])
  })

  it('keeps what was decided about its members while it is away', async () => {
    const disk = new MemoryDisk()
    const network = { secret, addresses }
    const bert = await world.node('bert', { network })
    const anna = await world.node('anna', { network, store: memoryStore(disk) })
    await world.run(1_000)
    anna.peer(bert.id).block()
    await world.wait(anna.close())
    const alone = await world.node('anna', { id: anna.id, store: memoryStore(disk) })
    await world.run(60_000)
    expect([alone.peers(), disk.peers.size]).toEqual([[], 1])
    await world.wait(alone.close())
    const again = await world.node('anna', { id: anna.id, network, store: memoryStore(disk) })
    await world.run(60_000)
    expect(again.peer(bert.id).state).toMatchObject({ kind: 'blocked', code: 'blocked-here' })
    expect(bert.isConnected(anna.id)).toBe(false)
  })

  it('is remembered: after a restart its members are peers before anybody was met', async () => {
    const disks = names.map(() => new MemoryDisk())
    const begin = (): Promise<HoldfastNode[]> =>
      Promise.all(
        names.map((name, at) =>
          world.node(name, {
            network: { secret, addresses },
            store: memoryStore(disks[at]),
            ...(ids[at] && { id: ids[at] }),
          }),
        ),
      )
    const ids: HoldfastNode['id'][] = []
    const nodes = await begin()
    ids.push(...nodes.map(({ id }) => id))
    await world.run(2_000)
    await world.wait(Promise.all(nodes.map((node) => node.close())))
    const again = await begin()
    expect(again.map((node) => node.peers().length)).toEqual([3, 3, 3, 3])
    await world.run(2_000)
    expect(linkCounts(again)).toEqual(again.map(() => [1, 1, 1]))
  })

  it('does not let in a node with another secret, which goes on trying and is let in once it has the right one', async () => {
    const [anna, bert] = [
      await world.node('anna', { network: { secret, addresses } }),
      await world.node('bert', { network: { secret: 'quite another secret', addresses } }),
    ]
    await world.run(60_000)
    expect([anna.peers(), bert.peers()]).toEqual([[], []])
    await world.wait(bert.close())
    const right = await world.node('bert', { network: { secret, addresses } })
    await world.run(61_000)
    expect([anna.connectedPeers().length, right.connectedPeers().length]).toEqual([1, 1])
  })

  it('lets a member be blocked, for good', async () => {
    const nodes = await members()
    await world.run(1_000)
    const [anna, bert] = nodes as [HoldfastNode, HoldfastNode]
    anna.peer(bert.id).block()
    await world.run(180_000)
    expect(anna.peer(bert.id).state.kind).toBe('blocked')
    expect(bert.peer(anna.id).state).toMatchObject({ kind: 'blocked', code: 'blocked' })
    expect(anna.connectedPeers()).toHaveLength(2)
  })

  it('finds a member that moved to another address of the list, and one that was set up anew', async () => {
    const nodes = await members()
    await world.run(1_000)
    await world.wait(nodes[3]!.close())
    const anew = await world.node('dora', { network: { secret, addresses } })
    await world.run(180_000)
    for (const node of nodes.slice(0, 3)) expect(node.isConnected(anew.id)).toBe(true)
  })

  it('does not let in a member without its secret because it asks to be paired by code', async () => {
    const network = { secret, addresses }
    const anna = await world.node('anna', { network })
    const bert = await world.node('bert', { network })
    await world.run(1_000)
    await world.wait(bert.close())
    const excluded = await world.node('bert', { id: bert.id })
    let connections = 0
    anna.on('peer:connected', () => connections++)
    for (const open of [false, true]) {
      if (open) anna.openPairing()
      const asked = world.wait(excluded.pairNearby(anna.id, { addresses: [addresses[0]!] }))
      await expect(asked).rejects.toMatchObject({ code: 'refused', refusal: 'not-paired' })
    }
    expect([connections, anna.pairingRequests()]).toEqual([0, []])
  })

  it('takes one that was a member, and comes with a ticket, for a stranger until the pairing is complete', async () => {
    const network = { secret, addresses }
    const anna = await world.node('anna', { network })
    const bert = await world.node('bert', { network })
    await world.run(1_000)
    const member = anna.peer(bert.id)
    member.rename('uncle bert')
    await world.wait(bert.close())
    const excluded = await world.node('bert', { id: bert.id })
    serveEcho(anna, excluded)
    let connections = 0
    anna.on('peer:connected', () => connections++)
    const forTheMember = member.openStream('echo')
    forTheMember.catch(() => undefined)
    const ticket = await anna.ticket()
    const guessed = encodeTicket({ ...decodeTicket(ticket), secret: new Uint8Array(16) })
    await expect(world.wait(excluded.pair(guessed))).rejects.toThrow()
    expect([connections, anna.isConnected(bert.id), anna.peers()]).toEqual([0, false, [member]])
    await world.run(10_000)
    await world.wait(excluded.pair(ticket))
    await expect(world.wait(forTheMember)).rejects.toMatchObject({ code: 'unknown-peer' })
    await world.run(1_000)
    const paired = anna.peer(bert.id)
    expect(anna.peers()).toEqual([paired])
    expect(paired).toMatchObject({ relation: 'paired', name: 'uncle bert', state: { kind: 'connected' } })
    expect(anna.store.peers()).toMatchObject([{ id: bert.id, relation: 'paired', name: 'uncle bert' }])
    expect(await world.echo(paired, 'hello')).toBe('hello')
    expect(await world.echo(excluded.peer(anna.id), 'hello')).toBe('hello')
    await world.run(120_000)
    expect(world.network.path('anna', 'bert').channelCount).toBe(1)
    expect(anna.store.peers()).toHaveLength(1)
  })

  it('does not let a member that is blocked come back as a stranger with a ticket', async () => {
    const network = { secret, addresses }
    const anna = await world.node('anna', { network })
    const bert = await world.node('bert', { network })
    await world.run(1_000)
    anna.peer(bert.id).block()
    await world.wait(bert.close())
    const excluded = await world.node('bert', { id: bert.id })
    const paired = world.wait(excluded.pair(await anna.ticket()))
    await expect(paired).rejects.toMatchObject({ code: 'refused', refusal: 'blocked' })
  })

  it('refuses a secret that is easily guessed, and says how to make a good one', async () => {
    await expect(world.node('anna', { network: { secret: 'short', addresses } })).rejects.toThrow(/openssl rand/)
  })
})
