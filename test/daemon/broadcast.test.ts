// What a daemon passes on of broadcasts is a setting.
import { once } from 'node:events'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { loadConfig } from '../../src/daemon/config/load.ts'
import { openOptionsOf } from '../../src/daemon/config/open-options.ts'
import { DaemonBench } from './daemons.ts'

let bench: DaemonBench
beforeEach(() => {
  bench = new DaemonBench()
})
afterEach(() => bench.dispose())

/** Alice broadcasts for each of the protocols, in this order, and bob's daemon stands between her and carol. Answers what carol has got when the last of `expected` is there. */
async function heard(relayProtocols: string, protocols: readonly string[], expected: number): Promise<string[]> {
  const flags = { broadcastRelayProtocols: relayProtocols }
  const env = { XDG_CONFIG_HOME: '/nowhere' }
  const { config } = await loadConfig({ dir: await bench.folder(), env, flags })
  const { broadcast } = await openOptionsOf(config)
  const bob = await bench.daemon('bob', { ...(broadcast && { broadcast }) })
  const [alice, carol] = [await bench.daemon('alice'), await bench.daemon('carol')]
  for (const { node } of [alice, carol]) await node.pair(await bob.node.ticket())
  const got: string[] = []
  const all = new EventTarget()
  for (const protocol of protocols) {
    carol.node.onBroadcast(protocol, () => {
      got.push(protocol)
      if (got.length === expected) all.dispatchEvent(new Event('all'))
    })
  }
  const isThere = once(all, 'all')
  for (const protocol of protocols) alice.node.broadcast(protocol, Buffer.from('hello'), { hops: 2 })
  await isThere
  return got
}

test('broadcasts of the protocols that broadcastRelayProtocols names are passed on, and no others', async () => {
  expect(await heard('named/1', ['other/1', 'another/1', 'named/1'], 1)).toEqual(['named/1'])
})

test('all are passed on where it says all', async () => {
  expect((await heard('all', ['other/1', 'another/1'], 2)).toSorted()).toEqual(['another/1', 'other/1'])
})

test('without it a daemon passes on none', async () => {
  const { config } = await loadConfig({ dir: '/nowhere', env: { XDG_CONFIG_HOME: '/nowhere' } })
  expect((await openOptionsOf(config)).broadcast).toEqual({ relayProtocols: [] })
})
