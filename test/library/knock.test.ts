// Strict direction: the side that must not dial tells the other that it is back, and is dialed.
import { describe, expect, it } from 'vitest'
import { type PeerId, peerIdFromPublicKey } from '../../src/identity/peer-id.ts'
import type { Channel, Transport } from '../../src/transport/transport.ts'
import { connected, type Machine, meshOf } from './machine.ts'
import { VirtualWorld } from './virtual.ts'

const ABSENT_MS = 5 * 60_000
const MINUTE_MS = 60_000
const STRANGER = peerIdFromPublicKey(new Uint8Array(32).fill(9))

async function strictPair(world: VirtualWorld): Promise<readonly [lower: Machine, higher: Machine]> {
  const [lower, higher] = await meshOf(world, 2, { direction: 'strict' })
  return [lower!, higher!]
}

/** Knocks once, as `id`: proves it, and closes. */
async function knock(world: VirtualWorld, transport: Transport, at: Machine): Promise<Channel> {
  const channel = await world.wait(
    transport.dial(`memory://${at.name}:1`, { expect: at.id, signal: AbortSignal.timeout(600_000) }),
  )
  channel.end()
  return channel
}

describe('in strict direction', () => {
  it('the side that dials is connected within 2 s of its start after 5 minutes of absence', async () => {
    const world = new VirtualWorld()
    const [lower, higher] = await strictPair(world)
    lower.kill()
    await world.run(ABSENT_MS)
    await lower.start()
    const startedMs = world.clock.now()
    await connected(world, [lower, higher])
    expect(world.clock.now() - startedMs).toBeLessThan(2_000)
  })

  it('many that come back together are all dialed at once', async () => {
    const world = new VirtualWorld()
    const machines = await meshOf(world, 8, { direction: 'strict' })
    const returning = machines.slice(1)
    for (const machine of returning) machine.kill()
    await world.run(ABSENT_MS)
    await Promise.all(returning.map((machine) => machine.start()))
    const startedMs = world.clock.now()
    await connected(world, machines)
    expect(world.clock.now() - startedMs).toBeLessThan(2_000)
  })

  it('nobody knocks while the two are connected', async () => {
    const world = new VirtualWorld()
    const [, higher] = await strictPair(world)
    const before = higher.node.counts.dialAttempts
    await world.run(10 * MINUTE_MS)
    expect(higher.node.counts.dialAttempts).toBe(before)
  })

  it('the knock of a stranger brings no dial, and those of a peer that goes on and on few', async () => {
    const world = new VirtualWorld()
    const [lower, higher] = await strictPair(world)
    higher.kill()
    await world.run(ABSENT_MS)
    // The peer is dialed where nobody listens any more, however it knocks.
    const dialsIn = async (action: () => Promise<unknown>): Promise<number> => {
      const before = lower.node.counts.dialAttempts
      await action()
      return lower.node.counts.dialAttempts - before
    }
    const knocks = async (id: PeerId): Promise<void> => {
      const transport = world.network.transport('elsewhere', id)
      for (let second = 0; second < 55; second++) {
        await knock(world, transport, lower)
        await world.run(1_000)
      }
    }
    // By its own schedule it dials once or twice in that time.
    const ofItself = 2
    expect(await dialsIn(() => knocks(STRANGER))).toBeLessThanOrEqual(ofItself)
    const provoked = await dialsIn(() => knocks(higher.id))
    // One in ten seconds counts, and three at once.
    expect(provoked).toBeGreaterThanOrEqual(5)
    expect(provoked).toBeLessThanOrEqual(ofItself + 9)
  })

  it('the knock of a peer that is paused brings no dial', async () => {
    const world = new VirtualWorld()
    const [lower, higher] = await strictPair(world)
    lower.node.peer(higher.id).pause()
    higher.kill()
    await world.run(ABSENT_MS)
    const before = lower.node.counts.dialAttempts
    await higher.start()
    await world.run(MINUTE_MS)
    expect(lower.node.counts.dialAttempts).toBe(before)
  })
})
