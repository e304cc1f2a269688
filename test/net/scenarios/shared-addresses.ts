import assert from 'node:assert/strict'
import { now } from '../../../demo/clock.ts'
import { decodeTicket } from '../../../src/identity/ticket.ts'
import { NOISE_MS, stateSince } from '../expect.ts'
import { introduce } from '../pair.ts'
import type { Scenario } from '../scenario.ts'

const BRIDGES = 10
const DOWN_MS = 3_000

/** Both machines have the addresses of ten bridges, and both nodes listen on all of them at one port, as in the documented example. */
export const sharedAddresses: Scenario = {
  id: 'shared-addresses',
  behaviour:
    'P6: two machines with the same bridges and the same port never dial themselves, and tickets name the cable first',
  secondsMax: 60,

  async run(lab) {
    const hosts = [await lab.host('alice'), await lab.host('bob')] as const
    for (const host of hosts) {
      for (let at = 0; at < BRIDGES; at++) await host.bridge(at === 0 ? 'docker0' : `br-${at}`, `172.${17 + at}.0.1`)
    }
    await lab.cable(...hosts)
    const options = { listen: ['tcp://0.0.0.0:4001'], discovery: { mdns: false } }
    const [alice, bob] = await Promise.all([hosts[0].open(options), hosts[1].open(options)])
    const { addresses } = decodeTicket(await bob.ask('ticket'))
    assert.equal(addresses[0], 'tcp://10.0.1.2:4001')
    assert.equal(addresses.length, 8)

    const sinceMs = now()
    await introduce(alice, bob)
    const pairedMs = now() - sinceMs
    const killedMs = now()
    await bob.kill()
    await stateSince(alice, 'disconnected', killedMs, NOISE_MS)
    await lab.pass(DOWN_MS)
    const away = await alice.ask('doctor', 'bob')
    await hosts[1].open(options)
    await stateSince(alice, 'connected', killedMs, 2 * NOISE_MS)

    const advice = away.map(({ text, cure }) => `${text} ${cure}`).join('; ')
    assert.doesNotMatch(advice, /pair again|another node/)
    assert.match(advice, /leads to this node itself/)
    const failures = alice.since(killedMs).flatMap((event) => (event.type === 'dial:failed' ? [event.message] : []))
    assert.ok(failures.length > 0, 'Nothing was dialed while Bob was down')
    for (const message of failures) assert.doesNotMatch(message, /paired anew|172\.|127\.0\.0\.1/)
    return { pairedMs, failures: failures.length }
  },
}
