// Wall clocks that are wrong: tickets, and identities that were restored.
import { beforeEach, describe, expect, it } from 'vitest'
import { decodeTicket, encodeTicket } from '../../src/identity/ticket.ts'
import type { PairingRequest } from '../../src/node/local/nearby-api.ts'
import type { HoldfastNode } from '../../src/node/node.ts'
import { MemoryDisk, memoryStore } from '../../src/store/memory.ts'
import type { NodeClock } from '../sim/virtual-clock.ts'
import { orders, serveEcho, VirtualWorld } from './virtual.ts'

const MINUTE_MS = 60_000
const YEAR_MS = 365 * 86_400_000

let world: VirtualWorld
beforeEach(() => {
  world = new VirtualWorld()
})

/** A clock that is so far ahead, or behind. */
function ahead(ms: number): NodeClock {
  const clock = world.clock.view()
  clock.jumpWall(ms)
  return clock
}

/** One that says that it is 1970. */
const unset = (): NodeClock => ahead(-world.clock.wallNow() + 60_000)

describe('the issuer alone decides whether its ticket is too old', () => {
  it.each([
    ['ten minutes fast', () => ahead(10 * MINUTE_MS)],
    ['ten years fast', () => ahead(10 * YEAR_MS)],
    ['ten minutes slow', () => ahead(-10 * MINUTE_MS)],
    ['in 1970', unset],
  ])('and a holder whose clock is %s pairs', async (_, clock) => {
    const bob = await world.node('bob')
    const alice = await world.node('alice', { clock: clock() })
    await expect(world.wait(alice.pair(await bob.ticket()), 2_000)).resolves.toMatchObject({ id: bob.id })
  })

  it('and one whose own clock is in 1970 is paired with', async () => {
    const bob = await world.node('bob', { clock: unset() })
    const alice = await world.node('alice')
    await expect(world.wait(alice.pair(await bob.ticket()), 2_000)).resolves.toMatchObject({ id: bob.id })
  })

  it('and a holder of one that is too old is told so by the issuer, without that counting as a wrong try', async () => {
    const bob = await world.node('bob')
    const alice = await world.node('alice')
    const ticket = await bob.ticket()
    await world.run(301_000)
    for (let times = 0; times < 8; times++) {
      await expect(world.wait(alice.pair(ticket), 1_000)).rejects.toMatchObject({
        refusal: 'ticket-refused',
        message: expect.stringContaining('the ticket has expired; ask for a new one'),
      })
    }
    await expect(world.wait(alice.pair(await bob.ticket()), 1_000)).resolves.toMatchObject({ id: bob.id })
  })

  it('and a clock that is set back meanwhile makes no ticket live longer', async () => {
    const clock = world.clock.view()
    const bob = await world.node('bob', { clock })
    const alice = await world.node('alice')
    const ticket = await bob.ticket()
    clock.jumpWall(-YEAR_MS)
    await world.run(299_000)
    const other = await bob.ticket()
    await world.run(2_000)
    await expect(world.wait(alice.pair(ticket))).rejects.toMatchObject({ refusal: 'ticket-refused' })
    await expect(world.wait(alice.pair(other), 1_000)).resolves.toMatchObject({ id: bob.id })
  })
})

