import { nowMs } from '../clock.ts'
import { echo, finish } from '../exchange.ts'
import type { Measure } from '../measure.ts'
import { median } from '../statistics.ts'

const COUNT = 5

/**
 * From the call that dials to the first reply: connection, handshake, stream, 64 bytes there and back. The library is
 * loaded, keys and the server's address are at hand, and there was a connection before, so the code is warm; nothing of
 * it is resumed. The median of five in a round.
 *
 * What the dialing call is: `tls.connect`; `libp2p.dial` of a started node; `endpoint.connect` of a bound endpoint.
 * Holdfast has no such call, since a node dials its peers when it opens; so its time begins at `open()` and has in it
 * the folder's lock, the database, the identity and the new certificate.
 */
export const dial: Measure = {
  name: 'dial',
  label: 'dial to first reply, ms',
  unit: 'ms',
  note: 'Holdfast: from open(), with its database and a new certificate; the others from the dial of a node that runs',
  turnMs: 300,
  limitMs: 30_000,
  async start(bench) {
    await bench.server.serve('echo')
    const client = await bench.join()
    const dialOnce = async () => {
      await client.disconnect()
      const startMs = nowMs()
      await client.connect()
      const stream = await client.openStream()
      await echo(stream)
      const durationMs = nowMs() - startMs
      await finish(stream)
      return durationMs
    }
    await dialOnce()
    return async () => {
      const times: number[] = []
      for (let index = 0; index < COUNT; index++) times.push(await dialOnce())
      return { value: median(times) }
    }
  },
}
