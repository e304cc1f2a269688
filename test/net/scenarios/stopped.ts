import assert from 'node:assert/strict'
import { now } from '../../../demo/clock.ts'
import { expectLosses, expectResumed, inWords } from '../expect.ts'
import { pairOf, views } from '../pair.ts'
import type { Scenario } from '../scenario.ts'
import { Traffic } from '../traffic.ts'
import { recoveryMsMax } from './black-hole.ts'

const STOPPED_MS = 20_000
/** Until then all acknowledgements have come, and the link has been pinged. */
const SETTLED_MS = 2_000

/**
 * What the others see of a process that stands still is a black hole: degraded, then disconnected. It itself has seen nothing: time in which
 * it could not listen is no silence of the others (L11), and what it finds when it wakes up is that they have given its connection up.
 */
const stoppedBusy: Scenario = {
  id: 'stopped-busy',
  behaviour: 'L9, L11: a moving stream goes on when a process has stood still for 20 s',
  secondsMax: 60,

  async run(lab) {
    const pair = await pairOf(lab)
    const { alice, bob } = pair
    const traffic = await Traffic.start(alice, bob)
    await lab.pass(1_000)

    const stopMs = now()
    bob.stop()
    await lab.pass(STOPPED_MS)
    const continueMs = now()
    bob.continue()
    const recoveryMs = await traffic.movesAgain(continueMs, recoveryMsMax(STOPPED_MS))
    await lab.pass(500)
    const bytes = await traffic.finish()

    const seen = views(pair, stopMs)
    expectResumed(seen)
    expectLosses(seen)
    assert.deepEqual(seen.alice.states.slice(0, 2), ['degraded', 'disconnected'], 'What Alice saw')
    return { recoveryMs, promisedMs: 0.6 * STOPPED_MS, bytes, ...inWords(seen) }
  },
}

const stoppedIdle: Scenario = {
  id: 'stopped-idle',
  behaviour: 'L8, L11: of a process that stands still for 20 s while nothing is to be sent nobody takes notice',
  secondsMax: 60,

  async run(lab) {
    const pair = await pairOf(lab)
    const { alice, bob } = pair
    const traffic = await Traffic.start(alice, bob)
    await lab.pass(1_000)
    await traffic.pause()
    await lab.pass(SETTLED_MS)

    const stopMs = now()
    bob.stop()
    await lab.pass(STOPPED_MS)
    const continueMs = now()
    bob.continue()
    await traffic.resume()
    const recoveryMs = await traffic.movesAgain(continueMs, recoveryMsMax(STOPPED_MS))
    await lab.pass(1_000)
    const bytes = await traffic.finish()

    const seen = views(pair, stopMs)
    assert.deepEqual(seen, { alice: untouched, bob: untouched })
    return { recoveryMs, bytes, ...inWords(seen) }
  },
}

const untouched = { states: [], losses: [], sessions: 0 }

export const stopped: readonly Scenario[] = [stoppedBusy, stoppedIdle]
