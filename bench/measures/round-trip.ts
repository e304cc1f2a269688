import { echo } from '../exchange.ts'
import type { Measure } from '../measure.ts'
import { medianMicroseconds } from './latency.ts'

const COUNT = 500

/** 64 bytes there and back on a stream that stays open; the median of 500 in a round. */
export const roundTrip: Measure = {
  name: 'roundTrip',
  label: '64-byte round trip, µs',
  unit: 'µs',
  promise: { about: 'ratio', bound: 'at most', limit: 1.1 },
  turnMs: 400,
  limitMs: 30_000,
  async start(bench) {
    await bench.server.serve('echo')
    const client = await bench.join()
    await client.connect()
    const stream = await client.openStream()
    return async () => ({ value: await medianMicroseconds(() => echo(stream), bench.quick ? COUNT / 5 : COUNT) })
  },
}
