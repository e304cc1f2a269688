// What a paired peer of one's own making does to a chat: its stream ends with a code, nothing is lost, and others do not notice.
import fc from 'fast-check'
import { beforeEach, describe, expect, it } from 'vitest'
import type { HoldfastStream } from '../../src/node/api.ts'
import { StreamResetError } from '../../src/node/link/stream.ts'
import type { HoldfastNode } from '../../src/node/node.ts'
import { serveOwn } from '../../src/node/peer/handlers.ts'
import { chatResets, chatWire, defaultChatLimits } from '../../src/services/chat/limits.ts'
import { encodeAcknowledgement, encodeHello, encodeMessage } from '../../src/services/chat/wire.ts'
import { Chatter, chattingPair } from './chat-world.ts'
import { VirtualWorld } from './virtual.ts'

const { protocol, textBytesMax } = chatWire
const hello = encodeHello({ name: 'mallory', attending: true })
const message = (number: number, text = `${number}`): Uint8Array =>
  encodeMessage({ id: number.toString(16).padStart(32, '0'), text, writtenAtMs: 1_000, delayed: false })
const frame = (type: number, body: Uint8Array | number): Uint8Array => {
  const bytes = typeof body === 'number' ? new Uint8Array(body) : body
  return Buffer.concat([Uint8Array.of(bytes.length >> 8, bytes.length, type), bytes])
}

let world: VirtualWorld
let alice: Chatter
let bob: Chatter
/** A node that is paired with alice and serves no chat of ours. */
let mallory: HoldfastNode

beforeEach(async () => {
  world = new VirtualWorld()
  ;({ alice, bob } = await chattingPair(world))
  mallory = await world.node('mallory')
  await world.wait(mallory.pair(await alice.node.ticket()))
  await world.run(1_000)
})

/** A stream to alice, on which everything that comes is kept. */
async function opened(
  ...frames: Uint8Array[]
): Promise<{ stream: HoldfastStream; acknowledged: Buffer[]; code: () => number | undefined }> {
  const stream = await world.wait(mallory.peer(alice.id).openStream(protocol))
  const acknowledged: Buffer[] = []
  let code: number | undefined
  stream.on('data', (piece: Buffer) => acknowledged.push(piece))
  stream.on('error', (error) => {
    if (error instanceof StreamResetError) code = error.resetCode
  })
  for (const bytes of frames) stream.write(bytes)
  return { stream, acknowledged, code: () => code }
}

/** Alice and bob go on chatting as if nothing had happened. */
async function expectUndisturbed(): Promise<void> {
  const before = bob.texts(alice, 'peer').length
  alice.say(bob, 'still there?')
  bob.say(alice, 'yes')
  await world.until(() => alice.waitingFor(bob) + bob.waitingFor(alice) === 0, 1_000)
  expect(bob.texts(alice, 'peer')).toHaveLength(before + 1)
}

describe('a stream is reset', () => {
  it.each([
    ['a length beyond all frames', frame(2, 0xffff), chatResets.malformed],
    ['a length that one frame too many has', frame(2, 23 + textBytesMax + 1), chatResets.malformed],
    ['a type that nobody knows', frame(9, 4), chatResets.malformed],
    ['a message without a text', frame(2, 23), chatResets.malformed],
    ['a message of less than its head', frame(2, 3), chatResets.malformed],
    [
      'a text that is not UTF-8',
      frame(2, Buffer.concat([new Uint8Array(23), Uint8Array.of(0xc3)])),
      chatResets.malformed,
    ],
    [
      'a time after the year 9999',
      frame(2, Buffer.concat([new Uint8Array(17), new Uint8Array(6).fill(255), Uint8Array.of(65)])),
      chatResets.malformed,
    ],
    ['an acknowledgement where messages go', encodeAcknowledgement('00'.repeat(16)), chatResets.malformed],
    ['a name that is too long', frame(1, 66), chatResets.malformed],
    ['unknown frames without end', Buffer.concat(Array<Uint8Array>(1_001).fill(frame(0x80, 1))), chatResets.malformed],
  ])('after %s', async (_, bytes, code) => {
    const hostile = await opened(hello, message(1), bytes, message(2))
    await world.until(() => hostile.code() !== undefined, 10_000)
    expect(hostile.code()).toBe(code)
    expect(alice.chat.history({ peer: mallory.id, limit: 9 }).map(({ text }) => text)).not.toContain('2')
    await expectUndisturbed()
  })

  it('when its first word is no hello', async () => {
    const hostile = await opened(message(1), hello)
    await world.until(() => hostile.code() !== undefined, 10_000)
    expect(hostile.code()).toBe(chatResets.malformed)
    expect(alice.chat.history({ peer: mallory.id, limit: 9 })).toEqual([])
  })

  it('when another one is opened, so that a peer never has two', async () => {
    const first = await opened(hello)
    await world.run(1_000)
    for (let round = 0; round < 50; round++) await opened(hello, message(round))
    await world.until(() => first.code() !== undefined, 10_000)
    expect(first.code()).toBe(chatResets.superseded)
    await world.until(
      () => alice.node.peer(mallory.id) !== undefined && alice.node.registry.get(mallory.id)?.streams.openCount === 1,
    )
    await expectUndisturbed()
  })

  it.each([
    ['was not sent', () => encodeAcknowledgement('ff'.repeat(16)), chatResets.falseAcknowledgement],
    ['is no acknowledgement', () => hello, chatResets.malformed],
    [
      'was acknowledged already',
      (id: string) => Buffer.concat([encodeAcknowledgement(id), encodeAcknowledgement(id)]),
      chatResets.falseAcknowledgement,
    ],
  ])('by a sender that is told of what %s, and keeps its message', async (_, answer, code) => {
    let resetCode: number | undefined
    serveOwn(mallory, protocol, (stream) => {
      stream.once('data', (bytes: Buffer) => {
        const id = bytes
          .subarray(bytes.indexOf('secret') - 23)
          .subarray(0, 16)
          .toString('hex')
        stream.write(answer(id))
      })
      stream.on('error', (error) => (resetCode = (error as StreamResetError).resetCode))
    })
    alice.chat.send(mallory.id, 'secret')
    await world.until(() => resetCode !== undefined, 10_000)
    expect(resetCode).toBe(code)
    expect(alice.chat.waiting(mallory.id)).toBe(1)
    await world.until(() => alice.chat.presence(mallory.id).hindrance !== undefined)
    await expectUndisturbed()
  })
})

