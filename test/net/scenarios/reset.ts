import assert from 'node:assert/strict'
import { now } from '../../../demo/clock.ts'
import { expectLosses, expectResumed, inWords, NOISE_MS } from '../expect.ts'
import type { Agent } from '../lab/agent.ts'
import { connectionPort, pairOf, views } from '../pair.ts'
import type { Scenario } from '../scenario.ts'
import { Traffic } from '../traffic.ts'

const RESETS = 5
/** Long enough for the failure detector to have nothing to say yet, and for the new link to have been of use. */
const BETWEEN_MS = 1_500

/** `reject with tcp reset`, as firewalls do it when they forget a connection. */
export const reset: Scenario = {
  id: 'reset',
  behaviour: `S2, L2: a moving stream goes on after its connection was reset, ${RESETS} times`,
  secondsMax: 45,

  async run(lab) {
    const pair = await pairOf(lab)
    const { alice, bob, cable } = pair
    const traffic = await Traffic.start(alice, bob)
    await lab.pass(1_000)
    const startMs = now()

    const stalls: number[] = []
    for (let at = 0; at < RESETS; at++) {
      const resetMs = await cable.reset(await connectionPort(pair))
      await Promise.all([lossSince(alice, resetMs), lossSince(bob, resetMs)])
      await cable.heal()
      await lab.pass(BETWEEN_MS)
      stalls.push(traffic.longestGapMs(resetMs))
    }
    const bytes = await traffic.finish()

    const seen = views(pair, startMs)
    expectResumed(seen)
    expectLosses(seen)
    // The side that is told later may hear of the new connection first.
    const losses = [...seen.alice.losses, ...seen.bob.losses]
    assert.ok(losses.filter((reason) => reason === 'connection-reset').length >= RESETS, 'Nobody was told of a reset')
    const sorted = stalls.toSorted((a, b) => a - b)
    const [medianMs = 0, longestMs = 0] = [sorted[Math.floor(RESETS / 2)], sorted.at(-1)]
    assert.ok(longestMs <= NOISE_MS, `The stream stood for ${longestMs} ms`)
    return { medianMs, longestMs, bytes, ...inWords(seen) }
  },
}

function lossSince(agent: Agent, sinceMs: number): Promise<unknown> {
  // The rule is in force a little before this process is told so.
  return agent.event('loss', (event) => event.type === 'link:lost', { sinceMs: sinceMs - 100, timeoutMs: 10_000 })
}
