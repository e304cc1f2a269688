import assert from 'node:assert/strict'
import { expectLosses, expectResumed, inWords, NOISE_MS, stateSince } from '../expect.ts'
import { pairOf, views } from '../pair.ts'
import type { Scenario } from '../scenario.ts'
import { Traffic } from '../traffic.ts'
import { recoveryMsMax } from './black-hole.ts'

const NOTICED_MS = 45_000
/** Until then all acknowledgements have come, and the link has been pinged. */
const SETTLED_MS = 2_000

export const idleBlackHole: Scenario = {
  id: 'black-hole-idle',
  behaviour: 'H3, L2: a black hole that opens while nothing is sent is noticed at both ends, by the kernel',
  secondsMax: 100,

  async run(lab) {
    const pair = await pairOf(lab)
    const { alice, bob, cable } = pair
    const traffic = await Traffic.start(alice, bob)
    await lab.pass(1_000)
    await traffic.pause()
    await lab.pass(SETTLED_MS)

    const cutMs = await cable.cut()
    const lost = await Promise.all(
      [alice, bob].map((agent) => stateSince(agent, 'disconnected', cutMs, NOTICED_MS + NOISE_MS)),
    )
    const noticedMs = lost.map(({ atMs }) => atMs - cutMs)
    await lab.pass(1_000)
    const healMs = await cable.heal()
    await traffic.resume()
    const recoveryMs = await traffic.movesAgain(
      healMs,
      recoveryMsMax(healMs - Math.max(...lost.map(({ atMs }) => atMs))),
    )
    await lab.pass(500)
    const bytes = await traffic.finish()

    const seen = views(pair, cutMs)
    expectResumed(seen)
    expectLosses(seen)
    assert.deepEqual(
      lost.map(({ state }) => state.reason),
      ['no-answer', 'no-answer'],
    )
    assert.ok(Math.max(...noticedMs) <= NOTICED_MS + NOISE_MS)
    const [aliceNoticedMs = 0, bobNoticedMs = 0] = noticedMs
    return { aliceNoticedMs, bobNoticedMs, promisedMs: NOTICED_MS, recoveryMs, bytes, ...inWords(seen) }
  },
}
