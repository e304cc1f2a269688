import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { cp } from 'node:fs/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { HoldfastStream, PeerState } from '../../src/index.ts'
import { type Pair, type Proxy, readAll, Workbench } from './nodes.ts'

describe('a session', () => {
  let bench: Workbench
  let proxy: Proxy
  beforeEach(async () => {
    bench = new Workbench()
    proxy = await bench.proxy()
  })
  afterEach(() => bench.dispose())

  /** Alice reaches bob through the proxy alone. */
  async function pairThroughProxy(dirs: { alice?: string; bob?: string } = {}): Promise<Pair> {
    const bob = await bench.node({ name: 'bob', advertise: [proxy.address], ...(dirs.bob && { dir: dirs.bob }) })
    proxy.target = bob.listening[0] ?? ''
    const alice = await bench.node({ name: 'alice', listen: [], ...(dirs.alice && { dir: dirs.alice }) })
    const paired = once(bob, 'paired')
    const bobAtAlice = await alice.pair(await bob.ticket())
    return { alice, bob, bobAtAlice, aliceAtBob: (await paired)[0] }
  }

  it('carries a stream through the loss of its connection, again and again', async () => {
    const { bob, bobAtAlice } = await pairThroughProxy()
    bob.handle('echo/1', (stream) => stream.pipe(stream))
    const sessions: unknown[] = []
    bobAtAlice.on('session', () => sessions.push(1))
    const stream = await bobAtAlice.openStream('echo/1')
    const bytes = randomBytes(8_000_000)
    const received = readAll(stream)
    for (let at = 0; at < bytes.length; at += 1_000_000) {
      if (at % 3_000_000 === 0) proxy.resetAll()
      if (!stream.write(bytes.subarray(at, at + 1_000_000))) await once(stream, 'drain')
    }
    stream.end()
    expect((await received).equals(bytes)).toBe(true)
    expect(sessions).toEqual([])
  })

  it('says in its state that it is lost, why, and when it tries again', async () => {
    const { bobAtAlice } = await pairThroughProxy()
    const states: PeerState[] = []
    bobAtAlice.on('state', (state) => states.push(state))
    proxy.refusing = true
    proxy.resetAll()
    await once(bobAtAlice, 'disconnected')
    while (states.length < 3) await once(bobAtAlice, 'state')
    expect(states.map((state) => state.kind).slice(0, 3)).toEqual(['disconnected', 'connecting', 'disconnected'])
    expect(states[2]).toMatchObject({ reason: 'connection-reset', nextAttempt: expect.any(Number) })
    proxy.refusing = false
    await bobAtAlice.connected()
    expect(bobAtAlice.state.kind).toBe('connected')
  })

  it('takes a stream while there is no connection, and opens it when there is one', async () => {
    const { bob, bobAtAlice } = await pairThroughProxy()
    bob.handle('echo/1', (stream) => stream.pipe(stream))
    proxy.refusing = true
    proxy.resetAll()
    await once(bobAtAlice, 'disconnected')
    const stream = await bobAtAlice.openStream('echo/1')
    stream.end('patience')
    proxy.refusing = false
    expect(String(await readAll(stream))).toBe('patience')
  })

  it('ends with a named error when the peer restarts, and the next one works', async () => {
    const dir = await bench.folder()
    const { bob, bobAtAlice } = await pairThroughProxy({ bob: dir })
    bob.handle('hold/1', () => undefined)
    const stream = await bobAtAlice.openStream('hold/1')
    stream.write('held')
    const crashed = await crash(bob, dir)
    const error = once(stream, 'error')
    const again = await bench.node({ dir: crashed, name: 'bob', advertise: [proxy.address] })
    again.handle('echo/1', (inbound) => void inbound.pipe(inbound))
    proxy.target = again.listening[0] ?? ''
    proxy.resetAll()
    expect((await error)[0]).toMatchObject({ code: 'peer-restarted' })
    const next = await bobAtAlice.openStream('echo/1')
    next.end('again')
    expect(String(await readAll(next))).toBe('again')
  })

  it('tells two machines with one identity apart, and says so to the older one', async () => {
    const dir = await bench.folder()
    const { alice, bob, bobAtAlice } = await pairThroughProxy({ alice: dir })
    bob.handle('echo/1', (stream) => stream.pipe(stream))
    const copy = await crash(alice, dir)
    const clone = await bench.node({ dir: copy, listen: [] })
    await clone.peer(bob.id).connected()
    // The original comes back, and is the one with the older instance.
    if (bobAtAlice.state.kind !== 'blocked') proxy.resetAll()
    while (bobAtAlice.state.kind !== 'blocked') await once(bobAtAlice, 'state')
    expect(bobAtAlice.state).toMatchObject({ code: 'identity-in-use' })
    await expect(bobAtAlice.openStream('echo/1')).rejects.toMatchObject({ code: 'peer-blocked' })
  })

  it('comes to exactly one link when both sides dial at once', async () => {
    const dirs = [await bench.folder(), await bench.folder()] as const
    const first = await bench.pair({ dir: dirs[0] }, { dir: dirs[1], listen: ['tcp://127.0.0.1:0'] })
    const [bobs, alices] = [first.bob.listening, first.alice.listening]
    await Promise.all([first.alice.close(), first.bob.close()])
    const [bob, alice] = await Promise.all([
      bench.node({ dir: dirs[0], listen: bobs }),
      bench.node({ dir: dirs[1], listen: alices }),
    ])
    const [atAlice, atBob] = [alice.peer(bob.id), bob.peer(alice.id)]
    await Promise.all([atAlice.connected(), atBob.connected()])
    bob.handle('echo/1', (stream) => stream.pipe(stream))
    for (let round = 0; round < 20 || atAlice.links.length !== 1 || atBob.links.length !== 1; round++) {
      const stream: HoldfastStream = await atAlice.openStream('echo/1')
      stream.end('x')
      await readAll(stream)
      expect(round).toBeLessThan(5_000)
    }
    expect([atAlice.links.length, atBob.links.length]).toEqual([1, 1])
  })

  it('lets one process or node hold a folder', async () => {
    const dir = await bench.folder()
    const node = await bench.node({ dir })
    await expect(bench.node({ dir })).rejects.toMatchObject({ code: 'folder-in-use' })
    await node.close()
    await expect(bench.node({ dir })).resolves.toMatchObject({ id: node.id })
  })

  /** As much of a crash as one process can do: a copy of the folder, as another machine or a killed process would find it. */
  async function crash(_node: unknown, dir: string): Promise<string> {
    const copy = await bench.folder()
    await cp(dir, copy, { recursive: true, filter: (path) => !/lock/.test(path) })
    return copy
  }
})
