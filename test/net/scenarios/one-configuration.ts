import assert from 'node:assert/strict'
import type { OpenOptions } from '../../../src/index.ts'
import { eventually } from '../eventually.ts'
import { NOISE_MS } from '../expect.ts'
import type { Agent } from '../lab/agent.ts'
import type { Lab } from '../lab/lab.ts'
import type { Scenario } from '../scenario.ts'

const NAMES = ['alice', 'bob', 'carol', 'dave']
const PORT = 4001
const DOWN_MS = 3_000
const FOUND_MS = 10_000
const secret = 'A secret of these four nodes: 8QmXw2pLr0ZtYc5v'

/** A node as it is opened, and where it must not dial. */
interface Member {
  readonly never: RegExp
  open(): Promise<Agent>
}

function configuration(addresses: readonly string[], port: number): Partial<OpenOptions> {
  return {
    listen: [`tcp://0.0.0.0:${port}`],
    network: { secret, addresses: addresses.map((address) => `tcp://${address}`) },
    discovery: { mdns: false },
  }
}

async function onFour(lab: Lab): Promise<readonly Member[]> {
  const hosts = await Promise.all(NAMES.map((name) => lab.host(name)))
  await lab.network(hosts)
  const addresses = hosts.map((_, at) => `10.0.1.${at + 1}:${PORT}`)
  // Each has a bridge of the same address, as container programs make it, and tells others of it.
  for (const host of hosts) await host.bridge('docker0', '172.17.0.1')
  // At these, each of them would answer itself.
  const loopback = [`127.0.0.1:${PORT}`, `localhost:${PORT}`, `[::1]:${PORT}`]
  const options = configuration([...addresses, ...loopback], PORT)
  return hosts.map((host, at) => ({
    never: new RegExp(String.raw`^(10\.0\.1\.${at + 1}|127\.|::1|172\.17\.)`),
    open: () => host.open(options),
  }))
}

async function onOne(lab: Lab): Promise<readonly Member[]> {
  const host = await lab.host('machine')
  await host.bridge('br0', '10.9.0.1')
  const ports = NAMES.map((_, at) => PORT + at)
  const addresses = ports.map((port) => `10.9.0.1:${port}`)
  return NAMES.map((name, at) => ({
    // A port of this machine is of one node alone, by whatever address.
    never: new RegExp(String.raw`:${ports[at]}$|^(127\.|::1|\[::1\]|localhost)`),
    async open() {
      const agent = await host.process()
      const options = configuration(addresses, ports[at]!)
      await agent.ask('open', { ...options, dir: `${host.options().dir}-${name}`, name })
      return agent
    },
  }))
}

/** All find each other, and the last one again after its process was killed; nobody begins a connection where it must not. */
async function run(lab: Lab, members: readonly Member[]): Promise<{ connections: number }> {
  const agents = await Promise.all(members.map((member) => member.open()))
  const all = async (): Promise<true | undefined> => {
    const counts = await Promise.all(agents.map((agent) => agent.ask('connectedCount')))
    return counts.every((count) => count === members.length - 1) ? true : undefined
  }
  await eventually('connection of each to all others', FOUND_MS, all)
  const before = await agents.at(-1)!.ask('connectionsBegun')
  await agents.at(-1)!.kill()
  await lab.pass(DOWN_MS)
  agents[agents.length - 1] = await members.at(-1)!.open()
  await eventually('connection of each to all others after the restart', FOUND_MS + NOISE_MS, all)

  const begun = await Promise.all(agents.map((agent) => agent.ask('connectionsBegun')))
  const lists = [...begun.entries(), [agents.length - 1, before] as const]
  for (const [at, connections] of lists) {
    const wrong = connections.filter((to) => members[at]!.never.test(to))
    assert.deepEqual(wrong, [], `${NAMES[at]} dialed itself, or over loopback`)
  }
  const connections = lists.flatMap(([, list]) => list).length
  assert.ok(connections >= 6, 'Six pairs were connected, so that many connections were begun')
  return { connections }
}

export const oneConfiguration: readonly Scenario[] = [
  {
    id: 'one-configuration-on-four',
    behaviour:
      'P6: four nodes of one shared configuration on four machines never dial themselves, nor one another over loopback',
    secondsMax: 60,
    run: async (lab) => run(lab, await onFour(lab)),
  },
  {
    id: 'one-configuration-on-one',
    behaviour:
      'P6: four nodes of one shared configuration on one machine never dial themselves, nor one another over loopback',
    secondsMax: 60,
    run: async (lab) => run(lab, await onOne(lab)),
  },
]
