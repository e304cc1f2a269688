import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type Clock, systemClock } from '../../src/clock.ts'
import type { HoldfastError } from '../../src/core/errors.ts'
import { Association } from '../../src/core/session/association.ts'
import { defaultSessionLimits, MemoryBudget } from '../../src/core/session/limits.ts'
import type { Node, Peer } from '../../src/node/api.ts'
import { SessionDriver } from '../../src/node/link/session-driver.ts'
import { Deadlines } from '../../src/node/timing/deadlines.ts'
import { stallTolerantClock } from '../../src/node/timing/stall-tolerant-clock.ts'
import { orders, serveEcho, VirtualWorld } from './virtual.ts'

const DAY_MS = 86_400_000

/** A stream to `peer` on which a byte is written every 100 ms once it is started, and what has been read of it at the other side. */
interface Ticker {
  written: number
  read: number
  /** When bytes were read last. */
  readAtMs: number
  start(): void
}

async function opened(world: VirtualWorld, peer: Peer, reader: Node): Promise<Ticker> {
  const ticker: Ticker = {
    written: 0,
    read: 0,
    readAtMs: 0,
    start() {
      stream.write('x')
      ticker.written++
      world.clock.after(100, ticker.start)
    },
  }
  reader.handle('sink', (inbound) => {
    inbound.on('data', (bytes: Uint8Array) => {
      ticker.read += bytes.length
      ticker.readAtMs = world.clock.now()
    })
  })
  const stream = await world.wait(peer.openStream('sink'))
  return ticker
}

describe.each(orders)('a link that falls silent while there is a second path, when $order', ({ ids }) => {
  it.each(['alice', 'bob'] as const)(
    'is replaced before it is given up: what %s writes goes on within 1.5 s, and nobody is disconnected',
    async (from) => {
      const world = new VirtualWorld()
      const places = (name: string): string[] => [`memory://${name}:1`, `memory://${name}.spare:1`]
      const { alice, bob, aliceAtBob, bobAtAlice } = await world.pair(
        { id: ids[0], listen: places('alice') },
        { id: ids[1], listen: places('bob') },
      )
      const events: string[] = []
      for (const peer of [aliceAtBob, bobAtAlice]) {
        peer.on('disconnected', (reason) => events.push(`disconnected: ${reason}`))
        peer.on('session', () => events.push('session'))
      }
      const [reader, peer] = from === 'alice' ? [bob, bobAtAlice] : [alice, aliceAtBob]
      const ticker = await opened(world, peer, reader)
      ticker.start()
      await world.run(4_000)
      expect(ticker.written - ticker.read).toBeLessThanOrEqual(1)

      world.network.path('alice', 'bob').blackHole()
      const holeMs = world.clock.now()
      // What was on its way still arrives.
      await world.run(50)
      const before = ticker.read
      await world.until(() => ticker.read > before)
      expect(ticker.readAtMs - holeMs).toBeLessThanOrEqual(1_500)

      await world.run(5_000)
      expect(ticker.written - ticker.read).toBeLessThanOrEqual(1)
      expect(events).toEqual([])
      expect(aliceAtBob.links).toMatchObject([{ address: expect.stringContaining('.spare:'), state: 'healthy' }])
      expect(bobAtAlice.links).toMatchObject([{ address: expect.stringContaining('.spare:'), state: 'healthy' }])
      expect(world.network.path('alice', 'bob', 'spare').channelCount).toBe(1)
    },
  )
})

/**
 * TCP may back off for many seconds after a few losses in a row, and then one direction of a connection is silent while the other goes on and a fresh
 * connection would pass. The side that hears nothing may be unable to dial: then it is for the other one to notice that nothing is answered.
 */
