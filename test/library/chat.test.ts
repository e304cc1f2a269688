import { describe, expect, it } from 'vitest'
import { peerIdFromPublicKey } from '../../src/identity/peer-id.ts'
import type { Chatter } from './chat-world.ts'
import { chattingPair } from './chat-world.ts'
import { VirtualWorld } from './virtual.ts'

const DAY_MS = 86_400_000

describe('a chat', () => {
  it('brings messages in the order in which they were written, and ticks them', async () => {
    const world = new VirtualWorld()
    const { alice, bob } = await chattingPair(world)
    for (const text of ['hello', 'how are you?']) alice.say(bob, text)
    expect(alice.history(bob).map(({ arrivedAtMs }) => arrivedAtMs)).toEqual([undefined, undefined])
    await world.until(() => alice.waitingFor(bob) === 0)
    bob.say(alice, 'fine \u{1f600} zoë')
    await world.until(() => bob.waitingFor(alice) === 0)
    const told = (one: Chatter, other: Chatter) => one.history(other).map(({ author, text }) => `${author} ${text}`)
    expect(told(alice, bob)).toEqual(['me hello', 'me how are you?', 'peer fine \u{1f600} zoë'])
    expect(told(bob, alice)).toEqual(['peer hello', 'peer how are you?', 'me fine \u{1f600} zoë'])
    expect(alice.history(bob).map(({ id }) => id)).toEqual(bob.history(alice).map(({ id }) => id))
  })

  it('takes one way to arrive and a round trip to be ticked, also after a day of silence in which the session stayed', async () => {
    const world = new VirtualWorld()
    const { alice, bob } = await chattingPair(world)
    const roundTripMs = 2 * world.network.path('alice', 'bob').conditions.latencyMs
    let sessions = 0
    let lost = 0
    alice.peer(bob).on('session', () => sessions++)
    alice.peer(bob).on('link:lost', () => lost++)
    const exchange = async (text: string): Promise<void> => {
      const sentMs = world.clock.now()
      let arrivedMs = 0
      bob.chat.once('message', () => (arrivedMs = world.clock.now()))
      alice.say(bob, text)
      await world.until(() => alice.waitingFor(bob) === 0, roundTripMs + 1)
      expect(arrivedMs - sentMs).toBeLessThanOrEqual(roundTripMs / 2 + 1)
    }
    await exchange('good night')
    const streams = () => alice.node.registry.all()[0]?.streams.openCount
    expect(streams()).toBe(1)
    await world.run(DAY_MS)
    expect([sessions, lost, streams()]).toEqual([0, 0, 0])
    await exchange('good morning')
    expect(bob.texts(alice, 'peer')).toEqual(['good night', 'good morning'])
  })

  it('keeps what is written during an outage, and delivers it when that ends', async () => {
    const world = new VirtualWorld()
    const { alice, bob } = await chattingPair(world)
    const path = world.network.path('alice', 'bob')
    path.change({ dials: 'refuse' })
    path.reset()
    await world.run(1_000)
    for (const text of ['one', 'two', 'three']) alice.say(bob, text)
    bob.say(alice, 'here too')
    await world.run(7_200_000)
    expect([alice.waitingFor(bob), bob.waitingFor(alice)]).toEqual([3, 1])
    path.change({ dials: 'pass' })
    await world.until(() => alice.waitingFor(bob) + bob.waitingFor(alice) === 0)
    expect(bob.texts(alice, 'peer')).toEqual(['one', 'two', 'three'])
    for (const message of [...alice.history(bob), ...bob.history(alice)]) expect(message.delayed).toBe(true)
    expect(alice.texts(bob, 'peer')).toEqual(['here too'])
  })

  it('goes on where it was after a crash between storing and acknowledging, each message once', async () => {
    const world = new VirtualWorld()
    const { alice, bob } = await chattingPair(world)
    bob.chat.once('message', () => bob.crash())
    alice.say(bob, 'once')
    await world.until(() => !bob.runs)
    await world.run(5_000)
    expect(alice.waitingFor(bob)).toBe(1)
    await bob.start()
    await world.until(() => alice.waitingFor(bob) === 0)
    expect(bob.texts(alice, 'peer')).toEqual(['once'])
  })

  it('goes on where it was after a crash of the sender, before and after the message left', async () => {
    const world = new VirtualWorld()
    const { alice, bob } = await chattingPair(world)
    alice.say(bob, 'not sent')
    alice.crash()
    await alice.start()
    await world.until(() => alice.waitingFor(bob) === 0)
    alice.say(bob, 'sent')
    bob.chat.once('message', () => alice.crash())
    await world.until(() => !alice.runs)
    await alice.start()
    expect(alice.waitingFor(bob)).toBe(1)
    await world.until(() => alice.waitingFor(bob) === 0)
    expect(bob.texts(alice, 'peer')).toEqual(['not sent', 'sent'])
  })

  it('waits for a peer that does not serve it yet, and notices when it does', async () => {
    const world = new VirtualWorld()
    const { alice, bob } = await chattingPair(world)
    bob.chat.close()
    alice.say(bob, 'anybody there?')
    await world.run(60_000)
    expect(alice.chat.presence(bob.id).hindrance).toContain('does not chat now')
    bob.crash()
    await bob.start()
    await world.until(() => alice.waitingFor(bob) === 0, 5_000)
    expect(alice.chat.presence(bob.id).hindrance).toBeUndefined()
  })

  it('waits while a peer is paused, and goes on when it is resumed', async () => {
    const world = new VirtualWorld()
    const { alice, bob } = await chattingPair(world)
    alice.peer(bob).pause()
    alice.say(bob, 'later')
    await world.run(10_000)
    expect(alice.waitingFor(bob)).toBe(1)
    alice.peer(bob).resume()
    await world.until(() => alice.waitingFor(bob) === 0)
    expect(bob.texts(alice, 'peer')).toEqual(['later'])
  })

  it('reaches a peer that is held on demand, and lets go of it again', async () => {
    const world = new VirtualWorld()
    const { alice, bob } = await chattingPair(world)
    for (const one of [alice.peer(bob), bob.peer(alice)])
      one.configure({ connectPolicy: 'on-demand', idleTimeoutMs: 60_000 })
    await world.run(120_000)
    expect(alice.node.isConnected(bob.id)).toBe(false)
    alice.say(bob, 'knock')
    await world.until(() => alice.waitingFor(bob) === 0, 10_000)
    await world.run(120_000)
    expect(alice.node.isConnected(bob.id)).toBe(false)
  })

  it('says who attends, and what the other calls itself', async () => {
    const world = new VirtualWorld()
    const { alice, bob } = await chattingPair(world)
    const seen: string[] = []
    alice.chat.on('presence', ({ attending, nickname }) => seen.push(`${nickname} ${attending}`))
    const leave = bob.chat.attend(alice.id)
    await world.run(1_000)
    leave()
    await world.run(1_000)
    expect(seen).toEqual(['bob true', 'bob false'])
    bob.chat.attend(alice.id)
    await world.run(100_000)
    // Told anew in each session, without a word to carry it.
    alice.crash()
    await alice.start()
    await world.until(() => alice.chat.presence(bob.id).attending)
    bob.crash()
    await bob.start()
    await world.until(() => !alice.chat.presence(bob.id).attending)
  })

  it('with a full disk sends nothing and acknowledges nothing, and goes on when there is room', async () => {
    const world = new VirtualWorld()
    const { alice, bob } = await chattingPair(world)
    const pages = (one: Chatter, max: number) => one.disk.db.exec(`PRAGMA max_page_count = ${max}`)
    pages(bob, 1)
    const long = 'x'.repeat(8_000)
    expect(() => bob.say(alice, long)).toThrow(expect.objectContaining({ code: 'store-failed' }))
    expect(bob.history(alice)).toEqual([])
    alice.say(bob, long)
    await world.run(20_000)
    expect(alice.waitingFor(bob)).toBe(1)
    expect(alice.chat.presence(bob.id).hindrance).toContain('disk may be full')
    expect(bob.chat.presence(alice.id).hindrance).toContain('the disk is full')
    pages(bob, 100_000)
    await world.until(() => alice.waitingFor(bob) === 0)
    expect(bob.texts(alice, 'peer')).toEqual([long])
    expect(bob.chat.presence(alice.id).hindrance).toBeUndefined()
  })

  it('refuses what cannot be sent, and keeps nothing of it', async () => {
    const world = new VirtualWorld()
    const { alice, bob } = await chattingPair(world)
    const refused = (text: string) => {
      try {
        alice.say(bob, text)
        return undefined
      } catch (error) {
        return (error as { code?: string }).code
      }
    }
    expect(['', 'a\ud800', 'é'.repeat(8_193), 'x'.repeat(1_000_000)].map(refused)).toEqual(
      Array(4).fill('chat-message-invalid'),
    )
    const stranger = peerIdFromPublicKey(new Uint8Array(32).fill(9))
    expect(() => alice.chat.send(stranger, 'hi')).toThrow(expect.objectContaining({ code: 'unknown-peer' }))
    expect(refused('é'.repeat(8_192))).toBeUndefined()
    bob.crash()
    await world.run(1_000)
    for (let count = alice.waitingFor(bob); count < 1_000; count++) alice.say(bob, `${count}`)
    expect(refused('one more')).toBe('chat-full')
    await bob.start()
    await world.until(() => alice.waitingFor(bob) === 0)
    expect(bob.texts(alice, 'peer')).toHaveLength(1_000)
  })
})
