import assert from 'node:assert/strict'
import type { PeerState } from '../../../src/index.ts'
import { expectLosses, inWords } from '../expect.ts'
import { pairOf, type View, views } from '../pair.ts'
import type { Scenario } from '../scenario.ts'
import { Traffic } from '../traffic.ts'

const PERCENT = 20
const BUSY_MS = 30_000
/** Long enough for the kernel to begin to ask whether the other end is there. */
const IDLE_MS = 40_000
/** As much as TCP gets through at this loss. */
const BYTES_PER_SECOND = 50_000

export const packetLoss: Scenario = {
  id: 'packet-loss',
  behaviour: `H4, L2: ${PERCENT} % of all packets are lost in each direction, the stream busy and then idle, and nothing is taken for lost`,
  secondsMax: 130,

  async run(lab) {
    const pair = await pairOf(lab)
    const { alice, bob, cable } = pair
    const traffic = await Traffic.start(alice, bob, BYTES_PER_SECOND)
    await lab.pass(1_000)

    const startMs = await cable.lose(PERCENT)
    await lab.pass(BUSY_MS)
    const longestGapMs = traffic.longestGapMs(startMs)
    await traffic.pause()
    await lab.pass(IDLE_MS)
    const seen = views(pair, startMs)
    await cable.heal()
    traffic.resume().catch(() => undefined)
    await lab.pass(1_000)
    const bytes = await traffic.finish()

    for (const [name, { sessions }] of Object.entries(seen)) assert.equal(sessions, 0, `${name} saw a new session`)
    const falseLosses = countOf('disconnected', seen)
    assert.equal(falseLosses, 0, 'A working peer was taken for lost')
    // A link that is suspect may be replaced by another, which was dialed beside it: that is no loss, since there is always one.
    expectLosses(seen)
    const linksReplaced = Math.max(seen.alice.losses.length, seen.bob.losses.length)
    const degraded = countOf('degraded', seen)
    return { falseLosses, degraded, linksReplaced, longestGapMs, bytes, ...inWords(seen) }
  },
}

function countOf(kind: PeerState['kind'], seen: Readonly<Record<string, View>>): number {
  return Object.values(seen).flatMap(({ states }) => states.filter((state) => state === kind)).length
}