describe.each(orders)(
  'a link that has become silent in one direction, on the only way there is, when $order',
  ({ ids }) => {
    it.each([
      { writer: 'the dialer', silent: 'bob' },
      { writer: 'the other side', silent: 'bob' },
      { writer: 'nobody', silent: 'bob' },
      { writer: 'the dialer', silent: 'alice' },
      { writer: 'the other side', silent: 'alice' },
    ])(
      'gives way to a fresh one before it is given up: $writer writes, $silent hears nothing',
      async ({ writer, silent }) => {
        const world = new VirtualWorld()
        const { alice, bob, aliceAtBob, bobAtAlice } = await world.pair({ id: ids[0], listen: [] }, { id: ids[1] })
        aliceAtBob.configure({ keepAlive: { mode: 'adaptive', intervalMsMax: 5_000 } })
        const events: string[] = []
        for (const peer of [aliceAtBob, bobAtAlice])
          peer.on('disconnected', (reason) => events.push(`disconnected: ${reason}`))
        const [reader, peer] = writer === 'the dialer' ? [bob, bobAtAlice] : [alice, aliceAtBob]
        const ticker = await opened(world, peer, reader)
        if (writer !== 'nobody') ticker.start()
        await world.run(4_000)
        world.network.path('alice', 'bob').backOff(silent)
        // At rest it is noticed when bob asks: alice leaves that to him.
        await world.run(writer === 'nobody' ? 20_000 : 12_000)
        expect(ticker.written - ticker.read).toBeLessThanOrEqual(1)
        await world.run(20_000)
        expect(events).toEqual([])
        expect(ticker.written - ticker.read).toBeLessThanOrEqual(1)
        expect(bobAtAlice.links).toMatchObject([{ state: 'healthy' }])
        expect(aliceAtBob.links).toMatchObject([{ state: 'healthy' }])
        serveEcho(bob)
        expect(await world.echo(bobAtAlice, 'still there?', 1_000)).toBe('still there?')
      },
    )
  },
)

describe('a slow link full of data, which answers late because the answers wait behind it', () => {
  it.each([4, 8])('is not replaced by another on the same way: %i KB/s', async (bytesPerMs) => {
    const world = new VirtualWorld()
    const { alice, aliceAtBob, bobAtAlice } = await world.pair({ listen: [] })
    world.network.path('alice', 'bob').change({ latencyMs: 150, bytesPerMs })
    const losses: string[] = []
    bobAtAlice.on('link:lost', (_link, reason) => losses.push(reason))
    let read = 0
    alice.handle('sink', (inbound) => inbound.on('data', (bytes: Uint8Array) => (read += bytes.length)))
    const stream = await world.wait(aliceAtBob.openStream('sink'))
    stream.on('error', () => undefined)
    stream.write(Buffer.alloc(4_000_000))
    await world.run(300_000)
    expect(losses).toEqual([])
    expect(read).toBeGreaterThan(0.95 * 300_000 * bytesPerMs)
  })
})

describe('M1: where two links are wanted', () => {
  it('the second one is dialed as soon as the pairing is complete', async () => {
    const limits = { linksWanted: 2 }
    const world = new VirtualWorld()
    const { bobAtAlice, aliceAtBob } = await world.pair(
      { listen: [], limits },
      { listen: ['memory://bob:1', 'memory://bob.spare:1'], limits },
    )
    expect(bobAtAlice.links).toHaveLength(2)
    expect(aliceAtBob.links).toHaveLength(2)
  })
})

describe('a session without a link', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  it('ends after a retention of 30 days, which is more than a timer takes, and wakes up a few times only', async () => {
    let timers = 0
    let ended: { readonly error: HoldfastError; readonly atMs: number } | undefined
    const counting: Clock = {
      ...systemClock,
      after(delayMs, callback) {
        if (++timers > 100) throw new Error('One timer sets the next without end')
        return systemClock.after(delayMs, callback)
      },
    }
    const begunMs = systemClock.now()
    const driver: SessionDriver = new SessionDriver({
      context: {
        limits: { ...defaultSessionLimits, retentionMs: 30 * DAY_MS },
        budget: new MemoryBudget(1_000_000),
        clock: counting,
        deadlines: new Deadlines(counting),
        random: () => 0.5,
      },
      association: new Association({
        ownInstance: { start: 1, random: new Uint8Array(8) },
        isLower: true,
        knownStart: 0,
        firstGeneration: 1,
        firstDial: 1,
        createSession: () => driver.session,
      }),
      owner: {
        streamOpened: () => undefined,
        linkLost: () => undefined,
        closedForGood: () => undefined,
        linkSuspect: () => undefined,
        linkRecovered: () => undefined,
        linkProbed: () => undefined,
        sessionEnded: (_driver, error) => {
          ended = { error, atMs: systemClock.now() - begunMs }
        },
      },
    })
    driver.wake()
    await new Promise((resolve) => setImmediate(resolve))
    vi.advanceTimersByTime(29.9 * DAY_MS)
    expect(ended).toBeUndefined()
    vi.advanceTimersByTime(DAY_MS)
    expect(ended?.error).toMatchObject({ code: 'session-lost' })
    expect(ended?.atMs).toBeCloseTo(30 * DAY_MS, -1)
    expect(timers).toBeLessThanOrEqual(3)
    expect(vi.getTimerCount()).toBe(0)
  })
})

