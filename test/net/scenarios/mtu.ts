import assert from 'node:assert/strict'
import { now } from '../../../demo/clock.ts'
import type { AgentEvent } from '../agent/messages.ts'
import { NOISE_MS, stateSince } from '../expect.ts'
import { pairOf } from '../pair.ts'
import type { Scenario } from '../scenario.ts'

/** The packets of an ordinary handshake are larger, those of a bare answer smaller. */
const PACKET_BYTES_MAX = 1_300
/** A dial on which nothing comes back is given up after 9 s. */
const GIVEN_UP_MS = 12_000

/** Large packets are lost without a word: connections are taken, and no handshake comes to its end. */
export const mtuBlackHole: Scenario = {
  id: 'mtu-black-hole',
  behaviour:
    'A9: where large packets are lost, doctor says so, and a peer is reached again when its advice is followed',
  secondsMax: 60,

  async run(lab) {
    const { alice, bob, hosts, cable } = await pairOf(lab, { discovery: { mdns: false } })
    await Promise.all(cable.ends.map((end) => end.swallowLarger(PACKET_BYTES_MAX)))
    const lostMs = now()
    await bob.kill()
    await stateSince(alice, 'disconnected', lostMs, NOISE_MS)
    await hosts[1].open({ discovery: { mdns: false } })
    const failed = await alice.event(
      'dial on which nothing came back',
      (event): event is AgentEvent => event.type === 'dial:failed' && event.message.includes('not a byte came back'),
      { sinceMs: lostMs, timeoutMs: GIVEN_UP_MS + NOISE_MS },
    )

    const checks = await alice.ask('doctor', 'bob')
    const reach = checks.find(({ check }) => check === 'reach')
    const [, command = ''] = /`(ip link set [^`]*)`/.exec(reach?.cure ?? '') ?? []
    assert.match(command, /mtu/, `doctor says: ${reach?.text}; ${reach?.cure}`)
    assert.doesNotMatch(reach?.cure ?? '', /firewall/)

    const [, ...words] = command.split(' ')
    const curedMs = now()
    await hosts[0].ip(...words)
    await stateSince(alice, 'connected', curedMs, GIVEN_UP_MS + NOISE_MS)
    return { givenUpMs: failed.atMs - lostMs, connectedAfterCureMs: now() - curedMs, advice: command }
  },
}
