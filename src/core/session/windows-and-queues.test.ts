import { array, assert, integer, property, tuple } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { contentOf, firstDifference } from '../../../test/hostile/content.ts'
import { ByteQueue } from './byte-queue.ts'
import { DataQueue } from './data-queue.ts'
import { DeliveryRate } from './delivery-rate.ts'
import { MemoryBudget } from './limits.ts'
import { ReceiveWindow } from './receive-window.ts'
import type { SentFrame } from './send-log.ts'
import type { SessionStream } from './stream.ts'

describe('a receive window', () => {
  it('rises when half of it has been read, by what was read', () => {
    const window = new ReceiveWindow(1_000, 1_000, new MemoryBudget(0), 0)
    expect(window.consume(499, 10_000, 10)).toBe(false)
    expect(window.limit).toBe(1_000)
    expect(window.consume(1, 10_000, 10)).toBe(true)
    expect(window.limit).toBe(1_500)
  })

  it('doubles while its reader takes half of it within four round trips, up to its bound', () => {
    const budget = new MemoryBudget(1_000_000)
    const window = new ReceiveWindow(1_000, 6_000, budget, 0)
    let nowMs = 0
    const sizes = [500, 1_000, 2_000, 3_000, 3_000].map((bytes) => {
      nowMs += 64
      window.consume(bytes, nowMs, 10)
      return window.bytes
    })
    expect(sizes).toEqual([2_000, 4_000, 6_000, 6_000, 6_000])
    expect(budget.freeBytes).toBe(1_000_000 - 5_000)
  })

  it('does not grow for a reader that takes its time, however long it goes on', () => {
    const window = new ReceiveWindow(1_000, 6_000, new MemoryBudget(1e6), 0)
    for (let turn = 1; turn < 50; turn++) window.consume(500, turn * 65, 10)
    expect(window.bytes).toBe(1_000)
  })

  it('does not grow beyond the budget of the node, and gives back what it took', () => {
    const budget = new MemoryBudget(2_500)
    const one = new ReceiveWindow(1_000, 9_000, budget, 0)
    const two = new ReceiveWindow(1_000, 9_000, budget, 0)
    one.consume(500, 1, 10)
    two.consume(500, 1, 10)
    one.consume(1_000, 2, 10)
    expect([one.bytes, two.bytes, budget.freeBytes]).toEqual([2_000, 2_000, 500])
    one.close()
    one.close()
    two.close()
    expect(budget.freeBytes).toBe(2_500)
  })

  it('never goes back, and never promises more than its size beyond what was read', () => {
    const steps = array(tuple(integer({ min: 1, max: 700 }), integer({ min: 0, max: 100 })), { maxLength: 60 })
    assert(
      property(steps, (moves) => {
        const budget = new MemoryBudget(5_000)
        const window = new ReceiveWindow(1_000, 4_000, budget, 0)
        let [read, nowMs, limit] = [0, 0, window.limit]
        for (const [bytes, ms] of moves) {
          const taken = Math.min(bytes, window.limit - read)
          read += taken
          nowMs += ms
          const raised = window.consume(taken, nowMs, 10)
          expect(raised ? window.limit > limit : window.limit === limit).toBe(true)
          expect(window.limit - read).toBeLessThanOrEqual(window.bytes)
          expect(window.limit - read).toBeGreaterThan(0)
          limit = window.limit
        }
        window.close()
        expect(budget.freeBytes).toBe(5_000)
      }),
    )
  })
})

describe('a budget', () => {
  it('is taken from wholly or not at all', () => {
    const budget = new MemoryBudget(10)
    expect([budget.take(11), budget.take(6), budget.take(5), budget.freeBytes]).toEqual([false, true, false, 4])
    budget.give(6)
    expect(budget.take(10)).toBe(true)
  })
})

describe('the queue of streams with data', () => {
  const stream = (id: number, priority: number): SessionStream => ({ id, priority, queued: false }) as SessionStream

  it('gives lower priorities first, and equal ones in turns', () => {
    const queue = new DataQueue()
    const [late, early, one, two] = [stream(1, 7), stream(2, 0), stream(3, 4), stream(4, 4)]
    for (const each of [late, one, two, early, one, late]) queue.add(each)
    const order: number[] = []
    for (let turn = 0; turn < 7; turn++) {
      const next = queue.take()!
      order.push(next.id)
      if (turn < 3) queue.add(next)
    }
    expect(order).toEqual([2, 2, 2, 2, 3, 4, 1])
    expect([queue.isEmpty, queue.take()]).toEqual([true, undefined])
  })

  it('gives each of many equal streams the same number of turns', () => {
    const queue = new DataQueue()
    const turns = new Map<number, number>()
    for (let id = 0; id < 100; id++) queue.add(stream(id, 4))
    for (let turn = 0; turn < 1_000; turn++) {
      const next = queue.take()!
      turns.set(next.id, (turns.get(next.id) ?? 0) + 1)
      queue.add(next)
    }
    expect(new Set(turns.values())).toEqual(new Set([10]))
  })
})

