import { PassThrough, type Readable } from 'node:stream'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Shaper, shape } from './shaper.ts'

beforeEach(() => void vi.useFakeTimers({ toFake: ['performance', 'setTimeout', 'clearTimeout'] }))
afterEach(() => void vi.useRealTimers())

/** One direction; `came` counts what has come out. */
function direction(shaper: Shaper): { from: PassThrough; came: () => number; ended: () => boolean } {
  const [from, to] = [new PassThrough(), new PassThrough()]
  shape(from, to, shaper)
  let bytes = 0
  let ended = false
  const out: Readable = to
  out.on('data', (chunk: Buffer) => (bytes += chunk.length)).on('end', () => (ended = true))
  return { from, came: () => bytes, ended: () => ended }
}

test('bytes and their end come after the delay', async () => {
  const shaper = new Shaper()
  shaper.delayMs = 100
  const { from, came, ended } = direction(shaper)
  from.end(Buffer.alloc(1_000))
  await vi.advanceTimersByTimeAsync(99)
  expect(came()).toBe(0)
  await vi.advanceTimersByTimeAsync(2)
  expect([came(), ended()]).toEqual([1_000, true])
})

test('bytes come no faster than the rate, which all connections share', async () => {
  const shaper = new Shaper()
  shaper.bytesPerSecond = 32_000
  const [first, second] = [direction(shaper), direction(shaper)]
  first.from.write(Buffer.alloc(16_000))
  second.from.write(Buffer.alloc(32_000))
  await vi.advanceTimersByTimeAsync(1_000)
  const came = first.came() + second.came()
  expect(came).toBeLessThanOrEqual(32_000)
  expect(came).toBeGreaterThan(26_000)
})

test('nothing comes while the network stands still, and all of it afterwards', async () => {
  const shaper = new Shaper()
  const { from, came } = direction(shaper)
  shaper.hold(1_000)
  from.write(Buffer.alloc(10))
  await vi.advanceTimersByTimeAsync(999)
  expect(came()).toBe(0)
  await vi.advanceTimersByTimeAsync(2)
  expect(came()).toBe(10)
})
