import assert from 'node:assert/strict'
import type { LossReason, PeerState } from '../../src/index.ts'
import type { AgentEvent } from './agent/messages.ts'
import type { Agent } from './lab/agent.ts'
import type { View } from './pair.ts'
import type { Measures } from './scenario.ts'

/** What a busy machine may add to a time that the protocol guarantees. */
export const NOISE_MS = 3_000

type StateEvent<K extends PeerState['kind']> = AgentEvent & { type: 'state'; state: Extract<PeerState, { kind: K }> }

/** The first time since `sinceMs` that `agent` saw its peer in this state; waits for it. */
export function stateSince<K extends PeerState['kind']>(
  agent: Agent,
  kind: K,
  sinceMs: number,
  timeoutMs: number,
): Promise<StateEvent<K>> {
  const found = (event: AgentEvent): event is StateEvent<K> => event.type === 'state' && event.state.kind === kind
  return agent.event(`state ${kind}`, found, { sinceMs, timeoutMs })
}

/** How long after `sinceMs` each of those agents that took its link for suspect did so, at the one that was the later. One of them has to. */
export async function degradedAfter(agents: readonly Agent[], sinceMs: number): Promise<number> {
  const seen = await Promise.allSettled(agents.map((agent) => stateSince(agent, 'degraded', sinceMs, 0)))
  const times = seen.flatMap((result) => (result.status === 'fulfilled' ? [result.value.atMs - sinceMs] : []))
  assert.ok(times.length > 0, 'Nobody suspected anything')
  return Math.max(...times)
}

/** Fails unless one session has carried it all, and the peer is connected in the end. */
export function expectResumed(seen: Readonly<Record<string, View>>): void {
  for (const [name, { states, sessions }] of Object.entries(seen)) {
    assert.equal(sessions, 0, `${name} saw a new session`)
    assert.ok(states.length === 0 || states.at(-1) === 'connected', `${name} ended in ${states.join(', ')}`)
  }
}

/**
 * How a link ends when the network fails it or another takes its place: the side that decides says why, and the other one learns of it by the
 * newer statement, by a CLOSE, or by the end of the connection, whichever comes first.
 */
const ORDINARY: readonly LossReason[] = ['no-answer', 'superseded', 'duplicate', 'closed-by-peer', 'connection-reset']

/** Fails if a side lost a link for another reason than the ordinary ones and those. */
export function expectLosses(seen: Readonly<Record<string, View>>, ...more: readonly LossReason[]): void {
  for (const [name, { losses }] of Object.entries(seen)) {
    const others = losses.filter((reason) => !ORDINARY.includes(reason) && !more.includes(reason))
    assert.deepEqual(others, [], `${name} lost a link for a reason that did not apply`)
  }
}

/** What both sides saw, in words for the report. */
export function inWords(seen: Readonly<Record<string, View>>): Measures {
  return Object.fromEntries(
    Object.entries(seen).flatMap(([name, { states, losses }]) => [
      [`${name}States`, folded(states)],
      [`${name}Losses`, folded(losses)],
    ]),
  )
}

/** All of a few; of many the first and the last ones, and how many there are. */
function folded(words: readonly string[]): string {
  if (words.length <= 6) return words.join(' ') || 'none'
  return `${words.slice(0, 3).join(' ')} … ${words.slice(-2).join(' ')} (${words.length})`
}
