import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { now } from './clock.ts'
import { Proxy } from './proxy.ts'

let proxy: Proxy
let port: number
let target: Server
/** The receiver's ends, in order of arrival. */
let arrived: End[]
const ends: End[] = []

/** One end of a connection, with all that happened to it. */
interface End {
  readonly socket: Socket
  text: string
  readonly events: string[]
}

function end(socket: Socket): End {
  const result: End = { socket, text: '', events: [] }
  socket.on('data', (data) => {
    result.text += String(data)
  })
  socket.on('end', () => result.events.push('end'))
  socket.on('error', (error) => result.events.push((error as NodeJS.ErrnoException).code ?? ''))
  socket.on('close', () => result.events.push('close'))
  ends.push(result)
  return result
}

/** Waits until it is so; a test fails by its own time limit. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(2)
}

/** A connection through the proxy over which a byte has passed each way. */
async function pair(): Promise<{ near: End; far: End }> {
  const near = dial()
  const before = arrived.length
  near.socket.write('a')
  await until(() => arrived[before]?.text === 'a')
  const far = arrived[before]
  if (far === undefined) throw new Error('nothing arrived')
  far.socket.write('b')
  await until(() => near.text === 'b')
  return { near, far }
}

function dial(): End {
  return end(connect(port, '127.0.0.1'))
}

beforeEach(async () => {
  arrived = []
  target = createServer((socket) => arrived.push(end(socket)))
  target.listen(0, '127.0.0.1')
  await once(target, 'listening')
  proxy = new Proxy()
  port = await proxy.listen()
  const address = target.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  proxy.target = address.port
})

afterEach(() => {
  proxy.close()
  target.close()
  for (const { socket } of ends.splice(0)) socket.destroy()
})

describe('Proxy', () => {
  it('relays large amounts unchanged, both ways at once', async () => {
    const { near, far } = await pair()
    const text = 'abcdefghij'.repeat(500_000)
    near.socket.end(text)
    far.socket.end(text)
    await until(() => near.events.includes('close') && far.events.includes('close'))
    expect([near.text === `b${text}`, far.text === `a${text}`]).toEqual([true, true])
    await until(() => proxy.connections === 0)
  })

  it('passes a reset on as a reset', async () => {
    const { near, far } = await pair()
    near.socket.resetAndDestroy()
    await until(() => far.events.includes('close'))
    expect(far.events).toContain('ECONNRESET')
  })

  it('resets who dials while nobody listens behind it', async () => {
    target.close()
    const near = dial()
    await until(() => near.events.includes('close'))
    expect(near.events).toContain('ECONNRESET')
  })

  it('cuts with a FIN on both sides, and takes new connections at once', async () => {
    const { near, far } = await pair()
    proxy.cut()
    await until(() => near.events.includes('close') && far.events.includes('close'))
    expect([near.events, far.events]).toEqual([
      ['end', 'close'],
      ['end', 'close'],
    ])
    await pair()
  })

  it('resets both sides, and takes new connections at once', async () => {
    const { near, far } = await pair()
    proxy.reset()
    await until(() => near.events.includes('close') && far.events.includes('close'))
    expect([near.events, far.events]).toEqual([
      ['ECONNRESET', 'close'],
      ['ECONNRESET', 'close'],
    ])
    await pair()
  })

  it('holds everything in a black hole, then is silent for as long again, then loses nothing', async () => {
    const { near, far } = await pair()
    const lift = proxy.blackHole(['out', 'back'])
    const sinceMs = now()
    near.socket.write('1')
    far.socket.write('2')
    await sleep(150)
    near.socket.end('3')
    expect([near.text, far.text]).toEqual(['b', 'a'])
    const lastedMs = now() - sinceMs
    await lift()
    const liftedMs = now()
    const fresh = await pair()
    expect(now() - liftedMs).toBeLessThan(lastedMs)
    expect(far.text).toBe('a')
    await until(() => far.text === 'a13' && near.text === 'b2')
    expect(now() - liftedMs).toBeGreaterThanOrEqual(lastedMs - 2)
    await until(() => far.events.includes('end'))
    expect(fresh.far.events).toEqual([])
  })

  it('accepts in a black hole, but lets nothing through to the other side', async () => {
    const lift = proxy.blackHole(['back'])
    const near = dial()
    near.socket.write('x')
    await once(near.socket, 'connect')
    await sleep(60)
    expect(arrived).toHaveLength(0)
    await lift()
    await until(() => arrived[0]?.text === 'x')
  })

  it('keeps a reset to itself while the black hole lasts', async () => {
    const { near, far } = await pair()
    const lift = proxy.blackHole(['out', 'back'])
    near.socket.resetAndDestroy()
    await sleep(60)
    expect(far.events).toEqual([])
    await lift()
    await until(() => far.events.includes('ECONNRESET'))
  })

  it('swallows one direction only', async () => {
    const { near, far } = await pair()
    const lift = proxy.blackHole(['out'])
    near.socket.write('1')
    far.socket.write('2')
    await until(() => near.text === 'b2')
    expect(far.text).toBe('a')
    await lift()
    await until(() => far.text === 'a1')
  })

  it('keeps a connection silent in a second hole that begins while the first still echoes', async () => {
    const { near, far } = await pair()
    const first = proxy.blackHole(['out'])
    await sleep(50)
    await first()
    const second = proxy.blackHole(['out'])
    near.socket.write('1')
    await sleep(120)
    expect(far.text).toBe('a')
    await second()
    await until(() => far.text === 'a1')
  })

  it('slows its writers down instead of storing what it may not pass', async () => {
    const { near, far } = await pair()
    const lift = proxy.blackHole(['out', 'back'])
    const block = Buffer.alloc(1e6, 'x')
    for (let count = 0; count < 40; count++) near.socket.write(block)
    await sleep(100)
    const stuck = near.socket.writableLength
    expect(stuck).toBeGreaterThan(10e6)
    await lift()
    await until(() => far.text.length === 40e6 + 1)
  })

  it('refuses connections and ends those that exist, until the lift', async () => {
    const { near, far } = await pair()
    const lift = proxy.refuse()
    await until(() => near.events.includes('close') && far.events.includes('close'))
    const refused = dial()
    await until(() => refused.events.includes('close'))
    expect(refused.events).toContain('ECONNREFUSED')
    await lift()
    await pair()
  })

  it('drips, in order, and flows again after the lift', async () => {
    const { near, far } = await pair()
    const lift = proxy.drip(1_000)
    const text = Array.from({ length: 2_000 }, (_, index) => `${index} `).join('')
    near.socket.write(text)
    await sleep(350)
    expect(far.text.length).toBeGreaterThan(100)
    expect(far.text.length).toBeLessThan(800)
    await lift()
    await until(() => far.text === `a${text}`)
  })

  it('can be closed in the middle of every fault', async () => {
    await pair()
    proxy.blackHole(['out'])
    proxy.drip(10)
    const lift = proxy.refuse()
    proxy.close()
    await lift()
    const refused = dial()
    await until(() => refused.events.includes('close'))
    expect(refused.events).toContain('ECONNREFUSED')
  })
})
