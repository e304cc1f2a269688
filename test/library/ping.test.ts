import { expect, it } from 'vitest'
import { ping, servePing } from '../../src/services/ping.ts'
import { chattingPair } from './chat-world.ts'
import { VirtualWorld } from './virtual.ts'

it('a ping that waits for a peer is answered by the run of it that comes', async () => {
  const world = new VirtualWorld()
  const { alice, bob } = await chattingPair(world)
  bob.crash()
  await world.run(1_000)
  const answer = ping(alice.peer(bob))
  await world.run(10_000)
  await bob.start()
  servePing(bob.node)
  let served: boolean | undefined
  void answer.then((got) => (served = got.served))
  await world.until(() => served !== undefined)
  expect(served).toBe(true)
})
