import type { LinkInfo, LossReason, OpenOptions, PeerState } from '../../src/index.ts'
import type { AgentEvent } from './agent/messages.ts'
import type { Agent } from './lab/agent.ts'
import type { Cable } from './lab/cable.ts'
import type { Host } from './lab/host.ts'
import type { Lab } from './lab/lab.ts'

/** Two machines, a cable, and a node on each; they are paired and connected. Alice dialed, and both can be dialed. */
export interface Pair {
  readonly hosts: readonly [Host, Host]
  readonly alice: Agent
  readonly bob: Agent
  readonly cable: Cable
}

export async function pairOf(lab: Lab, alices: Partial<OpenOptions> = {}): Promise<Pair> {
  const hosts = await Promise.all([lab.host('alice'), lab.host('bob')])
  const cable = await lab.cable(...hosts)
  const [alice, bob] = await Promise.all([hosts[0].open(alices), hosts[1].open()])
  await introduce(alice, bob)
  return { hosts, alice, bob, cable }
}

/** Pairs two agents: the first one dials the second. */
export async function introduce(alice: Agent, bob: Agent): Promise<void> {
  await alice.ask('pair', await bob.ask('ticket'))
  await Promise.all([alice.ask('connected', bob.name), bob.ask('connected', alice.name)])
}

/** The port that tells the only connection of the two from others: the one that the dialer was given. */
export async function connectionPort({ alice, bob }: Pair): Promise<number> {
  const links: LinkInfo[] = [...(await alice.ask('links', 'bob')), ...(await bob.ask('links', 'alice'))]
  const inbound = links.find(({ direction }) => direction === 'inbound')
  if (inbound === undefined) throw new Error('There is no connection')
  return Number(new URL(inbound.address).port)
}

/** What one side saw of the other since a moment. */
export interface View {
  readonly states: readonly PeerState['kind'][]
  /** Why links were lost. */
  readonly losses: readonly LossReason[]
  /** How often all links were lost, and a session began. */
  readonly sessions: number
}

/** What both sides saw of each other since `sinceMs`. */
export function views({ alice, bob }: Pick<Pair, 'alice' | 'bob'>, sinceMs: number): { alice: View; bob: View } {
  return { alice: viewOf(alice.since(sinceMs), 'bob'), bob: viewOf(bob.since(sinceMs), 'alice') }
}

function viewOf(events: readonly AgentEvent[], peer: string): View {
  const own = events.filter((event) => event.peer === peer)
  return {
    states: own.flatMap((event) => (event.type === 'state' ? [event.state.kind] : [])),
    losses: own.flatMap((event) => (event.type === 'link:lost' ? [event.reason] : [])),
    sessions: own.filter(({ type }) => type === 'session').length,
  }
}
