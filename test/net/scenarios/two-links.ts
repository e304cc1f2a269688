import assert from 'node:assert/strict'
import { eventually } from '../eventually.ts'
import { expectLosses, inWords } from '../expect.ts'
import type { Agent } from '../lab/agent.ts'
import { introduce, views } from '../pair.ts'
import type { Scenario } from '../scenario.ts'
import { Traffic } from '../traffic.ts'

/** Promised is half a second, at a round trip of 50 ms. */
const STALL_MS_MAX = 2_000
const SECOND_LINK_MS_MAX = 40_000

/** The dialer has no address of its own to be dialed at, so each link is one of hers, and there is one on each cable. */
export const twoLinks: Scenario = {
  id: 'two-links',
  behaviour:
    'M1, S3: of two links on two cables one falls silent under load, each in turn, and the stream hardly stands',
  secondsMax: 60,
  alone: true,

  async run(lab) {
    const [a, b] = await Promise.all([lab.host('alice'), lab.host('bob')])
    const cables = [await lab.cable(a, b), await lab.cable(a, b)]
    const limits = { linksWanted: 2 }
    const [alice, bob] = await Promise.all([a.open({ listen: [], limits }), b.open({ limits })])
    await introduce(alice, bob)
    await bothCables(alice)
    const traffic = await Traffic.start(alice, bob, 5_000_000)
    await lab.pass(1_000)

    const stalls: number[] = []
    let firstMs: number | undefined
    for (const cable of cables) {
      const cutMs = await cable.cut()
      firstMs ??= cutMs
      await lab.pass(4_000)
      stalls.push(traffic.longestGapMs(cutMs))
      const states = (await alice.ask('links', 'bob')).map(({ state }) => state)
      assert.ok(states.includes('suspect'), `A link is dead, and Alice takes hers for ${states.join(' and ')}`)
      await cable.heal()
      await bothCables(alice)
      await lab.pass(500)
    }
    const bytes = await traffic.finish()

    const seen = views({ alice, bob }, firstMs ?? 0)
    for (const [name, { states, sessions }] of Object.entries(seen)) {
      assert.equal(sessions, 0, `${name} saw a new session`)
      assert.ok(!states.includes('disconnected'), `${name} gave up a peer that had another link`)
    }
    expectLosses(seen)
    const longestMs = Math.max(...stalls)
    assert.ok(longestMs <= STALL_MS_MAX, `The stream stood for ${longestMs} ms`)
    return {
      longestMs,
      promisedMs: 500,
      bytes,
      stalls: stalls.map((ms) => `${ms.toFixed(0)} ms`).join(', '),
      ...inWords(seen),
    }
  },
}

/** Waits until there is a link on each cable. */
function bothCables(agent: Agent): Promise<true> {
  return eventually('link on each cable', SECOND_LINK_MS_MAX, async () => {
    const links = await agent.ask('links', 'bob')
    const hosts = new Set(
      links.filter(({ state }) => state === 'healthy').map(({ address }) => new URL(address).hostname),
    )
    return hosts.size === 2 ? true : undefined
  })
}
