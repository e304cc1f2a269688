// Whole nodes in virtual time: how many connections are begun to a peer that is away, on the wire and in the counts.
import { describe, expect, it } from 'vitest'
import type { PeerId } from '../../src/identity/peer-id.ts'
import type { Transport } from '../../src/transport/transport.ts'
import { VirtualWorld } from './virtual.ts'

/** A transport that notes when it dials. */
class Wire {
  readonly beganMs: number[] = []
  readonly #world: VirtualWorld

  constructor(world: VirtualWorld) {
    this.#world = world
  }

  readonly transport = (host: string, id: PeerId): Transport => {
    const inner = this.#world.network.transport(host, id)
    return {
      scheme: inner.scheme,
      listen: (address, arrived) => inner.listen(address, arrived),
      dial: (address, options) => {
        this.beganMs.push(this.#world.clock.now())
        return inner.dial(address, options)
      },
    }
  }

  /** The most in any minute since `fromMs`. */
  busiestMinute(fromMs: number): number {
    const times = this.beganMs.filter((atMs) => atMs >= fromMs)
    return Math.max(
      0,
      ...times.map((startMs) => times.filter((atMs) => atMs >= startMs && atMs < startMs + 60_000).length),
    )
  }
}

describe('L4: to a peer that is away', () => {
  it.each(['reset', 'silent'] as const)(
    'fewer than ten connections are begun in any minute, over all its addresses, and the counts say how many (%s)',
    async (how) => {
      for (const ports of [[1], [1, 2, 3], [1, 2, 3, 4, 5, 6, 7, 8]]) {
        const world = new VirtualWorld()
        const wire = new Wire(world)
        const listen = ports.map((port) => `memory://bob:${port}`)
        const { alice, bobAtAlice } = await world.pair({ transport: wire.transport }, { listen })
        await world.run(60_000)
        const before = { begun: wire.beganMs.length, counted: alice.counts.dialAttempts }
        // Before that a link is in doubt, and dialed beside.
        let fromMs = Infinity
        bobAtAlice.once('disconnected', () => (fromMs = world.clock.now()))
        world.network.host('bob').crash(how)
        await world.run(600_000)
        const busiest = wire.busiestMinute(fromMs)
        expect(busiest).toBeLessThan(10)
        expect(busiest).toBeGreaterThan(6)
        expect(alice.counts.dialAttempts - before.counted).toBe(wire.beganMs.length - before.begun)
        expect(bobAtAlice.counts.dialAttempts).toBe(alice.counts.dialAttempts)
      }
    },
  )

  it('of a network that is searched as well, they are begun by one of the two: the peer, or the search', async () => {
    for (const direction of ['graceful', 'strict'] as const) {
      const world = new VirtualWorld()
      const wires = [new Wire(world), new Wire(world), new Wire(world)]
      const addresses = ['anna', 'bert', 'cleo'].map((name) => `memory://${name}:1`)
      const network = { secret: 'correct horse battery staple', addresses }
      const start = async (name: string, wire: Wire) =>
        world.node(name, { network, direction, dialOrder: 'address', transport: wire.transport })
      const nodes = await Promise.all(['anna', 'bert', 'cleo'].map((name, at) => start(name, wires[at]!)))
      await world.until(() => nodes.every((node) => node.connectedPeers().length === 2))
      await world.run(60_000)
      const fromMs = world.clock.now()
      world.network.host('cleo').crash('reset')
      await world.run(600_000)
      for (const wire of wires.slice(0, 2)) expect(wire.busiestMinute(fromMs)).toBeLessThan(10)
    }
  })

  it('of which nothing is known but an address in the list, likewise', async () => {
    const world = new VirtualWorld()
    const wire = new Wire(world)
    const addresses = ['memory://anna:1', 'memory://bert:1']
    await world.node('anna', {
      network: { secret: 'correct horse battery staple', addresses },
      transport: wire.transport,
    })
    await world.run(600_000)
    expect(wire.busiestMinute(0)).toBeLessThan(10)
    expect(wire.busiestMinute(0)).toBeGreaterThan(6)
  })
})
