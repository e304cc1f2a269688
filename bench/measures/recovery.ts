import type { Bench } from '../client.ts'
import { nowMs } from '../clock.ts'
import type { ByteStream, Client } from '../contestant.ts'
import { echo } from '../exchange.ts'
import type { Measure, Sample } from '../measure.ts'

/**
 * From a TCP reset, by a proxy between the two, until 64 bytes have gone there and back. With Holdfast on the same
 * stream; the others have lost theirs and dial again as soon as they are told that it closed, over and over until it
 * succeeds, which is the best that a program could do. iroh has no TCP that could be reset: its server closes the
 * connection instead.
 *
 * Each round has a new peer, because a second loss soon after the first is, rightly, not answered at once.
 */
export const recovery: Measure = {
  name: 'recovery',
  label: 'moving again after a reset, ms',
  unit: 'ms',
  note: 'plain TLS: dialed again at once; iroh: closed by its server; all but iroh through a proxy, the handshake too',
  promise: { about: 'handshakes', bound: 'at most', limit: 3 },
  proxied: true,
  turnMs: 350,
  limitMs: 30_000,
  async start(bench) {
    await bench.server.serve('echo')
    await recoverOnce(bench)
    return () => recoverOnce(bench)
  },
}

async function recoverOnce(bench: Bench): Promise<Sample> {
  const client = await bench.join()
  await client.connect()
  const openedMs = nowMs()
  const stream = await client.openStream()
  const handshakeMs = nowMs() - openedMs
  await echo(stream)
  const sinceMs = bench.traits.survivesReset
    ? await resetAndContinue(bench, stream)
    : await resetAndRedial(bench, client, stream)
  const value = nowMs() - sinceMs
  await client.close()
  // A stream of plain TLS is a connection, so opening the first one was a handshake and nothing else.
  return bench.traits.multiplexes ? { value } : { value, handshakeMs }
}

async function resetAndContinue(bench: Bench, stream: ByteStream): Promise<number> {
  const sinceMs = await bench.links.reset()
  await echo(stream)
  return sinceMs
}

async function resetAndRedial(bench: Bench, client: Client, stream: ByteStream): Promise<number> {
  const closed = new Promise<void>((resolve) => {
    stream.handlers = { closed: () => resolve() }
  })
  const reset = bench.links.reset()
  await closed
  for (;;) {
    try {
      await echo(await client.openStream())
      return await reset
    } catch {
      // Refused or cut short: at once again. The round's limit ends what never succeeds.
    }
  }
}