describe('the clock that stands still while the process does', () => {
  /** Time as the test sets it, and the clock that is made of it. `tick`: the process gets round to its timers. */
  function clocks(originMs = 0): { base: { ms: number }; clock: Clock; tick: () => void } {
    const base = { ms: originMs }
    let due: (() => void)[] = []
    const clock = stallTolerantClock({
      now: () => base.ms,
      wallNow: () => base.ms,
      after(_delayMs, callback) {
        due.push(callback)
        return { cancel: () => undefined }
      },
    })
    const tick = (): void => {
      const callbacks = due
      due = []
      for (const callback of callbacks) callback()
    }
    return { base, clock, tick }
  }

  /** Even over the whole range, with fractions; `fc.double` would give almost nothing but tiny numbers. */
  const upToMs = (maxMs: number): fc.Arbitrary<number> => fc.nat(1e9).map((part) => (part / 1e9) * maxMs)
  const waitsMs = fc.oneof(upToMs(300), upToMs(1_000), upToMs(1e7))

  it('never goes back and never goes faster than time, whenever it is looked at', () => {
    fc.assert(
      fc.property(
        upToMs(1e9),
        fc.array(fc.record({ waitMs: waitsMs, act: fc.constantFrom('look', 'tick', 'tick and look') })),
        (originMs, steps) => {
          const { base, clock, tick } = clocks(originMs)
          let shownMs = clock.now()
          let realMs = base.ms
          for (const { waitMs, act } of steps) {
            base.ms += waitMs
            if (act !== 'look') tick()
            if (act === 'tick') continue
            const nowMs = clock.now()
            expect(nowMs).toBeGreaterThanOrEqual(shownMs)
            expect(nowMs - shownMs).toBeLessThanOrEqual(base.ms - realMs + 1e-3)
            shownMs = nowMs
            realMs = base.ms
          }
        },
      ),
    )
  })

  it('counts half a second at the most of any time in which the process did nothing', () => {
    fc.assert(
      fc.property(fc.array(waitsMs), fc.boolean(), (gapsMs, ticksFirst) => {
        const { base, clock, tick } = clocks()
        for (const gapMs of gapsMs) {
          const beforeMs = clock.now()
          base.ms += gapMs
          if (ticksFirst) tick()
          expect(clock.now() - beforeMs).toBeLessThanOrEqual(Math.min(gapMs, 500) + 1e-3)
        }
      }),
    )
  })

  it('is right on time while the process runs', () => {
    fc.assert(
      fc.property(fc.array(upToMs(250)), (waits) => {
        const { base, clock, tick } = clocks(1_000)
        for (const waitMs of waits) {
          base.ms += waitMs
          tick()
          expect(clock.now()).toBe(base.ms)
        }
      }),
    )
  })

  it('does not go back by rounding', () => {
    const { base, clock } = clocks()
    base.ms = 406.95473378813887
    const shownMs = clock.now()
    base.ms += 512.0000000000001
    expect(clock.now()).toBe(shownMs)
  })

  it('keeps what it has shown when the process stalls right after a look', () => {
    const { base, clock } = clocks()
    base.ms = 480
    expect(clock.now()).toBe(480)
    base.ms = 520
    expect(clock.now()).toBe(480)
    base.ms = 530
    expect(clock.now()).toBe(490)
  })
})
