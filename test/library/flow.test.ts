import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { defaultSessionLimits, MemoryBudget } from '../../src/core/session/limits.ts'
import { ReceiveHalf } from '../../src/core/session/receive-half.ts'
import { ReceiveWindow } from '../../src/core/session/receive-window.ts'
import { Segments } from '../../src/core/session/segments.ts'
import { Session } from '../../src/core/session/session.ts'
import type { HoldfastStream } from '../../src/node/api.ts'
import type { HoldfastNode } from '../../src/node/node.ts'
import { serveEcho, VirtualWorld } from './virtual.ts'

describe('a reader that stops', () => {
  it('stops its own stream alone: four that nobody reads leave a fifth as it is', async () => {
    const world = new VirtualWorld()
    const { bob, bobAtAlice } = await world.pair()
    serveEcho(bob)
    const unread: HoldfastStream[] = []
    bob.handle('unread', (stream) => void unread.push(stream))
    const writers: HoldfastStream[] = []
    for (let count = 0; count < 4; count++) {
      const stream = await world.wait(bobAtAlice.openStream('unread'))
      stream.write(Buffer.alloc(300_000))
      writers.push(stream)
    }
    await world.run(2_000)
    expect([unread.length, writers.map((stream) => stream.writableNeedDrain)]).toEqual([4, [true, true, true, true]])
    expect(await world.echo(bobAtAlice, 'fifth', 1_000)).toBe('fifth')
  })

  it('stops its own stream alone, though its window had grown by fast reading; read on, it misses nothing', async () => {
    const world = new VirtualWorld()
    world.network.path('alice', 'bob').change({ bytesPerMs: 10_000, bufferBytes: 4 * 1024 * 1024 })
    // As large as the window of the whole session.
    const limits = { streamWindowBytesMax: 8 * 1024 * 1024, sessionWindowBytesMax: 8 * 1024 * 1024 }
    const { bob, bobAtAlice } = await world.pair({}, { limits })
    serveEcho(bob)
    let reader: HoldfastStream | undefined
    let read = 0
    let ended = false
    bob.handle('fast', (stream) => {
      reader = stream
      stream.on('data', (bytes: Uint8Array) => (read += bytes.length))
      stream.on('end', () => (ended = true))
    })
    const stream = await world.wait(bobAtAlice.openStream('fast'))
    const chunk = Buffer.alloc(65_536)
    let written = 0
    let stopping = false
    const write = (): void => {
      do written += chunk.length
      while (stream.write(chunk) && !stopping)
      if (stopping) stream.end()
      else stream.once('drain', write)
    }
    write()
    for (const fastMs of [3_000, 500, 500]) {
      await world.run(fastMs)
      reader?.pause()
      await world.run(1_000)
      // More than the session's first window.
      expect(written - read).toBeGreaterThan(1024 * 1024)
      expect(stream.writableNeedDrain).toBe(true)
      expect(await world.echo(bobAtAlice, 'other', 1_000)).toBe('other')
      reader?.resume()
    }
    stopping = true
    await world.until(() => ended)
    expect(read).toBe(written)
  })
})

describe('a stream that is opened in the callback of a write that fails', () => {
  interface Scene {
    readonly world: VirtualWorld
    readonly bob: HoldfastNode
  }
  const restarted = async ({ world, bob }: Scene): Promise<HoldfastNode> => {
    await world.run(500)
    return world.node('bob', { id: bob.id, store: bob.store })
  }
  const endings: readonly { readonly code: string; readonly end: (scene: Scene) => Promise<HoldfastNode> }[] = [
    {
      code: 'peer-shut-down',
      async end(scene) {
        await scene.world.wait(scene.bob.close({ flushTimeoutMs: 0 }))
        return restarted(scene)
      },
    },
    {
      code: 'peer-restarted',
      async end(scene) {
        scene.world.network.host('bob').crash('reset')
        return restarted(scene)
      },
    },
    {
      code: 'session-lost',
      async end({ world, bob }) {
        const path = world.network.path('alice', 'bob')
        path.change({ dials: 'refuse' })
        path.reset()
        await world.run(10_000)
        path.change({ dials: 'pass' })
        return bob
      },
    },
  ]

  it.each(endings)('belongs to the next session when the old one has ended with $code', async ({ code, end }) => {
    const world = new VirtualWorld()
    const bobsClock = world.clock.view()
    const { bob, bobAtAlice } = await world.pair({ limits: { retentionMs: 5_000 } }, { clock: bobsClock })
    bob.handle('sink', () => undefined)
    const stream = await world.wait(bobAtAlice.openStream('sink'))
    stream.on('error', () => undefined)
    const outcome = Promise.withResolvers<HoldfastStream>()
    let failure: unknown
    stream.write(Buffer.alloc(400_000), (error) => {
      failure = error
      outcome.resolve(bobAtAlice.openStream('sink'))
    })
    await world.run(1_000)
    expect(failure).toBeUndefined()
    if (code === 'peer-restarted') bobsClock.stop()
    const next = await end({ world, bob })
    let text = ''
    next.handle('sink', (inbound) => void inbound.on('data', (bytes: Uint8Array) => (text += String(bytes))))
    const again = await world.wait(outcome.promise)
    expect(failure).toMatchObject({ code })
    again.write('once ')
    const closed = again.end('more').close()
    await world.wait(closed)
    expect(text).toBe('once more')
  })
})

