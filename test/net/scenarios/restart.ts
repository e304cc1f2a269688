import assert from 'node:assert/strict'
import { now } from '../../../demo/clock.ts'
import { expectLosses, inWords, NOISE_MS } from '../expect.ts'
import { pairOf, views } from '../pair.ts'
import type { Scenario } from '../scenario.ts'
import { Traffic } from '../traffic.ts'

const DOWN_MS = 2_000

export const restart: Scenario = {
  id: 'restart',
  behaviour:
    'L9: a process killed and started again is met again, its streams fail with a named error, and new ones work',
  secondsMax: 30,

  async run(lab) {
    const pair = await pairOf(lab)
    const { alice, bob, hosts } = pair
    const broken = await Traffic.start(alice, bob)
    await lab.pass(1_000)

    const killedMs = now()
    await bob.kill()
    await lab.pass(DOWN_MS)
    const restartedMs = now()
    const again = await hosts[1].open()
    const openMs = now() - restartedMs
    const failed = await alice.event('failed stream', (event) => event.type === 'failed', {
      sinceMs: killedMs,
      timeoutMs: DOWN_MS + NOISE_MS,
    })
    const reunionMs = failed.atMs - restartedMs
    assert.equal((await broken.flow()).failed, 'peer-restarted')

    await Promise.all([alice.ask('connected', 'bob'), again.ask('connected', 'alice')])
    const [there, back] = [await Traffic.start(alice, again), await Traffic.start(again, alice)]
    await lab.pass(1_000)
    const bytes = (await there.finish()) + (await back.finish())

    const seen = views({ alice, bob: again }, killedMs)
    expectLosses(seen, 'peer-restarted')
    assert.deepEqual([seen.alice.sessions, seen.bob.sessions], [1, 1], 'Each side begins one new session')
    assert.ok(seen.alice.states.includes('disconnected'), 'Alice did not notice')
    for (const [name, { states }] of Object.entries(seen)) assert.equal(states.at(-1), 'connected', name)
    return { openMs, reunionMs, bytes, error: 'peer-restarted', ...inWords(seen) }
  },
}
