import assert from 'node:assert/strict'
import { now } from '../../../demo/clock.ts'
import { degradedAfter, expectLosses, expectResumed, inWords, NOISE_MS } from '../expect.ts'
import { pairOf, views } from '../pair.ts'
import type { Scenario } from '../scenario.ts'
import { Traffic } from '../traffic.ts'

/** No answer for this long is a suspicion, and a suspicion makes both sides dial. */
const SUSPECT_MS = 3_000

function addressChange(who: 'dialer' | 'listener'): Scenario {
  return {
    id: `address-change-${who}`,
    behaviour: `S2, L9: a moving stream goes on when the ${who} of its link gets another address`,
    secondsMax: 30,

    async run(lab) {
      const pair = await pairOf(lab)
      const { alice, bob, cable } = pair
      const traffic = await Traffic.start(alice, bob)
      await lab.pass(1_000)

      const [atAlice, atBob] = cable.ends
      const moved = who === 'dialer' ? atAlice : atBob
      const beforeMs = now()
      const changedMs = await moved.readdress('10.0.1.77')
      const recoveryMs = await traffic.movesAgain(changedMs, SUSPECT_MS + NOISE_MS)
      await lab.pass(500)
      const [links, bytes] = [await alice.ask('links', 'bob'), await traffic.finish()]

      const seen = views(pair, beforeMs)
      expectResumed(seen)
      expectLosses(seen)
      const degradedMs = await degradedAfter([alice, bob], beforeMs)
      assert.ok(links.length > 0, 'Alice has no link')
      return { recoveryMs, degradedMs, bytes, ...inWords(seen) }
    },
  }
}

export const addressChanges: readonly Scenario[] = [addressChange('dialer'), addressChange('listener')]