describe('bytes that come before those in front of them', () => {
  /** 256 KiB of which the first byte is missing, in pieces of one byte. */
  const WINDOW_BYTES = 262_144
  const byteAt = (offset: number): number => (offset * 7 + (offset >>> 8)) & 0xff

  it('are a few runs when they come one by one, and close the gap in as many steps', () => {
    const half = new ReceiveHalf(new ReceiveWindow(WINDOW_BYTES, WINDOW_BYTES, new MemoryBudget(0), 0))
    for (let offset = 1; offset < WINDOW_BYTES; offset++) {
      half.advance(offset + 1)
      expectNone(half.accept(offset, Uint8Array.of(byteAt(offset))))
    }
    const runs = [half.accept(0, Uint8Array.of(byteAt(0)))]
    for (let run = half.nextSegment(); run !== undefined; run = half.nextSegment()) runs.push(run)
    expect(runs.length).toBeLessThanOrEqual(8)
    const all = Buffer.concat(runs.map((run) => run ?? Buffer.alloc(0)))
    expect(all.equals(Buffer.from(Array.from({ length: WINDOW_BYTES }, (_, offset) => byteAt(offset))))).toBe(true)
    expect(half.offset).toBe(WINDOW_BYTES)
  })

  it('hold up a session for a moment only, on four streams at once', () => {
    const FRAME_BYTES = 65_516
    let calls = 0
    let bytes = 0
    const session = new Session(
      {
        isLower: true,
        limits: defaultSessionLimits,
        budget: new MemoryBudget(1 << 28),
        host: {
          streamOpened(stream) {
            stream.owner = {
              wants: true,
              received(piece) {
                calls++
                bytes += piece.length
              },
              receivedEnd: () => undefined,
              receivedReset: () => undefined,
              receivedStop: () => undefined,
              accepted: () => undefined,
              endAcknowledged: () => undefined,
              failed: () => undefined,
            }
          },
          streamsAvailable: () => undefined,
          linkLost: () => undefined,
          linkProbed: () => undefined,
          linkSuspect: () => undefined,
          linkRecovered: () => undefined,
          ended: () => undefined,
          wake: () => undefined,
        },
        random: () => 0.5,
        allocate: (size) => new Uint8Array(size),
      },
      0,
    )
    const streams = [2, 4, 6, 8]
    const piece = new Uint8Array(1)
    let sequence = 0
    for (const stream of streams) {
      session.reliableReceived({ type: 'open', sequence: ++sequence, stream, protocol: 'sink', priority: 4 }, 0)
    }
    const first = sequence + 1
    sequence += streams.length
    for (const stream of streams) {
      for (let offset = 1; offset < WINDOW_BYTES; ) {
        sequence++
        const end = Math.min(offset + FRAME_BYTES, WINDOW_BYTES)
        for (; offset < end; offset++) session.dataReceived(sequence, stream, offset, piece, offset === end - 1, 0)
      }
    }
    expect(calls).toBe(0)
    for (const [index, stream] of streams.entries()) session.dataReceived(first + index, stream, 0, piece, true, 0)
    expect(bytes).toBe(streams.length * WINDOW_BYTES)
    expect(calls).toBeLessThanOrEqual(streams.length * 8)
  })

  const pieces = fc.record({ offset: fc.nat(60), length: fc.nat(12) })
  const steps = fc.array(fc.oneof(fc.record({ put: pieces }), fc.record({ takeUpTo: fc.nat(60) })), { maxLength: 60 })

  it('are each kept once, and taken in order', () => {
    fc.assert(
      fc.property(steps, (all) => {
        const segments = new Segments()
        const model = new Set<number>()
        for (const step of all) {
          if ('put' in step) {
            const { offset, length } = step.put
            const bytes = Uint8Array.from({ length }, (_, index) => byteAt(offset + index))
            segments.put(offset, bytes)
            // A copy is kept: the array is the caller's again.
            bytes.fill(255)
            for (let at = offset; at < offset + length; at++) model.add(at)
          } else {
            const lowest = Math.min(...model)
            const run = segments.takeUpTo(step.takeUpTo)
            expect(run?.offset).toBe(lowest <= step.takeUpTo ? lowest : undefined)
            for (const [index, byte] of run?.bytes.entries() ?? []) {
              expect(byte).toBe(byteAt(lowest + index))
              expect(model.delete(lowest + index)).toBe(true)
            }
          }
          expect(segments.isEmpty).toBe(model.size === 0)
        }
        const rest: number[] = []
        for (let run = segments.takeUpTo(Infinity); run !== undefined; run = segments.takeUpTo(Infinity)) {
          for (const [index, byte] of run.bytes.entries()) {
            expect(byte).toBe(byteAt(run.offset + index))
            rest.push(run.offset + index)
          }
        }
        expect(rest).toEqual([...model].sort((a, b) => a - b))
      }),
      { numRuns: 500 },
    )
  })

  it('make a stream whole, whatever the order and the overlaps in which they come', () => {
    const SIZE = 200
    const part = fc.tuple(fc.nat(SIZE - 1), fc.integer({ min: 1, max: 40 }))
    fc.assert(
      fc.property(fc.array(part, { maxLength: 40 }), (parts) => {
        const half = new ReceiveHalf(new ReceiveWindow(SIZE, SIZE, new MemoryBudget(0), 0))
        const content = Uint8Array.from({ length: SIZE }, (_, offset) => byteAt(offset))
        const out: Uint8Array[] = []
        for (const [offset, length] of [...parts, [0, SIZE] as const]) {
          const end = Math.min(offset + length, SIZE)
          half.advance(end)
          let fresh = half.accept(offset, content.subarray(offset, end))
          for (; fresh !== undefined; fresh = half.nextSegment()) out.push(fresh)
          expect(Buffer.concat(out).length).toBe(half.offset)
        }
        expect(Buffer.concat(out).equals(content)).toBe(true)
      }),
    )
  })

  function expectNone(fresh: Uint8Array | undefined): void {
    if (fresh !== undefined) throw new Error('Bytes were handed on before those in front of them')
  }
})