describe.each(orders)('an identity that was restored, when $order', ({ ids }) => {
  let bob: HoldfastNode
  /** What alice's folder had before, and has again. */
  let disk: MemoryDisk
  beforeEach(async () => {
    disk = new MemoryDisk()
    bob = await world.node('bob', { id: ids[1] })
    serveEcho(bob)
  })

  /** Alice, paired with bob on a machine whose clock was wrong, until that broke. */
  async function paired(clock: NodeClock): Promise<void> {
    const alice = await world.node('alice', { id: ids[0], clock, store: memoryStore(disk) })
    await world.wait(alice.pair(await bob.ticket()))
    await world.run(1_000)
    await world.wait(alice.close())
    await world.run(1_000)
  }

  const restored = (clock: NodeClock, folder = new MemoryDisk()): Promise<HoldfastNode> =>
    world.node('alice', { id: ids[0], clock, store: memoryStore(folder) })

  /** Both know each other, and say so to each other. */
  async function works(alice: HoldfastNode): Promise<void> {
    serveEcho(alice)
    expect(await world.echo(alice.peer(bob.id), 'from alice')).toBe('from alice')
    expect(await world.echo(bob.peer(alice.id), 'from bob')).toBe('from bob')
    await world.run(MINUTE_MS)
    expect([alice, bob].map((node) => node.peers().map(({ state }) => state.kind))).toEqual([
      ['connected'],
      ['connected'],
    ])
  }

  const cases: [string, before: () => NodeClock, after: () => NodeClock][] = [
    ['from a machine whose clock was ten years ahead', () => ahead(10 * YEAR_MS), () => ahead(0)],
    ['on one whose clock is in 1970', () => ahead(0), unset],
  ]

  describe.each(cases)('%s', (_, before, after) => {
    it('is paired anew by a ticket of the other side', async () => {
      await paired(before())
      const alice = await restored(after())
      await world.wait(alice.pair(await bob.ticket()), 5_000)
      await works(alice)
    })

    it('is paired anew by a ticket of its own', async () => {
      await paired(before())
      const alice = await restored(after())
      await world.wait(bob.pair(await alice.ticket()), 5_000)
      await works(alice)
    })

    it.each(['the restored one', 'the other one'])('is paired anew by code that %s asks for', async (who) => {
      await paired(before())
      const alice = await restored(after())
      const [asking, asked] = who === 'the restored one' ? [alice, bob] : [bob, alice]
      asked.openPairing()
      const theirs = new Promise<PairingRequest>((resolve) => asked.once('pairing:requested', resolve))
      const request = await world.wait(asking.pairNearby(asked.id, { addresses: asked.addresses }), 5_000)
      request.confirm()
      ;(await world.wait(theirs)).confirm()
      await world.wait(request.peer)
      await works(alice)
    })

    it('stays what it was paired as after both were started again', async () => {
      await paired(before())
      const folder = new MemoryDisk()
      const alice = await restored(after(), folder)
      await world.wait(alice.pair(await bob.ticket()), 5_000)
      await world.wait(alice.close())
      await works(await restored(after(), folder))
    })
  })

  it('with an older copy of its folder is refused, and both are told what may be the cause and what helps', async () => {
    await paired(ahead(10 * YEAR_MS))
    const folder = disk.copy()
    folder.instanceStart = 0
    const alice = await restored(ahead(0), folder)
    const told: string[] = []
    bob.peer(alice.id).on('dial:failed', (_attempt, error) => told.push(error.message))
    await world.run(5_000)
    const causeAndCure =
      /another machine runs .*, or its folder was restored, or its clock was wrong once; .* pair the two anew/
    expect(alice.peer(bob.id).state).toMatchObject({
      kind: 'blocked',
      code: 'identity-in-use',
      message: expect.stringMatching(causeAndCure),
    })
    bob.peer(alice.id).reconnect()
    await world.run(5_000)
    expect(told).toContainEqual(expect.stringMatching(causeAndCure))
    await world.wait(alice.pair(await bob.ticket()), 5_000)
    await works(alice)
  })

  it('ends nothing that runs by the number of a ticket without its secret', async () => {
    await paired(ahead(0))
    const alice = await restored(ahead(1_000), disk)
    serveEcho(alice)
    await world.run(5_000)
    const atBob = bob.peer(alice.id)
    expect(atBob.state.kind).toBe('connected')
    const ticket = decodeTicket(await bob.ticket())
    const copy = await world.node('copy', { id: ids[0], clock: unset(), store: memoryStore() })
    const forged = encodeTicket({ ...ticket, secret: new Uint8Array(16) })
    await expect(world.wait(copy.pair(forged))).rejects.toThrow()
    expect(atBob.state.kind).toBe('connected')
    expect(bob.peer(alice.id)).toBe(atBob)
    expect(await world.echo(atBob, 'still here')).toBe('still here')
  })
})
