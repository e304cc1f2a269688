import assert from 'node:assert/strict'
import { degradedAfter, expectLosses, expectResumed, inWords, NOISE_MS, stateSince } from '../expect.ts'
import type { Lab } from '../lab/lab.ts'
import { pairOf, views } from '../pair.ts'
import type { Measures, Scenario } from '../scenario.ts'
import { Traffic } from '../traffic.ts'

const DEGRADED_MS = 3_000
const LOST_MS = 15_000

/** Until then the round trip is known well. */
const WARM_UP_MS = 3_000

type Direction = 'both' | 'toAlice' | 'toBob'

const inWhich: Record<Direction, string> = {
  both: 'both directions',
  toAlice: 'the direction of who dialed',
  toBob: 'the direction of who was dialed',
}

/** After an outage bytes move within this time: the longest wait of the dial schedule, with its jitter. */
export function recoveryMsMax(outageMs: number): number {
  return 1_200 + 0.6 * outageMs + NOISE_MS
}

function blackHole(seconds: number, direction: Direction): Scenario {
  const outageMs = seconds * 1_000
  return {
    id: `black-hole-${seconds}-${direction === 'both' ? 'both' : direction === 'toAlice' ? 'to-alice' : 'to-bob'}`,
    behaviour: `S2, L2: a moving stream goes on after ${seconds} s of black hole in ${inWhich[direction]}`,
    secondsMax: seconds + recoveryMsMax(outageMs) / 1_000 + 20,

    async run(lab: Lab): Promise<Measures> {
      const pair = await pairOf(lab)
      const { alice, bob, cable } = pair
      const traffic = await Traffic.start(alice, bob)
      await lab.pass(WARM_UP_MS)

      const [toAlice, toBob] = cable.ends
      const cutMs = await { both: () => cable.cut(), toAlice: () => toAlice.swallow(), toBob: () => toBob.swallow() }[
        direction
      ]()
      await lab.pass(outageMs)
      const healMs = await cable.heal()
      const recoveryMs = await traffic.movesAgain(healMs, recoveryMsMax(outageMs))
      await lab.pass(500)
      const bytes = await traffic.finish()

      const seen = views(pair, cutMs)
      expectResumed(seen)
      expectLosses(seen)
      const degradedMs = await degradedAfter([alice, bob], cutMs)
      assert.ok(degradedMs <= DEGRADED_MS + NOISE_MS, `Noticed after ${degradedMs} ms`)
      const lost = outageMs < LOST_MS ? expectHeld(seen) : await lostAfter([alice, bob], cutMs)
      return { recoveryMs, promisedMs: Math.max(1_500, 0.6 * outageMs), degradedMs, ...lost, bytes, ...inWords(seen) }
    },
  }
}

/** An outage that is shorter than the patience of the failure detector disconnects nobody. */
function expectHeld(seen: ReturnType<typeof views>): Measures {
  for (const { states } of Object.values(seen)) assert.ok(!states.includes('disconnected'), 'Given up too soon')
  return {}
}

async function lostAfter(agents: Parameters<typeof stateSince>[0][], cutMs: number): Promise<Measures> {
  const lost = await Promise.all(agents.map((agent) => stateSince(agent, 'disconnected', cutMs, 0)))
  const lostMs = Math.max(...lost.map(({ atMs }) => atMs - cutMs))
  assert.deepEqual(
    lost.map(({ state }) => state.reason),
    ['no-answer', 'no-answer'],
  )
  assert.ok(lostMs <= LOST_MS + NOISE_MS, `Lost after ${lostMs} ms`)
  return { lostMs }
}

export const blackHoles: readonly Scenario[] = [
  blackHole(5, 'both'),
  blackHole(5, 'toAlice'),
  blackHole(5, 'toBob'),
  blackHole(60, 'both'),
  blackHole(60, 'toAlice'),
  blackHole(60, 'toBob'),
]
