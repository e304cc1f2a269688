import assert from 'node:assert/strict'
import { now } from '../../../demo/clock.ts'
import { NOISE_MS, stateSince } from '../expect.ts'
import { introduce } from '../pair.ts'
import type { Scenario } from '../scenario.ts'

const CABLES = 3
const MINUTE_MS = 60_000

/** The peer's machine refuses connections, so each connection is one SYN: where packets are dropped, the kernel repeats it. */
export const absentPeer: Scenario = {
  id: 'absent',
  behaviour:
    'L4: to a peer that is away and has three networks, fewer than ten connections begin in the first minute and in the second',
  secondsMax: 150,

  async run(lab) {
    const hosts = [await lab.host('alice'), await lab.host('bob')] as const
    for (let count = 0; count < CABLES; count++) await lab.cable(...hosts)
    const [alice, bob] = await Promise.all([hosts[0].open(), hosts[1].open()])
    await introduce(alice, bob)
    const addresses = await bob.ask('addresses')
    assert.ok(addresses.length >= CABLES, `${addresses.length} addresses are known`)

    const begun = await hosts[0].countConnections()
    const killedMs = now()
    await bob.kill()
    await stateSince(alice, 'disconnected', killedMs, NOISE_MS)
    await lab.pass(MINUTE_MS)
    const first = await begun()
    await lab.pass(MINUTE_MS)
    const second = (await begun()) - first
    for (const count of [first, second]) assert.ok(count > 0 && count < 10, `${count} connections in a minute`)
    return { addresses: addresses.length, first, second }
  },
}
