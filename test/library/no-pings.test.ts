// Mode `tcp` with `pingsUnderLoad: false`: what is on the wire, frame by frame, between whole nodes in virtual time.
import { describe, expect, it } from 'vitest'
import type { KeepAlive } from '../../src/core/health/keep-alive.ts'
import type { HoldfastNode } from '../../src/node/node.ts'
import { Tap } from '../fixtures/tap.ts'
import { orders, serveEcho, type VirtualNodeOptions, VirtualWorld } from './virtual.ts'

const NEVER: KeepAlive = { mode: 'tcp', pingsUnderLoad: false }
const MINUTE_MS = 60_000

/** Two paired nodes whose every frame is seen. */
async function tapped(keepAlives: readonly [KeepAlive, KeepAlive], ids?: (typeof orders)[number]['ids']) {
  const world = new VirtualWorld()
  const tap = new Tap(world.clock.view())
  const options = (at: 0 | 1): VirtualNodeOptions => ({
    keepAlive: keepAlives[at],
    transport: (host, id) => tap.wrap(world.network.transport(host, id), host),
    ...(ids && { id: ids[at] }),
  })
  const pair = await world.pair(options(0), options(1))
  serveEcho(pair.alice, pair.bob)
  const sent = (type: string, from?: HoldfastNode): number =>
    tap.frames.filter((one) => one.frame['type'] === type && (from === undefined || one.from === from.name)).length
  return { world, sent, ...pair }
}

describe.each(orders)('mode tcp without pings under load, when $order', ({ ids }) => {
  it('never pings from either side: at rest, under load, after outages, stalls and a restart of the connection', async () => {
    const { world, sent, bobAtAlice, aliceAtBob } = await tapped([NEVER, NEVER], ids)
    await world.run(30 * MINUTE_MS)

    for (const peer of [bobAtAlice, aliceAtBob]) {
      const stream = await world.wait(peer.openStream('echo'))
      stream.resume()
      for (let second = 0; second < 120; second++) {
        stream.write(Buffer.alloc(20_000))
        await world.run(1_000)
      }
    }
    const path = world.network.path('alice', 'bob')
    for (const strike of [() => path.reset(), () => path.blackHole(), () => path.blackHole('bob')]) {
      strike()
      const echoed = world.echo(bobAtAlice, 'through the outage', 5 * MINUTE_MS)
      await world.run(40_000)
      path.heal()
      expect(await echoed).toBe('through the outage')
      await world.run(MINUTE_MS)
    }
    world.network.host('bob').pause()
    await world.run(20_000)
    world.network.host('bob').resume()
    expect(await world.echo(bobAtAlice, 'after the stall')).toBe('after the stall')
    await world.run(10 * MINUTE_MS)

    expect([sent('ping'), sent('pong')]).toEqual([0, 0])
    expect(sent('data')).toBeGreaterThan(240)
    expect([bobAtAlice.links.length, aliceAtBob.links.length]).toEqual([1, 1])
    expect(bobAtAlice.health).toMatchObject({ score: undefined, band: undefined })
  })

  it('answers the pings of another side whose mode has them, and asks nothing itself', async () => {
    const { world, sent, alice, bob, bobAtAlice } = await tapped([NEVER, { mode: 'fixed', intervalMs: 10_000 }], ids)
    await world.run(10 * MINUTE_MS)
    expect(await world.echo(bobAtAlice, 'under load')).toBe('under load')
    await world.run(MINUTE_MS)
    expect(sent('ping', alice)).toBe(0)
    expect(sent('ping', bob)).toBeGreaterThan(50)
    // The last one may be on its way.
    expect(sent('ping', bob) - sent('pong', alice)).toBeLessThanOrEqual(1)
    expect(sent('pong', alice)).toBeLessThanOrEqual(sent('ping', bob))
    expect(bob.peer(alice.id).health.score).toBe(100)
    expect(bobAtAlice.state.kind).toBe('connected')
  })
})

it('what is written is judged by acknowledgements: degraded within 3 s of a silent loss, and lost within 15 s', async () => {
  const { world, sent, bobAtAlice } = await tapped([NEVER, NEVER])
  const stream = await world.wait(bobAtAlice.openStream('echo'))
  stream.resume()
  await world.run(5_000)
  const states: [kind: string, afterMs: number][] = []
  world.network.path('alice', 'bob').blackHole()
  const holeMs = world.clock.now()
  bobAtAlice.on('state', ({ kind }) => states.push([kind, world.clock.now() - holeMs]))
  stream.write('anybody there?')
  await world.run(20_000)
  const at = (kind: string): number | undefined => states.find(([one]) => one === kind)?.[1]
  expect(at('degraded')).toBeLessThanOrEqual(3_000)
  expect(at('disconnected')).toBeLessThanOrEqual(15_500)
  expect(sent('ping')).toBe(0)
})

it('a link at rest that falls silent is left to the system: without one that looks, nothing is noticed', async () => {
  const { world, bobAtAlice } = await tapped([NEVER, NEVER])
  await world.run(MINUTE_MS)
  world.network.path('alice', 'bob').blackHole()
  await world.run(30 * MINUTE_MS)
  expect(bobAtAlice.state.kind).toBe('connected')
})

it('can be chosen for one peer, and while a ping is out', async () => {
  const { world, sent, alice, bobAtAlice } = await tapped([{ mode: 'fixed', intervalMs: 1_000 }, NEVER])
  await world.run(MINUTE_MS)
  expect(sent('ping', alice)).toBeGreaterThan(50)
  bobAtAlice.configure({ keepAlive: NEVER })
  const before = sent('ping', alice)
  await world.run(10 * MINUTE_MS)
  expect(await world.echo(bobAtAlice, 'quietly')).toBe('quietly')
  expect(sent('ping', alice)).toBe(before)
})