describe('the queue of bytes', () => {
  it('gives back what was put in, in order, whatever the sizes', () => {
    const sizes = array(integer({ min: 1, max: 9_000 }), { maxLength: 40 })
    assert(
      property(sizes, integer({ min: 1, max: 5 }), (pushes, every) => {
        const queue = new ByteQueue()
        let [written, read] = [0, 0]
        const drain = (): void => {
          const piece = queue.shift()
          if (piece === undefined) return
          expect(firstDifference(1, read, piece)).toBeUndefined()
          read += piece.length
        }
        pushes.forEach((size, at) => {
          queue.push(contentOf(1, written, size))
          written += size
          if (at % every === 0) drain()
          expect(queue.bytes).toBe(written - read)
        })
        while (queue.bytes > 0) drain()
        expect([read, queue.shift()]).toEqual([written, undefined])
      }),
      { numRuns: 100 },
    )
  })

  it('keeps a flood of tiny pieces in few', () => {
    const queue = new ByteQueue()
    for (let count = 0; count < 100_000; count++) queue.push(Uint8Array.of(1))
    let pieces = 0
    while (queue.shift() !== undefined) pieces++
    expect(pieces).toBeLessThan(10)
  })

  it('costs at most about twice its bytes, however a peer cuts them', () => {
    // One for all: what counts is how much of it each piece keeps.
    const slab = new Uint8Array(16_384)
    for (const sizes of [[1], [20, 4_096], [1, 4_096, 4_096], [4_095, 5_000], [16_000, 300], [8_191]]) {
      const queue = new ByteQueue()
      let bytes = 0
      for (let turn = 0; bytes < 1_000_000; turn++) {
        const size = sizes[turn % sizes.length]!
        queue.push(slab.subarray(100, 100 + size))
        bytes += size
      }
      let kept = 0
      for (let piece = queue.shift(); piece !== undefined; piece = queue.shift()) kept += piece.buffer.byteLength
      expect(kept).toBeLessThan(2.1 * bytes)
    }
  })

  it('keeps no large piece for the sake of a tiny view of it', () => {
    const queue = new ByteQueue()
    queue.push(Buffer.alloc(60_000).subarray(0, 5))
    expect(queue.shift()!.buffer.byteLength).toBeLessThan(20_000)
  })
})

describe('the rate of delivery', () => {
  const frame = (rate: DeliveryRate, size: number, repeated = false): SentFrame =>
    ({
      bytes: new Uint8Array(size),
      repeated,
      deliveredBytes: rate.deliveredBytes,
      deliveredMs: rate.deliveredMs,
    }) as SentFrame

  it('is that of a link with a steady pace, though acknowledgements come in lumps', () => {
    const rate = new DeliveryRate()
    rate.restart(0)
    const frames: SentFrame[] = []
    for (let sent = 0; sent < 10; sent++) frames.push(frame(rate, 1_000))
    for (let lump = 1; lump <= 20; lump++) {
      for (const each of frames.splice(0, 10)) rate.delivered(each, lump * 100)
      for (let sent = 0; sent < 10; sent++) frames.push(frame(rate, 1_000))
    }
    expect(rate.bytesPerMs).toBeCloseTo(100, 5)
  })

  it('does not count time in which nothing was in flight, nor frames that were sent twice', () => {
    const rate = new DeliveryRate()
    rate.restart(10_000)
    rate.delivered(frame(rate, 1_000, true), 10_010)
    expect(rate.bytesPerMs).toBe(0)
    rate.restart(20_000)
    rate.delivered(frame(rate, 1_000), 20_010)
    expect(rate.bytesPerMs).toBe(100)
  })

  it('forgets its best samples after some seconds', () => {
    const rate = new DeliveryRate()
    const deliver = (size: number, atMs: number): void => {
      rate.restart(atMs - 10)
      rate.delivered(frame(rate, size), atMs)
    }
    deliver(10_000, 100)
    deliver(100, 2_050)
    expect(rate.bytesPerMs).toBe(1_000)
    deliver(100, 3_000)
    deliver(100, 5_500)
    expect(rate.bytesPerMs).toBe(10)
  })
})