it('a peer that ends its acknowledgements early, or refuses, is asked ever more rarely', async () => {
  let streams = 0
  serveOwn(mallory, protocol, (stream) => {
    streams++
    stream.resume().end()
  })
  alice.chat.send(mallory.id, 'hello?')
  await world.run(3_600_000)
  expect(streams).toBeGreaterThan(10)
  expect(streams).toBeLessThan(30)
  expect(alice.chat.waiting(mallory.id)).toBe(1)
})

it('a flood is taken at the rate that is allowed, and waits on the side of its author', async () => {
  const { burstFrames, framesPerSecond } = defaultChatLimits
  const flood = await opened(hello)
  let written = 0
  const write = (): void => {
    while (flood.stream.write(message(written++, 'x'.repeat(1_000))));
  }
  flood.stream.on('drain', write)
  write()
  await world.run(60_000)
  const stored = alice.chat.history({ peer: mallory.id, limit: 100_000 }).length
  // A piece of 64 KiB may be taken on credit.
  expect(stored).toBeLessThanOrEqual(burstFrames + 60 * framesPerSecond + 70)
  expect(stored).toBeGreaterThanOrEqual(burstFrames)
  expect(written - stored).toBeLessThan(2_000)
  await expectUndisturbed()
})

it('one that comes and goes all the time is told of now and then, and how it stands at last', async () => {
  const { stream } = await opened(hello)
  await world.run(1_000)
  const told: boolean[] = []
  alice.chat.on('presence', ({ attending }) => told.push(attending))
  const hellos = [false, true].map((attending) => encodeHello({ name: 'mallory', attending }))
  for (let time = 0; time < 1_000; time++) stream.write(hellos[time % 2])
  await world.run(600_000)
  expect(told.length).toBeLessThanOrEqual(11)
  for (let second = 0; second < 600; second++) {
    stream.write(hellos[second % 2])
    await world.run(1_000)
  }
  expect(told.length).toBeLessThanOrEqual(90)
  stream.write(hellos[0])
  await world.run(10_000)
  expect(told.at(-1)).toBe(false)
  for (let refused = 0; refused < 100; refused++) await opened(frame(9, 4))
  await world.run(60_000)
  expect(told.length).toBeLessThanOrEqual(110)
  expect(alice.chat.presence(mallory.id).hindrance).toBeDefined()
  const before = told.length
  await world.run(600_000)
  expect(told.length).toBe(before)
})

it('one that does not read its acknowledgements is not read either, and costs no memory', async () => {
  const stream = await world.wait(mallory.peer(alice.id).openStream(protocol))
  stream.on('error', () => undefined)
  stream.write(hello)
  for (let number = 0; number < 1_000; number++) stream.write(message(number))
  await world.run(60_000)
  await expectUndisturbed()
  stream.resume()
  await world.until(() => alice.chat.history({ peer: mallory.id, limit: 2_000 }).length === 1_000)
})

it('messages that come again, on one stream or the next, are acknowledged and not kept twice', async () => {
  const first = await opened(hello, message(1), message(2), message(1), message(2))
  await world.run(1_000)
  const second = await opened(hello, message(2), message(3))
  await world.run(1_000)
  expect(alice.chat.history({ peer: mallory.id, limit: 9 }).map(({ text }) => text)).toEqual(['1', '2', '3'])
  expect(
    Buffer.concat(first.acknowledged)
      .subarray(-19)
      .equals(encodeAcknowledgement('2'.padStart(32, '0'))),
  ).toBe(true)
  expect(
    Buffer.concat(second.acknowledged)
      .subarray(-19)
      .equals(encodeAcknowledgement('3'.padStart(32, '0'))),
  ).toBe(true)
})

it('no bytes whatever break more than their stream', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.oneof(
          fc.uint8Array({ maxLength: 60 }),
          fc.constant(hello),
          fc.nat(5).map((n) => message(n)),
        ),
      ),
      async (pieces) => {
        const hostile = await opened(...pieces)
        await world.run(2_000)
        hostile.stream.destroy()
        expect(alice.node.isConnected(mallory.id)).toBe(true)
      },
    ),
    { numRuns: 60 },
  )
  await expectUndisturbed()
})

it('a guest may not chat', async () => {
  const open = await world.node('open', { admit: 'anyone', guests: { protocols: 'all' } })
  const host = new Chatter(world, 'host', { admit: 'anyone', guests: { protocols: 'all' } })
  await host.start()
  const peer = await world.wait(open.connectAsGuest(host.id, ['memory://host:1']))
  const stream = await world.wait(peer.openStream(protocol))
  let code: number | undefined
  stream.on('error', (error) => (code = (error as StreamResetError).resetCode))
  stream.write(hello)
  await world.until(() => code !== undefined, 10_000)
  expect(code).toBe(chatResets.notAllowed)
  expect(() => host.chat.send(open.id, 'hello')).toThrow(expect.objectContaining({ code: 'unknown-peer' }))
})
