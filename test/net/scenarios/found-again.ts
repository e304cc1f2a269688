import assert from 'node:assert/strict'
import { now } from '../../../demo/clock.ts'
import { eventually } from '../eventually.ts'
import { NOISE_MS, stateSince } from '../expect.ts'
import type { Lab } from '../lab/lab.ts'
import { introduce } from '../pair.ts'
import type { Measures, Scenario } from '../scenario.ts'

/** An idle connection whose ends have both moved is given up by probes, 15 s after the network changed. */
const LOST_MS = 30_000
/** A look at the interfaces every half second, an announcement within 0.12 s, a dial at once. */
const FOUND_MS = 3_000

/** Two machines meet again on a network that neither has been in before, at addresses that neither knows of the other. */
export const foundAgain = meetingAgain({
  id: 'found-again',
  behaviour: 'P6: peers that both moved while they were apart find each other by mDNS in seconds',
  network: '10.80.0',
})

/** The same on a network that gives no addresses, such as a cable from one to the other. */
export const foundOnCable = meetingAgain({
  id: 'found-on-cable',
  behaviour:
    'P6: peers that meet on a network with nothing but link-local addresses notice it, tell their addresses and find each other in seconds',
  network: '169.254.80',
})

function meetingAgain({ network, ...scenario }: Pick<Scenario, 'id' | 'behaviour'> & { network: string }): Scenario {
  return { ...scenario, secondsMax: 70, run: (lab) => meetAgain(lab, network) }
}

async function meetAgain(lab: Lab, network: string): Promise<Measures> {
  const hosts = [await lab.host('alice'), await lab.host('bob')]
  const ends = await lab.network(hosts)
  const [alice, bob] = await Promise.all(hosts.map((host) => host.open()))
  assert.ok(alice !== undefined && bob !== undefined)
  const heardMs = now()
  await eventually('sight of bob', FOUND_MS + NOISE_MS, async () =>
    (await alice.ask('nearby')).find((name) => name === 'bob'),
  )
  const firstHeardMs = now() - heardMs
  await introduce(alice, bob)

  const goneMs = now()
  await Promise.all(ends.map((end) => end.swallow()))
  for (const [at, end] of ends.entries()) await end.readdress(`10.7${at}.0.5`)
  await Promise.all([
    stateSince(alice, 'disconnected', goneMs, LOST_MS + NOISE_MS),
    stateSince(bob, 'disconnected', goneMs, LOST_MS + NOISE_MS),
  ])
  // Long enough for the waits between attempts to have become long.
  await lab.pass(10_000)
  await Promise.all(ends.map((end) => end.heal()))
  const [moved] = await Promise.all(ends.map((end, at) => end.readdress(`${network}.${50 + at}`)))
  const backMs = moved ?? now()
  const [, { atMs }] = await Promise.all([
    stateSince(alice, 'connected', backMs, FOUND_MS + NOISE_MS),
    stateSince(bob, 'connected', backMs, FOUND_MS + NOISE_MS),
  ])
  const [link] = await alice.ask('links', 'bob')
  assert.ok(link?.address.includes(`${network}.51`), `Connected over ${link?.address}`)
  const told = await bob.ask('addresses')
  assert.ok(
    told.some((address) => address.includes(`${network}.51`)),
    `Bob tells ${told.join(', ')}`,
  )
  return { firstHeardMs, foundAgainMs: atMs - backMs }
}

/** Multicast is swallowed on the way, or refused by the machine itself; all else goes on as it does without discovery. */
export const noMulticast: Scenario = {
  id: 'no-multicast',
  behaviour: 'P6: where multicast is blocked, nodes say so, and are connected by the addresses that they know',
  secondsMax: 30,

  async run(lab) {
    const hosts = [await lab.host('alice'), await lab.host('bob')] as const
    await lab.network(hosts)
    const [deaf, forbidden] = hosts
    // Alice hears no multicast, bob may not send it.
    await deaf.nft('table inet mute { chain in { type filter hook input priority 0; ip daddr 224.0.0.0/4 drop; }; }')
    await forbidden.nft(
      'table inet mute { chain out { type filter hook output priority 0; ip daddr 224.0.0.0/4 drop; }; }',
    )
    const [alice, bob] = await Promise.all(hosts.map((host) => host.open()))
    assert.ok(alice !== undefined && bob !== undefined)
    const failed = await eventually('word that multicast is refused', NOISE_MS, async () => {
      const state = await bob.ask('discovery')
      return state.kind === 'failed' ? state : undefined
    })
    await introduce(alice, bob)
    const sinceMs = now()
    await bob.kill()
    await stateSince(alice, 'disconnected', sinceMs, NOISE_MS)
    await forbidden.open()
    await stateSince(alice, 'connected', now(), 2 * NOISE_MS)
    const state = await alice.ask('discovery')
    assert.equal(state.kind, 'listening')
    assert.equal('heardAtMs' in state ? state.heardAtMs : undefined, undefined)
    assert.deepEqual(await alice.ask('nearby'), [])
    return { reason: failed.reason }
  },
}
