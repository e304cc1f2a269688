import { echo, request as requestOn } from '../exchange.ts'
import type { Measure } from '../measure.ts'
import { medianMicroseconds } from './latency.ts'

const COUNT = 200

/**
 * Opens a stream, sends 64 bytes and the end, and waits for 64 bytes and the end; the median of 200 in a round, one
 * after the other. Plain TLS has no streams: its reference is a plain 64-byte round trip on the open connection, the
 * least that any request can take.
 */
export const request: Measure = {
  name: 'request',
  label: 'open, request, reply, close, µs',
  unit: 'µs',
  note: 'plain TLS: a 64-byte round trip on the open connection',
  promise: { about: 'ratio', bound: 'at most', limit: 1.25 },
  turnMs: 600,
  limitMs: 30_000,
  async start(bench) {
    await bench.server.serve('echo')
    const client = await bench.join()
    await client.connect()
    const connection = bench.traits.multiplexes ? undefined : await client.openStream()
    const operation = async () => {
      if (connection === undefined) await requestOn(await client.openStream())
      else await echo(connection)
    }
    return async () => ({ value: await medianMicroseconds(operation, bench.quick ? COUNT / 4 : COUNT) })
  },
}
