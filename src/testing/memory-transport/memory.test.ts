import { beforeEach, describe, expect, it } from 'vitest'
import { describeTransport, Owner } from '../../../test/conformance/transport.ts'
import { VirtualClock } from '../../../test/sim/virtual-clock.ts'
import { systemClock } from '../../clock.ts'
import { peerIdFromPublicKey } from '../../identity/peer-id.ts'
import type { Channel, Transport } from '../../transport/transport.ts'
import { MemoryNetwork } from './memory.ts'
import type { MemoryPath } from './memory-path.ts'

const never = new AbortController().signal
const idOf = (byte: number) => peerIdFromPublicKey(new Uint8Array(32).fill(byte))

/** The same numbers in every run, and enough of a mixture. */
function counting(): () => number {
  let count = 0
  return () => (count = (count + 0.618_034) % 1)
}

describeTransport('memory', () => {
  const network = new MemoryNetwork({ clock: systemClock, random: counting() })
  network.path('host-1', 'host-2').change({ latencyMs: 1 })
  let peers = 0
  return {
    peer() {
      const id = idOf(++peers)
      return { id, transport: network.transport(`host-${peers}`, id) }
    },
    listenAddress: 'memory://*:0',
    deadAddress: 'memory://nowhere:1',
  }
})

describe('a network in memory', () => {
  let clock: VirtualClock
  let network: MemoryNetwork
  let path: MemoryPath
  let alice: Transport
  let arrived: Channel[]

  beforeEach(async () => {
    clock = new VirtualClock()
    network = new MemoryNetwork({ clock, random: counting() })
    alice = network.transport('alice', idOf(1))
    arrived = []
    const bob = network.transport('bob', idOf(2))
    for (const address of ['memory://bob:1', 'memory://bob.wifi:1']) {
      await bob.listen(address, ({ channel }) => arrived.push(channel))
    }
    path = network.path('alice', 'bob')
    path.change({ latencyMs: 10 })
  })

  /** A channel from Alice to Bob with an owner at each end. */
  async function connect(address = 'memory://bob:1'): Promise<[Channel, Owner, Channel, Owner]> {
    const dialed = alice.dial(address, { expect: idOf(2), signal: never })
    await clock.run(clock.now() + 1_000, () => arrived.length > 0)
    const [outbound, inbound] = [await dialed, arrived.pop()!]
    const [atAlice, atBob] = [new Owner(), new Owner()]
    outbound.open(atAlice)
    inbound.open(atBob)
    return [outbound, atAlice, inbound, atBob]
  }

  it('takes two round trips to dial, and half a one more until the other side knows', async () => {
    const dialed = alice.dial('memory://bob:1', { expect: idOf(2), signal: never }).then(() => clock.now())
    await clock.run(1_000, () => arrived.length > 0)
    expect([await dialed, clock.now()]).toEqual([40, 50])
  })

  it('lets bytes take their latency, and the time that the bandwidth needs', async () => {
    const [outbound, , , atBob] = await connect()
    path.change({ latencyMs: 100, bytesPerMs: 10 })
    const startMs = clock.now()
    outbound.write([new Uint8Array(1_000)])
    await clock.run(startMs + 150)
    expect([atBob.bytes > 0, atBob.bytes < 600]).toEqual([true, true])
    await clock.run(startMs + 10_000, () => atBob.bytes === 1_000)
    expect(clock.now() - startMs).toBe(200)
  })

  it('keeps the order within a channel while the latency changes, and not between interfaces', async () => {
    const [slow, , , atSlow] = await connect()
    const [fast, , , atFast] = await connect('memory://bob.wifi:1')
    path.change({ latencyMs: 500, jitterMs: 400 })
    slow.write([Buffer.from('first ')])
    path.change({ latencyMs: 1, jitterMs: 0 })
    slow.write([Buffer.from('second')])
    fast.write([Buffer.from('third')])
    const startMs = clock.now()
    await clock.run(startMs + 100)
    expect([atSlow.text(), atFast.text()]).toEqual(['', 'third'])
    await clock.run(startMs + 1_000)
    expect(atSlow.text()).toBe('first second')
  })

  it('takes no more than its buffer while the other process is stopped, and goes on where it was', async () => {
    const [outbound, atAlice, , atBob] = await connect()
    path.change({ bufferBytes: 100_000 })
    network.host('bob').pause()
    let written = 0
    while (outbound.write([new Uint8Array(10_000)])) written += 10_000
    await clock.run(clock.now() + 60_000)
    expect([written, atBob.bytes, atAlice.drains]).toEqual([90_000, 0, 0])
    network.host('bob').resume()
    await clock.run(clock.now() + 1_000)
    expect([atBob.bytes, atAlice.drains]).toEqual([100_000, 1])
  })

  it('lets a dial that came to a stopped process go on when it runs again', async () => {
    network.host('bob').pause()
    const dialed = alice.dial('memory://bob:1', { expect: idOf(2), signal: never }).then(() => clock.now())
    await clock.run(5_000)
    expect(arrived).toEqual([])
    network.host('bob').resume()
    await clock.run(10_000, () => arrived.length > 0)
    expect([await dialed, clock.now()]).toEqual([5_030, 5_040])
  })

  it('ends both sides in order when it is cut, after what was on its way', async () => {
    const [outbound, atAlice, inbound, atBob] = await connect()
    outbound.write([Buffer.from('there')])
    inbound.write([Buffer.from('back')])
    path.cut()
    outbound.write([Buffer.from('too late')])
    await clock.run(clock.now() + 100)
    expect([atAlice.text(), atBob.text()]).toEqual(['back', 'there'])
    expect([...atAlice.closes, ...atBob.closes]).toEqual([undefined, undefined])
  })

  it('tells both sides at once of a reset, and loses what was on its way', async () => {
    const [outbound, atAlice, , atBob] = await connect()
    outbound.write([Buffer.from('lost')])
    atAlice.calling(() => path.reset())
    await clock.run(clock.now() + 100)
    expect(atBob.bytes).toBe(0)
    for (const [error] of [atAlice.closes, atBob.closes]) expect(error).toMatchObject({ code: 'ECONNRESET' })
  })

  it('leaves one side in the dark when half open', async () => {
    const [, atAlice, inbound, atBob] = await connect()
    path.halfOpen('alice')
    inbound.write([Buffer.from('anybody?')])
    await clock.run(clock.now() + 60_000)
    expect([atAlice.closes.length, atAlice.bytes, atBob.closes.length]).toEqual([1, 0, 0])
    inbound.end()
    await clock.run(clock.now() + 5_000)
    expect([atBob.closes, path.channelCount]).toEqual([[undefined], 0])
  })

  it('swallows bytes in a black hole and brings them after it, in order, after at most as long again', async () => {
    const [outbound, , inbound, atBob] = await connect()
    outbound.write([Buffer.from('before ')])
    path.blackHole()
    const startMs = clock.now()
    clock.after(5_000, () => outbound.write([Buffer.from('within')]))
    await clock.run(startMs + 10_000)
    expect(atBob.bytes).toBe(0)
    path.heal()
    await clock.run(startMs + 30_000, () => atBob.bytes > 0)
    expect(clock.now() - startMs).toBeLessThanOrEqual(20_010)
    expect([atBob.text(), inbound.write([Buffer.from('x')])]).toEqual(['before within', true])
  })

  it('lets the other direction of a one-way hole pass until the buffer is full of what is not acknowledged', async () => {
    const [outbound, atAlice, inbound, atBob] = await connect()
    path.change({ bufferBytes: 1_000 })
    path.blackHole('bob')
    outbound.write([Buffer.from('lost for now')])
    inbound.write([new Uint8Array(800)])
    inbound.write([new Uint8Array(800)])
    inbound.write([new Uint8Array(800)])
    await clock.run(clock.now() + 10_000)
    expect([atBob.bytes, atAlice.bytes, atBob.drains]).toEqual([0, 1_600, 0])
    path.heal()
    await clock.run(clock.now() + 20_000)
    expect([atBob.bytes, atAlice.bytes, atBob.drains]).toEqual([12, 2_400, 1])
  })

  it('refuses dials, lets them hang until they are given up, and delays those made in a black hole', async () => {
    path.change({ dials: 'refuse' })
    const refused = alice.dial('memory://bob:1', { expect: idOf(2), signal: never }).catch((error: unknown) => error)
    await clock.run(clock.now() + 100)
    expect(await refused).toMatchObject({ code: 'connect-failed', reason: 'refused' })

    path.change({ dials: 'hang' })
    const controller = new AbortController()
    const hanging = alice.dial('memory://bob:1', { expect: idOf(2), signal: controller.signal })
    clock.after(3_600_000, () => controller.abort(new Error('given up')))
    const given = hanging.catch((error: unknown) => error)
    await clock.run(clock.now() + 3_700_000)
    expect(await given).toMatchObject({ message: 'given up' })

    path.change({ dials: 'pass' })
    path.blackHole()
    const delayed = alice.dial('memory://bob:1', { expect: idOf(2), signal: never })
    clock.after(1_000, () => path.heal())
    await clock.run(clock.now() + 10_000, () => arrived.length > 0)
    expect((await delayed).direction).toBe('outbound')
  })

  it.each(['fin', 'reset', 'silent'] as const)('takes a host down (%s)', async (how) => {
    const [outbound, atAlice, , atBob] = await connect()
    outbound.write([Buffer.from('into nothing')])
    network.host('bob').crash(how)
    await clock.run(clock.now() + 60_000)
    expect([atBob.bytes, atBob.closes.length]).toEqual([0, 0])
    expect(atAlice.closes.map((error) => error !== undefined)).toEqual({ fin: [false], reset: [true], silent: [] }[how])
    const again = alice.dial('memory://bob:1', { expect: idOf(2), signal: never }).catch((error: unknown) => error)
    await clock.run(clock.now() + 1_000)
    expect(await again).toMatchObject({ reason: 'refused' })
  })

  it('forgets a handshake that is never finished', async () => {
    alice.dial('memory://bob:1', { expect: idOf(2), signal: never }).catch(() => undefined)
    await clock.run(clock.now() + 15)
    path.halfOpen('alice')
    expect(network.host('bob').channels.size).toBe(1)
    await clock.run(clock.now() + 20_000)
    expect([network.host('bob').channels.size, clock.pendingTimers]).toEqual([0, 0])
  })

  it('refuses conditions that cannot be', () => {
    expect(() => path.change({ latencyMs: -1 })).toThrow(RangeError)
    expect(() => path.change({ bytesPerMs: 0 })).toThrow(RangeError)
  })
})
