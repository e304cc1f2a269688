import type { Bench } from '../client.ts'
import { nowMs } from '../clock.ts'
import type { Client } from '../contestant.ts'
import { finish, flood } from '../exchange.ts'
import type { Sample } from '../measure.ts'

/** Long enough for windows and the kernel's buffers to grow, and for V8 to compile. */
const WARM_UP_MS = 150
const TIMED_MS = 400

/**
 * Throughput of `count` streams together, in MB/s (10⁶ bytes): from the first write to the arrival of the last byte, by
 * the receiver's clock, which is the same. Each round has new streams; for plain TLS these are connections.
 */
export async function startThroughput(bench: Bench, count: number): Promise<() => Promise<Sample>> {
  const client = await bench.join()
  await client.connect()
  await bench.server.serve('sink')
  let sentBytes = 0
  return async () => {
    const streams = await openStreams(client, count)
    const floodFor = async (durationMs: number) => {
      const untilMs = nowMs() + durationMs
      const bytes = await Promise.all(streams.map((stream) => flood(stream, untilMs)))
      return bytes.reduce((sum, each) => sum + each, 0)
    }
    sentBytes += await floodFor(WARM_UP_MS)
    await bench.server.received(sentBytes)
    const startMs = nowMs()
    const timedBytes = await floodFor(bench.quick ? TIMED_MS / 2 : TIMED_MS)
    sentBytes += timedBytes
    const lastByteMs = await bench.server.received(sentBytes)
    await Promise.all(streams.map(finish))
    return { value: timedBytes / 1_000 / (lastByteMs - startMs) }
  }
}

function openStreams(client: Client, count: number) {
  return Promise.all(Array.from({ length: count }, () => client.openStream()))
}
