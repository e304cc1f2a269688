import assert from 'node:assert/strict'
import { now } from '../../../demo/clock.ts'
import { eventually } from '../eventually.ts'
import { NOISE_MS } from '../expect.ts'
import type { Agent } from '../lab/agent.ts'
import type { Scenario } from '../scenario.ts'

/** An announcement within 0.12 s, and the grace of the side that does not dial. */
const FOUND_MS = 3_000
const secret = 'b7f0c2a94d6e8135b7f0c2a94d6e8135'

/** Two machines of one network on a cable, and one that does not know the secret. */
export const membersNearby: Scenario = {
  id: 'members-nearby',
  behaviour:
    'P5: members of a network that know no address of each other are connected by mDNS in seconds, and strangers are not',
  secondsMax: 30,

  async run(lab) {
    const hosts = [await lab.host('alice'), await lab.host('bob'), await lab.host('mallory')] as const
    await lab.network(hosts)
    const mallory = await hosts[2].open({ network: { secret: 'another secret, of somebody else 99', addresses: [] } })
    const options = { network: { secret, addresses: [] } }
    const [alice, bob] = await Promise.all([hosts[0].open(options), hosts[1].open(options)])
    const sinceMs = now()
    await Promise.all([connected(alice, 'bob'), connected(bob, 'alice')])
    const connectedMs = now() - sinceMs
    await lab.pass(5_000)
    assert.equal((await mallory.ask('nearby')).length, 2)
    assert.deepEqual(await Promise.all([alice, bob, mallory].map((agent) => agent.ask('peers'))), [
      ['bob'],
      ['alice'],
      [],
    ])
    assert.equal((await alice.ask('links', 'bob')).length, 1)
    return { connectedMs }
  },
}

async function connected(agent: Agent, peer: string): Promise<void> {
  await eventually(`a connection to ${peer}`, FOUND_MS + NOISE_MS, async () => {
    if (!(await agent.ask('peers')).includes(peer)) return undefined
    return (await agent.ask('state', peer)).kind === 'connected' || undefined
  })
}
