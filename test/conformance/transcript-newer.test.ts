import { describe, expect, it } from 'vitest'
import { peerIdFromPublicKey } from '../../src/identity/peer-id.ts'
import { HoldfastNode } from '../../src/node/node.ts'
import { memoryStore } from '../../src/store/memory.ts'
import { newerMinor, UNKNOWN_CODE, unknownReliableTypes } from '../fixtures/newer-minor.ts'
import { forge } from '../hostile/forge.ts'
import { Stage } from '../hostile/stage.ts'
import { serveEcho, VirtualWorld } from '../library/virtual.ts'

/** A node of the present code whose frames leave it as those of a later minor version. */
async function newerNode(world: VirtualWorld, name: string, listen = [`memory://${name}:1`]): Promise<HoldfastNode> {
  const id = peerIdFromPublicKey(Buffer.alloc(32, name))
  const node = new HoldfastNode({
    id,
    name,
    store: memoryStore(),
    transports: [newerMinor(world.network.transport(name, id))],
    listen,
    clock: world.clock.view(),
    random: () => 0.5,
    randomBytes: (size) => Buffer.alloc(size, name),
  })
  await node.start()
  return node
}

describe('A10: a peer that speaks a later minor version, with features, fields and frames that do not exist yet', () => {
  it.each(['dials', 'is dialed'])('pairs, talks and stays connected, when it %s', async (how) => {
    const world = new VirtualWorld()
    const present = await world.node('present')
    const newer = await newerNode(world, 'newer')
    serveEcho(present, newer)
    const lost: string[] = []
    for (const node of [present, newer]) node.on('link:lost', (_peer, _link, reason) => lost.push(reason))
    const [dialer, other] = how === 'dials' ? [newer, present] : [present, newer]
    const peer = await world.wait(dialer.pair(await other.ticket()))
    await world.run(1_000)
    expect(await world.echo(peer, 'hello')).toBe('hello')
    expect(await world.echo(other.peer(dialer.id), 'and back')).toBe('and back')
    expect(await world.echo(peer, 'x'.repeat(600_000))).toHaveLength(600_000)
    await world.run(300_000)
    expect(lost).toEqual([])
    expect(present.peer(newer.id).state.kind).toBe('connected')
  })

  it('refuses with a code that is not known: it is dialed again, as if it were busy', async () => {
    const world = new VirtualWorld()
    const present = await world.node('present')
    const newer = await newerNode(world, 'newer')
    await world.wait(present.pair(await newer.ticket()))
    await world.wait(newer.close())
    // The same identity on an empty folder: it knows nobody.
    await newerNode(world, 'newer')
    const states: string[] = []
    present.peer(newer.id).on('state', ({ kind }) => states.push(kind))
    await world.run(60_000)
    expect(states.filter((kind) => kind === 'connecting').length).toBeGreaterThan(5)
    expect(states).not.toContain('blocked')
  })

  it('ends the session with a code that is not known: the streams say so, and it is dialed again', async () => {
    const world = new VirtualWorld()
    const present = await world.node('present')
    const newer = await newerNode(world, 'newer')
    newer.handle('hold', () => undefined)
    const peer = await world.wait(present.pair(await newer.ticket()))
    const stream = await world.wait(peer.openStream('hold'))
    const failed = new Promise((resolve) => stream.once('error', resolve))
    stream.write('held')
    await world.run(1_000)
    const lost = new Promise((resolve) => peer.once('disconnected', resolve))
    await world.wait(newer.close())
    expect(await world.wait(failed)).toMatchObject({ code: 'refused-by-peer' })
    expect(await world.wait(lost)).toBe('closed-by-peer')
    expect(peer.state.kind).not.toBe('blocked')
  })
})

describe('A10: what a later minor version may send on a link', () => {
  it('numbered frames of unknown types are acknowledged and passed over; the stream around them is whole', async () => {
    const stage = await Stage.set()
    let read = 0
    let ended = false
    stage.victim.handle('sink', (stream) => {
      stream.on('data', (bytes: Uint8Array) => (read += bytes.length))
      stream.on('end', () => (ended = true))
    })
    const link = await stage.wait(stage.mallory.dial())
    await stage.run(500)
    const id = stage.mallory.stream(1)
    let sequence = 0
    link.send(forge.open(++sequence, id, 'sink'))
    for (const [at, type] of unknownReliableTypes.entries()) {
      const body = Buffer.alloc(6 + (type & 7))
      body.writeUIntBE(++sequence, 0, 6)
      link.send(forge.raw(type, body), forge.data(++sequence, id, 10 * at, 10))
    }
    link.send(forge.fin(++sequence, id, 10 * unknownReliableTypes.length))
    await stage.run(500)
    expect([read, ended]).toEqual([10 * unknownReliableTypes.length, true])
    expect(link.frames.filter((frame) => frame.type === 'ack').at(-1)).toMatchObject({ cumulative: sequence })
    expect(link.goodbye).toBeUndefined()
    expect(await stage.harm()).toEqual([])
    await stage.close()
  })

  it('a code of RESET that is not known reaches the application as it is', async () => {
    const stage = await Stage.set()
    const failed = new Promise((resolve) =>
      stage.victim.handle('sink', (stream) => stream.on('error', resolve).resume()),
    )
    const link = await stage.wait(stage.mallory.dial())
    await stage.run(500)
    link.send(forge.open(1, stage.mallory.stream(1), 'sink'))
    // Reset by the same bytes, it would not reach the application at all.
    await stage.run(100)
    link.send(forge.reset(2, stage.mallory.stream(1), 0, 200))
    expect(await stage.wait(failed)).toMatchObject({ code: 'stream-reset', resetCode: 200 })
    await stage.close()
  })

  it('CLOSE of a link with an unknown code ends that link alone', async () => {
    const stage = await Stage.set()
    let read = 0
    stage.victim.handle('sink', (stream) => void stream.on('data', (bytes: Uint8Array) => (read += bytes.length)))
    const link = await stage.wait(stage.mallory.dial())
    await stage.run(500)
    link.send(forge.open(1, stage.mallory.stream(1), 'sink'), forge.data(2, stage.mallory.stream(1), 0, 10))
    await stage.run(500)
    link.send(forge.raw(0x08, Uint8Array.of(0, UNKNOWN_CODE >>> 8, UNKNOWN_CODE & 0xff)))
    await stage.run(500)
    expect([link.isClosed, stage.losses]).toEqual([true, ['closed-by-peer']])
    const next = await stage.wait(stage.mallory.dial())
    await stage.run(500)
    next.send(forge.data(3, stage.mallory.stream(1), 10, 10))
    await stage.run(500)
    expect(read).toBe(20)
    await stage.close()
  })
})
