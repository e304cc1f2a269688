// L6: what the pool of a node is asked by applications: who is connected, how many, who should dial, and a message to one.
import { describe, expect, it } from 'vitest'
import { generateIdentity } from '../../src/identity/identity.ts'
import { orders, VirtualWorld } from './virtual.ts'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

describe.each(orders)('the pool’s questions, when $order', ({ order, ids }) => {
  it('should dial: the lower side alone in strict direction, and nobody who is connected', async () => {
    const world = new VirtualWorld()
    const options = { direction: 'strict' } as const
    const { alice, bob } = await world.pair({ id: ids[0], ...options }, { id: ids[1], ...options })
    const [lower, higher] = order === 'the dialer is the lower side' ? [alice, bob] : [bob, alice]
    expect([lower.shouldDial(higher.id), higher.shouldDial(lower.id)]).toEqual([false, false])
    expect([lower.isConnected(higher.id), higher.isConnected(lower.id)]).toEqual([true, true])

    world.network.path('alice', 'bob').blackHole()
    world.network.path('alice', 'bob').reset()
    await world.run(1_000)
    expect([lower.shouldDial(higher.id), higher.shouldDial(lower.id)]).toEqual([true, false])
    expect([lower.isConnected(higher.id), lower.connectedPeers()]).toEqual([false, []])
    expect(lower.counts).toMatchObject({ peers: 1, connectedPeers: 0 })

    world.network.path('alice', 'bob').heal()
    await world.until(() => lower.isConnected(higher.id))
    expect(lower.shouldDial(higher.id)).toBe(false)
    expect(lower.counts).toMatchObject({ peers: 1, connectedPeers: 1, links: 1 })
  })

  it('should dial: not a peer that is paused, and not somebody unknown', async () => {
    const world = new VirtualWorld()
    const { alice, bob, bobAtAlice } = await world.pair({ id: ids[0] }, { id: ids[1] })
    bobAtAlice.pause()
    expect(alice.shouldDial(bob.id)).toBe(false)
    const nobody = generateIdentity().id
    expect([alice.shouldDial(nobody), alice.isConnected(nobody)]).toEqual([false, false])
    expect(() => alice.shouldDial('bob')).toThrow(expect.objectContaining({ code: 'invalid-peer-id' }))
  })

  it('send to: one peer gets the message, the others do not, and the sender knows that it was taken', async () => {
    const world = new VirtualWorld()
    const { alice, bob } = await world.pair({ id: ids[0] }, { id: ids[1] })
    const carol = await world.node('carol')
    await world.wait(alice.pair(await carol.ticket()))
    const got: string[] = []
    for (const node of [bob, carol])
      node.onBroadcast('news/1', (content, { from, origin }) => {
        got.push(`${node.name} got ${Buffer.from(content).toString()} from ${from.name}`)
        expect(origin).toBe(alice.id)
      })
    await world.wait(alice.sendTo(bob.id, 'news/1', bytes('hello')))
    expect(got).toEqual(['bob got hello from alice'])
  })

  it('send to: fails in words where the peer is not connected, does not listen, may not, or does not answer', async () => {
    const world = new VirtualWorld()
    const { alice, bob, bobAtAlice, aliceAtBob } = await world.pair({ id: ids[0] }, { id: ids[1] })
    const send = (options = {}): Promise<void> => world.wait(alice.sendTo(bob.id, 'news/1', bytes('x'), options))
    await expect(send()).rejects.toMatchObject({
      code: 'not-taken',
      message: expect.stringMatching(/nobody there listens/),
    })
    bob.onBroadcast('news/1', () => undefined)
    await send()
    aliceAtBob.configure({ protocols: ['chat/1'] })
    await expect(send()).rejects.toMatchObject({
      code: 'not-taken',
      message: expect.stringMatching(/may not use that protocol there/),
    })
    aliceAtBob.configure({ protocols: 'all' })
    await expect(world.wait(alice.sendTo(bob.id, 'news/1', new Uint8Array(65_537)))).rejects.toMatchObject({
      code: 'invalid-argument',
    })
    await expect(send({ signal: AbortSignal.abort(new Error('never mind')) })).rejects.toThrow('never mind')
    await expect(world.wait(alice.sendTo(generateIdentity().id, 'news/1', bytes('x')))).rejects.toMatchObject({
      code: 'unknown-peer',
    })

    world.network.path('alice', 'bob').blackHole()
    await expect(send()).rejects.toMatchObject({
      code: 'not-taken',
      message: expect.stringMatching(/not answered within 30 s/),
    })
    await world.until(() => !bobAtAlice.links.length)
    await expect(send()).rejects.toMatchObject({
      code: 'not-connected',
      message: expect.stringMatching(/wait for peer\.connected/),
    })
  })
})
