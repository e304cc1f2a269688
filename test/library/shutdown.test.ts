import { describe, expect, it } from 'vitest'
import type { HoldfastNode } from '../../src/node/node.ts'
import { VirtualWorld } from './virtual.ts'

describe('closing a node', () => {
  // With 100 ms one way, the pairing takes 900 ms; from 500 ms on it runs on a link.
  it.each([0, 50, 150, 350, 450, 550, 650, 750, 850])('ends pair() after %d ms', async (closeMs) => {
    const world = new VirtualWorld()
    const [alice, bob] = [await world.node('alice'), await world.node('bob')]
    const path = world.network.path('alice', 'bob')
    path.change({ latencyMs: 100 })
    let outcome: unknown = 'none'
    void alice.pair(await bob.ticket()).then(
      () => (outcome = 'paired'),
      (error: unknown) => (outcome = error),
    )
    if (closeMs > 0) await world.run(closeMs)
    await world.wait(alice.close(), 5_000)
    await world.run(1)
    expect(outcome).toMatchObject({ code: 'node-closed' })
    // The store is closed after the node: nothing may touch it.
    alice.store.close()
    await world.run(1_000)
    expect(path.channelCount).toBe(0)
    await world.run(60_000)
    expect(path.channelCount).toBe(0)
    expect(alice.peers()).toEqual([])
  })

  it.each(['that waits to try again', 'that waits for an earlier one'])('ends a pair() %s', async (which) => {
    const world = new VirtualWorld()
    const [alice, bob] = [await world.node('alice'), await world.node('bob')]
    const path = world.network.path('alice', 'bob')
    path.change({ dials: which === 'that waits to try again' ? 'refuse' : 'hang' })
    const ticket = await bob.ticket()
    const outcomes: unknown[] = []
    for (const pairing of [alice.pair(ticket), alice.pair(ticket)]) {
      void pairing.then(
        () => outcomes.push('paired'),
        (error: unknown) => outcomes.push(error),
      )
    }
    await world.run(500)
    path.change({ dials: 'pass' })
    await world.wait(alice.close(), 5_000)
    await world.run(1)
    expect(outcomes).toMatchObject([{ code: 'node-closed' }, { code: 'node-closed' }])
    await world.run(60_000)
    expect(path.channelCount).toBe(0)
  })

  it.each([1, 2])('waits for a reader that begins late, with %d link(s)', async (links) => {
    const BYTES = 300_000
    for (const closer of ['alice', 'bob'] as const) {
      const world = new VirtualWorld()
      const places = (name: string): string[] => [`memory://${name}:1`, `memory://${name}.spare:1`]
      const limits = { linksWanted: links }
      const { alice, bob, aliceAtBob, bobAtAlice } = await world.pair(
        { limits, listen: places('alice') },
        { limits, listen: places('bob') },
      )
      await world.until(() => [aliceAtBob, bobAtAlice].every((peer) => peer.links.length === links))
      const [writer, reader, peer] = closer === 'alice' ? [alice, bob, bobAtAlice] : [bob, alice, aliceAtBob]
      const read = serveLateReader(world, reader)
      const stream = await world.wait(peer.openStream('sink'))
      let finished = false
      stream.on('finish', () => (finished = true))
      stream.end(Buffer.alloc(BYTES, 7))
      await world.wait(writer.close(), 4_000)
      expect(finished).toBe(true)
      await world.run(1_000)
      expect(read).toEqual({ bytes: BYTES, wrong: 0, ended: true, errors: [] })
    }
  })

  interface Read {
    bytes: number
    wrong: number
    ended: boolean
    readonly errors: Error[]
  }

  /** Serves `sink` with a reader that begins after 300 ms. */
  function serveLateReader(world: VirtualWorld, node: HoldfastNode): Read {
    const read: Read = { bytes: 0, wrong: 0, ended: false, errors: [] }
    node.handle('sink', async (stream) => {
      stream.on('error', (error) => read.errors.push(error))
      stream.on('end', () => (read.ended = true))
      await world.after(300)
      stream.on('data', (bytes: Uint8Array) => {
        read.bytes += bytes.length
        read.wrong += bytes.filter((byte) => byte !== 7).length
      })
    })
    return read
  }
})
