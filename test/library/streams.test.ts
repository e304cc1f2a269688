import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { Duplex } from 'node:stream'
import { finished } from 'node:stream/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { HoldfastStream } from '../../src/index.ts'
import { type Pair, readAll, Workbench } from './nodes.ts'

describe('a stream', () => {
  let bench: Workbench
  let pair: Pair
  beforeEach(async () => {
    bench = new Workbench()
    pair = await bench.pair()
  })
  afterEach(() => bench.dispose())

  /** Opens a stream from alice; answers both ends. */
  async function join(): Promise<[alice: HoldfastStream, bob: HoldfastStream]> {
    const arrived = new Promise<HoldfastStream>((resolve) => pair.bob.handle('test/1', resolve))
    const stream = await pair.bobAtAlice.openStream('test/1')
    return [stream, await arrived]
  }

  it('can be opened by either side', async () => {
    pair.alice.handle('greet/1', (stream) => void stream.end(`hello ${stream.protocol}`))
    const stream = await pair.aliceAtBob.openStream('greet/1')
    expect(String(await readAll(stream))).toBe('hello greet/1')
  })

  it('carries bytes both ways and closes each way by itself', async () => {
    const [alice, bob] = await join()
    const [out, back] = [randomBytes(3_000_000), randomBytes(2_000_000)]
    alice.end(out)
    expect((await readAll(bob.iterator({ destroyOnReturn: false }))).equals(out)).toBe(true)
    expect(bob.writable).toBe(true)
    bob.end(back)
    expect((await readAll(alice)).equals(back)).toBe(true)
  })

  it('finishes when the other session holds everything, whether or not anybody reads it', async () => {
    const [alice, bob] = await join()
    alice.write('unread')
    await alice.close()
    expect(alice.writableFinished).toBe(true)
    expect(bob.readableDidRead).toBe(false)
    expect(String(await readAll(bob))).toBe('unread')
  })

  it('lets the writer use its array again after the callback of the write', async () => {
    const [alice, bob] = await join()
    const array = Buffer.alloc(300_000)
    const received = readAll(bob)
    for (let round = 0; round < 20; round++) {
      array.fill(round)
      await new Promise((resolve) => alice.write(array, resolve))
    }
    array.fill(255)
    alice.end()
    const all = await received
    expect(all.length).toBe(20 * array.length)
    for (let round = 0; round < 20; round++) {
      expect(all.subarray(round * array.length, (round + 1) * array.length).every((byte) => byte === round)).toBe(true)
    }
  })

  it('stops its writer when nobody reads, and blocks no other stream', async () => {
    const [alice, bob] = await join()
    // Twice what the window of a stream takes at first.
    alice.write(Buffer.alloc(524_288))
    pair.bob.handle('echo/1', (stream) => stream.pipe(stream))
    const echo = await pair.bobAtAlice.openStream('echo/1')
    echo.end('passes')
    expect(String(await readAll(echo))).toBe('passes')
    expect(alice.writableNeedDrain).toBe(true)
    bob.resume()
    await once(alice, 'drain')
  })

  it('ends in order at its writer when the reader has read all and wrote nothing', async () => {
    const [alice, bob] = await join()
    alice.end('one way')
    expect(String(await readAll(bob))).toBe('one way')
    // Node 26 has done so already.
    bob.destroy()
    expect((await readAll(alice)).length).toBe(0)
  })

  it('hands on the code of a reset', async () => {
    const [alice, bob] = await join()
    alice.on('error', () => undefined)
    const error = once(bob, 'error')
    alice.write('some')
    alice.reset(4_711)
    expect((await error)[0]).toMatchObject({ code: 'stream-reset', resetCode: 4_711 })
    expect(() => alice.reset(-1)).toThrow(RangeError)
  })

  it('tells the writer that nobody reads any more', async () => {
    const [alice, bob] = await join()
    const error = once(alice, 'error')
    bob.destroy()
    expect((await error)[0]).toMatchObject({ code: 'stream-reset', resetCode: 0 })
  })

  it('is reset when the protocol is not served, or its handler fails', async () => {
    const unserved = await pair.bobAtAlice.openStream('nobody/1')
    expect((await once(unserved, 'error'))[0]).toMatchObject({ resetCode: 2 })
    pair.bob.handle('broken/1', async () => {
      throw new Error('broken')
    })
    const broken = await pair.bobAtAlice.openStream('broken/1')
    expect((await once(broken, 'error'))[0]).toMatchObject({ resetCode: 4 })
  })

  it('ends with its AbortSignal', async () => {
    pair.bob.handle('test/1', () => undefined)
    const controller = new AbortController()
    const stream = await pair.bobAtAlice.openStream('test/1', { signal: controller.signal })
    const error = once(stream, 'error')
    controller.abort()
    expect((await error)[0]).toMatchObject({ name: 'AbortError' })
    await expect(pair.bobAtAlice.openStream('test/1', { signal: controller.signal })).rejects.toThrow()
  })

  it('is reset by its AbortSignal, also when all was read and nothing written', async () => {
    const arrived = new Promise<HoldfastStream>((resolve) => pair.bob.handle('test/1', resolve))
    const controller = new AbortController()
    const alice = await pair.bobAtAlice.openStream('test/1', { signal: controller.signal })
    const bob = await arrived
    bob.end('one way')
    expect(String(await readAll(alice.iterator({ destroyOnReturn: false })))).toBe('one way')
    const errors = [once(alice, 'error'), once(bob, 'error')]
    controller.abort()
    expect((await errors[0])?.[0]).toMatchObject({ name: 'AbortError' })
    expect((await errors[1])?.[0]).toMatchObject({ code: 'stream-reset', resetCode: 1 })
  })

  it('becomes web streams', async () => {
    pair.bob.handle('echo/1', (stream) => stream.pipe(stream))
    const { readable, writable } = Duplex.toWeb(await pair.bobAtAlice.openStream('echo/1'))
    const writer = writable.getWriter()
    await writer.write(Buffer.from('web'))
    await writer.close()
    expect(String(await readAll(readable as AsyncIterable<Uint8Array>))).toBe('web')
  })

  it('refuses names and priorities that do not exist', async () => {
    await expect(pair.bobAtAlice.openStream('')).rejects.toMatchObject({ code: 'invalid-argument' })
    await expect(pair.bobAtAlice.openStream('x'.repeat(256))).rejects.toMatchObject({ code: 'invalid-argument' })
    await expect(pair.bobAtAlice.openStream('test/1', { priority: 8 as 7 })).rejects.toMatchObject({
      code: 'invalid-argument',
    })
  })

  it('delivers all that was written before the node is closed', async () => {
    const [alice, bob] = await join()
    const bytes = randomBytes(4_000_000)
    const received = readAll(bob)
    alice.end(bytes)
    await pair.alice.close()
    expect((await received).equals(bytes)).toBe(true)
  })

  it('fails with a named error when the peer shuts down, and on this side when its own node does', async () => {
    const [alice, bob] = await join()
    const error = once(bob, 'error')
    const own = finished(alice).catch((failure: unknown) => failure)
    await pair.alice.close()
    expect((await error)[0]).toMatchObject({ code: 'peer-shut-down' })
    expect(await own).toMatchObject({ code: 'node-closed' })
    await expect(pair.bobAtAlice.openStream('test/1')).rejects.toMatchObject({ code: 'node-closed' })
  })
})
