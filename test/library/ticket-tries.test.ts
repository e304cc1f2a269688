import { beforeEach, describe, expect, it } from 'vitest'
import { decodeTicket, encodeTicket } from '../../src/identity/ticket.ts'
import type { NodeEvent } from '../../src/node/events/events.ts'
import type { HoldfastNode } from '../../src/node/node.ts'
import { VirtualWorld } from './virtual.ts'

type Refused = Extract<NodeEvent, { type: 'pairing:refused' }>

let world: VirtualWorld
let bob: HoldfastNode
let ticket: string
/** What bob's events have told. */
let told: Refused[]
beforeEach(async () => {
  world = new VirtualWorld()
  bob = await world.node('bob')
  ticket = await bob.ticket({ expiresInMs: 3_600_000 })
  told = []
  const events = bob.events()
  void (async () => {
    for await (const event of events) if (event.type === 'pairing:refused') told.push(event)
  })()
})

const wrongSecret = (): string => encodeTicket({ ...decodeTicket(ticket), secret: new Uint8Array(16) })
const wrongNumber = (): string => encodeTicket({ ...decodeTicket(ticket), number: new Uint8Array(8) })

/** How often it takes a wrong ticket to fail so often, in virtual time; a call tries several times when it is told to wait. */
async function fail(node: HoldfastNode, text: string, times: number): Promise<void> {
  for (let time = 0; time < times; time++) {
    await world.wait(node.pair(text)).then(
      () => expect.unreachable('A wrong ticket paired'),
      () => undefined,
    )
  }
}

describe('P2: a ticket', () => {
  it('is good for five minutes by the clock of the one that made it, whatever is written in it', async () => {
    const alice = await world.node('alice')
    const text = await bob.ticket()
    const forged = encodeTicket({ ...decodeTicket(text), expiresAt: world.clock.wallNow() + 86_400_000 })
    await world.run(301_000)
    await expect(world.wait(alice.pair(text))).rejects.toMatchObject({ refusal: 'ticket-refused' })
    await expect(world.wait(alice.pair(forged))).rejects.toMatchObject({ refusal: 'ticket-refused' })
    const other = await bob.ticket()
    await world.run(298_000)
    const old = encodeTicket({ ...decodeTicket(other), expiresAt: 0 })
    await expect(world.wait(alice.pair(old), 1_000)).resolves.toMatchObject({ id: bob.id })
  })
})

describe('P2: wrong tries by ticket', () => {
  it.each([
    ['an unknown number', wrongNumber, 'unknown-ticket'],
    ['a wrong secret', wrongSecret, 'wrong-secret'],
  ])(
    'with %s are slowed and counted by the address that they come from, and use nothing up',
    async (_, text, reason) => {
      const mallory = await world.node('mallory')
      await fail(mallory, text(), 8)
      expect(told.length).toBeGreaterThanOrEqual(5)
      expect(told[0]).toMatchObject({ id: mallory.id, source: 'mallory', reason, count: 1, waitMs: 0 })
      const waits = told.map(({ waitMs }) => waitMs)
      expect(waits.slice(0, 5)).toEqual([0, 0, 0, 1_000, 2_000])
      const last = told.at(-1)!
      // Those that were turned away unseen are counted too.
      expect(last.count).toBeGreaterThan(told.length)
      const alice = await world.node('alice')
      await expect(world.wait(alice.pair(ticket), 1_000)).resolves.toMatchObject({ id: bob.id })
      expect(bob.peers()).toHaveLength(1)
    },
  )

  it('are told of in words', async () => {
    const logged: string[] = []
    const logger = { debug() {}, info() {}, error() {}, warn: (_: object, line: string) => void logged.push(line) }
    const dave = await world.node('dave', { logger })
    const known = decodeTicket(await dave.ticket())
    const mallory = await world.node('mallory')
    for (let time = 0; time < 3; time++) {
      const forged = encodeTicket({ ...known, number: new Uint8Array(8) })
      await expect(world.wait(mallory.pair(forged))).rejects.toMatchObject({ refusal: 'ticket-refused' })
    }
    await world.run(120_000)
    expect(logged[0]).toBe('somebody at mallory tried to pair by a ticket that is not known here (1 try so far)')
    expect(logged[1]).toMatch(/\(3 tries so far\) \(2 times more within/)
    expect(logged).toHaveLength(2)
  })

  it('of many sources are slowed in total, but whoever has an open ticket does not wait for that', async () => {
    for (let time = 0; time < 70; time++) {
      const stranger = await world.node(`stranger${time}`)
      await fail(stranger, wrongNumber(), 1)
    }
    const refusals = told.length
    expect(refusals).toBeGreaterThanOrEqual(64)
    const alice = await world.node('alice')
    await expect(world.wait(alice.pair(ticket), 1_000)).resolves.toMatchObject({ id: bob.id })
  })
})
