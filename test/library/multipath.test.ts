import { describe, expect, it } from 'vitest'
import type { NetworkConditions } from '../../src/testing/memory-transport/memory-conditions.ts'
import { VirtualWorld } from './virtual.ts'

const STREAM_BYTES = 4 * 1024 * 1024
const LINK_BYTES_PER_MS = 10_000

/** At how many bytes a millisecond `streams` streams from alice to bob arrive, over one path of 10 MB/s and one like `spare`. */
async function rate(
  multipath: 'failover' | 'aggregate',
  streams: number,
  spare: Partial<NetworkConditions> = {},
): Promise<number> {
  const world = new VirtualWorld()
  const places = (name: string): string[] => [`memory://${name}:1`, `memory://${name}.spare:1`]
  const limits = { linksWanted: 2, multipath }
  const { bob, aliceAtBob, bobAtAlice } = await world.pair(
    { limits, listen: places('alice') },
    { limits, listen: places('bob') },
  )
  await world.until(() => [aliceAtBob, bobAtAlice].every((peer) => peer.links.length === 2))
  const conditions = { bytesPerMs: LINK_BYTES_PER_MS, latencyMs: 5 }
  world.network.path('alice', 'bob').change(conditions)
  world.network.path('alice', 'bob', 'spare').change({ ...conditions, ...spare })
  await world.run(1_000)
  let read = 0
  bob.handle('sink', (stream) => void stream.on('data', (bytes: Uint8Array) => (read += bytes.length)))
  const beganMs = world.clock.now()
  for (let count = 0; count < streams; count++) {
    const stream = await world.wait(bobAtAlice.openStream('sink'))
    stream.end(Buffer.alloc(STREAM_BYTES))
  }
  await world.until(() => read === streams * STREAM_BYTES)
  return read / (world.clock.now() - beganMs)
}

describe('M1: eight streams over two links of 10 MB/s', () => {
  it('use one of them with failover', async () => {
    const bytesPerMs = await rate('failover', 8)
    expect(bytesPerMs).toBeGreaterThan(0.9 * LINK_BYTES_PER_MS)
    expect(bytesPerMs).toBeLessThanOrEqual(LINK_BYTES_PER_MS)
  })

  it('use nearly all of both with aggregate', async () => {
    expect(await rate('aggregate', 8)).toBeGreaterThan(1.9 * LINK_BYTES_PER_MS)
  })

  it('of which one is much slower, or much farther away, are still faster than over one alone', async () => {
    expect(await rate('aggregate', 8, { bytesPerMs: 2_000 })).toBeGreaterThan(1.05 * LINK_BYTES_PER_MS)
    expect(await rate('aggregate', 8, { latencyMs: 80 })).toBeGreaterThan(1.05 * LINK_BYTES_PER_MS)
  })
})

describe('M1: one stream over two links of 10 MB/s', () => {
  it('uses one of them with aggregate', async () => {
    const bytesPerMs = await rate('aggregate', 1)
    expect(bytesPerMs).toBeGreaterThan(0.8 * LINK_BYTES_PER_MS)
    expect(bytesPerMs).toBeLessThanOrEqual(LINK_BYTES_PER_MS)
  })
})
