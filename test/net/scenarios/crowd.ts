import assert from 'node:assert/strict'
import { now } from '../../../demo/clock.ts'
import { stateSince } from '../expect.ts'
import { pairOf } from '../pair.ts'
import type { Scenario } from '../scenario.ts'

/** A whole prefix of IPv6, as a provider gives it to one customer. */
const PREFIX = '2001:db8:1:'
const NEAR = '2001:db8:ff::1'
const FAR = '2001:db8:ff::2'
const BACK_MS_MAX = 3_000

/** One machine that has a /48 holds so many connections, each from an address of its own, and says nothing. */
function crowd(connections: number): Scenario {
  return {
    id: `crowd-of-${connections}`,
    behaviour: `P1: with ${connections} idle connections from one IPv6 /48, a paired peer is back within 3 s`,
    secondsMax: 60,

    async run(lab) {
      const { alice, bob, hosts } = await pairOf(lab)
      const stranger = await lab.host('stranger')
      const cable = await lab.cable(stranger, hosts[1])
      const [near, far] = cable.ends
      for (const [end, address] of [
        [near, NEAR],
        [far, FAR],
      ] as const)
        await end.host.ip('address', 'add', `${address}/64`, 'dev', end.device, 'nodad')
      // Without it the kernel takes packets for the whole prefix, and lets nobody send as one of it.
      await stranger.sysctl('net.ipv6.ip_nonlocal_bind', '1')
      await stranger.ip('-6', 'route', 'add', 'local', `${PREFIX}:/48`, 'dev', 'lo')
      await hosts[1].ip('-6', 'route', 'add', `${PREFIX}:/48`, 'via', NEAR)
      const port = Number(/:(\d+)$/.exec((await bob.ask('listening'))[0] ?? '')?.[1])

      const attacker = await stranger.process()
      const opened = await attacker.ask('crowd', { host: FAR, port }, PREFIX, connections)
      assert.equal(opened, connections)
      const killedMs = now()
      await alice.kill()
      await stateSince(bob, 'disconnected', killedMs, BACK_MS_MAX)
      // Bob does not dial her: nobody listens there.
      const startedMs = now()
      const again = await hosts[0].open({ listen: [] })
      await again.ask('connected', 'bob')
      const backMs = now() - startedMs
      const held = await attacker.ask('crowdHeld')
      assert.ok(backMs <= BACK_MS_MAX, `She is back after ${backMs} ms`)
      assert.ok(held > 0, 'Nobody of the crowd is left')
      return { opened, held, backMs }
    },
  }
}

export const crowds: readonly Scenario[] = [crowd(640), crowd(10_000)]
