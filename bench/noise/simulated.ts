// Networks that are bad but whole, in virtual time: whatever is suspected or given up there is a false alarm.

import type { HoldfastStream, Peer } from '../../src/node/api.ts'
import type { HoldfastNode } from '../../src/node/node.ts'
import type { NetworkConditions } from '../../src/testing/memory-transport/memory-conditions.ts'
import { serveEcho, type VirtualNodeOptions, VirtualWorld } from '../../test/library/virtual.ts'
import { Random } from '../../test/sim/random.ts'
import { addLoss, type FalseAlarms, noAlarms } from './alarms.ts'

export interface NoiseOptions {
  readonly mode: 'adaptive' | 'fixed' | 'tcp'
  readonly durationMs: number
  readonly kind: keyof typeof weathers
  readonly seed?: number
}

/** Between one message and the next of the pair that talks. */
const MESSAGE_EVERY_MS = 5_000

/** What the network is like next; drawn anew all the time. */
const weathers = {
  /** Healthy but jittery, as a busy wireless network is. */
  jittery: (random: Random) => ({ latencyMs: 10 + 40 * random.float(), jitterMs: 150 * random.float() }),
  /** Delays of seconds: a mobile network at the edge of its range. */
  heavy: (random: Random) => ({
    latencyMs: 20 + 480 * random.float(),
    jitterMs: 2_000 * random.float() ** 2,
    bytesPerMs: 5 + 100 * random.float(),
  }),
} satisfies Record<string, (random: Random) => Partial<NetworkConditions>>
const WEATHER_MS_MIN = 1_000
const WEATHER_MS_SPREAD = 29_000

/** Lets one pair rest and another exchange messages, for so long. */
export async function simulateNoise({ mode, durationMs, kind, seed = 1 }: NoiseOptions): Promise<FalseAlarms> {
  const alarms = noAlarms()
  for (const talks of [false, true]) {
    const random = new Random(seed, talks ? 2 : 1)
    const world = new VirtualWorld()
    // So written that the option may be newer than the types.
    const options: VirtualNodeOptions & { keepAlive: object } = { keepAlive: { mode } }
    const { alice, bob, bobAtAlice } = await world.pair(options, options)
    serveEcho(bob)
    const counting = [alice, bob].map((node) => countAlarms(node, alarms))
    const path = world.network.path('alice', 'bob')
    const change = (): void => {
      path.change(weathers[kind](random))
      world.clock.after(Math.ceil(WEATHER_MS_MIN + WEATHER_MS_SPREAD * random.float()), change)
    }
    change()
    if (talks) await talk(world, bobAtAlice)
    await world.run(durationMs)
    for (const stop of counting) stop()
    await world.wait(Promise.all([alice.close(), bob.close()]))
  }
  return alarms
}

/** Counts until told to stop: what comes of closing a node is no alarm. */
function countAlarms(node: HoldfastNode, alarms: FalseAlarms): () => void {
  let counts = true
  node.on('link:lost', (_peer, _link, reason) => counts && addLoss(alarms, reason))
  node.on('peer:disconnected', () => counts && alarms.disconnects++)
  for (const peer of node.peers()) {
    peer.on('state', (state) => {
      // Poor health is no claim that the peer is gone.
      if (counts && state.kind === 'degraded' && state.cause === 'no-answer') alarms.suspicions++
    })
  }
  return () => {
    counts = false
  }
}

async function talk(world: VirtualWorld, peer: Peer): Promise<void> {
  const stream: HoldfastStream = await world.wait(peer.openStream('echo'))
  stream.resume()
  stream.on('error', () => {})
  const say = (): void => {
    if (stream.destroyed) return
    stream.write('x'.repeat(1_000))
    world.clock.after(MESSAGE_EVERY_MS, say)
  }
  say()
}
