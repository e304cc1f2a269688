import assert from 'node:assert/strict'
import { now } from '../../../demo/clock.ts'
import { stateSince } from '../expect.ts'
import type { Agent } from '../lab/agent.ts'
import { introduce } from '../pair.ts'
import type { Scenario } from '../scenario.ts'
import { Traffic } from '../traffic.ts'

const NAMES = ['alice', 'bob', 'carol', 'dave']
/** Promised is one second. */
const MESH_MS_MAX = 5_000
/** Until then each side has dialed whom it was going to dial, and the links that were too many are closed. */
const SETTLED_MS = 5_000

export const mesh: Scenario = {
  id: 'mesh',
  behaviour: 'L5, L6: four nodes started in the same instant end with exactly one link per pair',
  secondsMax: 45,
  alone: true,

  async run(lab) {
    const hosts = await Promise.all(NAMES.map((name) => lab.host(name)))
    await lab.network(hosts)
    const first = await Promise.all(hosts.map((host) => host.open()))
    for (const [alice, bob] of pairsOf(first)) await introduce(alice, bob)
    await Promise.all(first.map((agent) => agent.ask('close')))
    await Promise.all(first.map((agent) => agent.kill()))

    // The processes are there before; it is the nodes that start.
    const agents = await Promise.all(hosts.map((host) => host.process()))
    await Promise.all(agents.map((agent) => agent.ask('echoCount', '')))
    const startMs = now()
    await Promise.all(agents.map((agent, at) => agent.ask('open', hosts[at]!.options())))
    const openMs = now() - startMs
    const connected = pairsOf(agents).flatMap(([alice, bob]) => [
      stateSince(alice, 'connected', startMs, MESH_MS_MAX),
      stateSince(bob, 'connected', startMs, MESH_MS_MAX),
    ])
    const fullMeshMs = Math.max(...(await Promise.all(connected)).map(({ atMs }) => atMs - startMs))

    await lab.pass(SETTLED_MS)
    const counts = await Promise.all(
      pairsOf(agents).flatMap(([alice, bob]) => [linksTo(alice, bob), linksTo(bob, alice)]),
    )
    assert.deepEqual(counts, new Array(counts.length).fill(1), 'Exactly one link per pair, as both sides see it')
    const flows = await Promise.all(pairsOf(agents).map(([alice, bob]) => Traffic.start(alice, bob)))
    await lab.pass(1_000)
    const bytes = await Promise.all(flows.map((flow) => flow.finish()))
    const duplicates = agents.flatMap((agent) => agent.since(startMs).filter(({ type }) => type === 'link:lost')).length
    return { openMs, fullMeshMs, promisedMs: 1_000, duplicates, bytes: bytes.reduce((a, b) => a + b, 0) }
  },
}

function pairsOf(agents: readonly Agent[]): [Agent, Agent][] {
  return agents.flatMap((one, at) => agents.slice(at + 1).map((other): [Agent, Agent] => [one, other]))
}

async function linksTo(agent: Agent, peer: Agent): Promise<number> {
  return (await agent.ask('links', peer.name)).length
}
