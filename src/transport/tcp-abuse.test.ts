// What strangers do to an open port, with real sockets, and that nobody else notices. Time is a clock moved by hand.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Arrivals, Owner } from '../../test/conformance/transport.ts'
import type { Clock, Timer } from '../clock.ts'
import { createCertificate } from '../identity/certificate.ts'
import { generateIdentity } from '../identity/identity.ts'
import { parsePeerId } from '../identity/peer-id.ts'
import { tcpTransport } from './tcp.ts'
import { parseTcpAddress } from './tcp-address.ts'
import type { TcpLimits } from './tcp-listen.ts'
import type { Channel, Listener } from './transport.ts'

/** A clock that stands still until a test moves it. */
class ManualClock implements Clock {
  #nowMs = 0
  readonly #timers = new Set<{ readonly at: number; readonly callback: () => void }>()
  readonly #changed: (() => void)[] = []

  now(): number {
    return this.#nowMs
  }

  wallNow(): number {
    return Date.now()
  }

  after(delayMs: number, callback: () => void): Timer {
    const timer = { at: this.#nowMs + delayMs, callback }
    this.#timers.add(timer)
    this.#wake()
    return {
      cancel: () => {
        this.#timers.delete(timer)
        this.#wake()
      },
    }
  }

  advance(byMs: number): void {
    this.#nowMs += byMs
    for (const timer of [...this.#timers].toSorted((a, b) => a.at - b.at)) {
      if (timer.at <= this.#nowMs && this.#timers.delete(timer)) timer.callback()
    }
    this.#wake()
  }

  /** Resolves once this many timers run. The listener has one for each stranger, so that is how many it has seen. */
  async running(count: number): Promise<void> {
    while (this.#timers.size !== count) await new Promise<void>((resolve) => this.#changed.push(resolve))
  }

  #wake(): void {
    for (const resolve of this.#changed.splice(0)) resolve()
  }
}

const never = new AbortController().signal
const alice = generateIdentity()
const bob = generateIdentity()
const limits = {
  handshakesMax: 4,
  handshakesPerAddressMax: 2,
  waitingMax: 8,
  waitingPerAddressMax: 8,
} satisfies Partial<TcpLimits>
const onLinux = process.platform === 'linux'

describe('a TCP listener among strangers', () => {
  let clock: ManualClock
  let listener: Listener
  let arrivals: Arrivals
  const sockets: Socket[] = []
  const channels: Channel[] = []

  beforeEach(async () => {
    clock = new ManualClock()
    arrivals = new Arrivals()
    listener = await tcpTransport({ identity: bob, limits, clock }).listen('tcp://127.0.0.1:0', arrivals.arrived)
  })

  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy()
    for (const channel of channels.splice(0)) channel.destroy()
    await listener.close()
  })

  /** A connection from this address of the loopback network (on Linux all of 127.0.0.0/8 is there). */
  async function stranger(localAddress = '127.0.0.1'): Promise<Socket> {
    const socket = connect({ ...parseTcpAddress(listener.address), localAddress })
    sockets.push(socket)
    socket.on('error', () => undefined)
    socket.resume()
    await once(socket, 'connect')
    return socket
  }

  async function closed(socket: Socket): Promise<void> {
    if (!socket.closed) await new Promise((resolve) => socket.once('close', resolve))
  }

  /** An honest peer gets in and talks. */
  async function honestPeer(): Promise<void> {
    const count = arrivals.all.length
    const channel = await tcpTransport({ identity: alice }).dial(listener.address, { expect: bob.id, signal: never })
    channels.push(channel)
    const { channel: inbound, settled } = await arrivals.nth(count)
    settled()
    const owner = new Owner()
    channel.open(owner)
    inbound.open(new Owner())
    inbound.write([Buffer.from('welcome')])
    await owner.until(() => owner.text() === 'welcome')
  }

  it('closes at once on whoever speaks something else', async () => {
    const noise = Buffer.from(Array.from({ length: 3000 }, (_, index) => (index * 97 + 13) % 251))
    for (const greeting of ['GET / HTTP/1.1\r\nHost: x\r\n\r\n', 'SSH-2.0-OpenSSH_9.9\r\n', '\0\0\0\0\0\0', noise]) {
      const socket = await stranger()
      socket.write(greeting)
      await closed(socket)
    }
    await honestPeer()
    expect(arrivals.all).toHaveLength(1)
    await clock.running(0)
  })

  it('closes on whoever says nothing, or drips, when the time for handshakes is over', async () => {
    const silent = await stranger()
    const dripping = await stranger()
    await clock.running(2)
    // The beginning of a TLS record that announces 512 bytes.
    for (const byte of [0x16, 0x03, 0x01, 0x02]) {
      dripping.write(Uint8Array.of(byte))
      clock.advance(2_400)
      await new Promise((resolve) => setImmediate(resolve))
    }
    expect([silent.closed, dripping.closed]).toEqual([false, false])
    clock.advance(400)
    await Promise.all([closed(silent), closed(dripping)])
    await honestPeer()
  })

  it('closes on a peer who authenticates and then does not go on', async () => {
    const channel = await tcpTransport({ identity: alice }).dial(listener.address, { expect: bob.id, signal: never })
    channels.push(channel)
    const { channel: inbound } = await arrivals.nth(0)
    const [atAlice, atBob] = [new Owner(), new Owner()]
    channel.open(atAlice)
    inbound.open(atBob)
    clock.advance(10_000)
    await atBob.until(() => atBob.closes.length === 1)
    await atAlice.until(() => atAlice.closes.length === 1)
    expect(atBob.closes[0]).toMatchObject({ code: 'handshake-timeout' })
  })

  it('lets the rest wait, and admits them as places become free', async () => {
    const first = [await stranger(), await stranger()]
    await clock.running(2)
    const dials = Array.from({ length: 5 }, () => {
      return tcpTransport({ identity: alice }).dial(listener.address, { expect: bob.id, signal: never })
    })
    for (const socket of first) socket.destroy()
    for (let index = 0; index < dials.length; index++) {
      const { channel, settled } = await arrivals.nth(index)
      channels.push(channel)
      settled()
    }
    channels.push(...(await Promise.all(dials)))
    await clock.running(0)
  })

  it('closes on those who have waited in vain', async () => {
    const crowd = [await stranger(), await stranger(), await stranger(), await stranger()]
    await clock.running(4)
    clock.advance(10_000)
    await Promise.all(crowd.map(closed))
    await honestPeer()
  })

  it.runIf(onLinux)('lets no flood from one address delay another', async () => {
    const flood: Socket[] = []
    for (let index = 0; index < 40; index++) flood.push(await stranger('127.0.0.1'))
    // Two are in a handshake and eight wait; the rest have been dropped.
    await Promise.all(flood.slice(10).map(closed))
    expect(flood.slice(0, 10).filter((socket) => socket.closed)).toHaveLength(0)
    const { host, port } = parseTcpAddress(listener.address)
    const certificate = await createCertificate(alice)
    const honest = connectTls({
      socket: connect({ host, port, localAddress: '127.0.0.2' }),
      ...certificate,
      ALPNProtocols: ['holdfast/1'],
      rejectUnauthorized: false,
    })
    sockets.push(honest)
    await once(honest, 'secureConnect')
    const { channel } = await arrivals.nth(0)
    expect(channel.remoteId).toBe(alice.id)
  })

  it('sends strangers away when it closes', async () => {
    const crowd = [await stranger(), await stranger(), await stranger(), await stranger()]
    await clock.running(4)
    await listener.close()
    await Promise.all(crowd.map(closed))
    await clock.running(0)
  })

  it.runIf(onLinux)('lives on when the process has no file descriptors left', async () => {
    const script = `
      import { generateIdentity } from ${JSON.stringify(new URL('../identity/identity.ts', import.meta.url).href)}
      import { tcpTransport } from ${JSON.stringify(new URL('./tcp.ts', import.meta.url).href)}
      const identity = generateIdentity()
      const listener = await tcpTransport({ identity }).listen('tcp://127.0.0.1:0', ({ channel, settled }) => {
        settled()
        channel.open({ received: (bytes) => channel.write([bytes]), drained() {}, closed() {} })
      })
      console.log(listener.address + ' ' + identity.id)`
    const shell = `ulimit -n 40; exec "$0" --input-type=module-typescript --eval "$1"`
    const child = spawn('sh', ['-c', shell, process.execPath, script], { stdio: ['ignore', 'pipe', 'inherit'] })
    try {
      const [line] = (await once(child.stdout, 'data')) as [Buffer]
      const [address = '', id = ''] = line.toString().trim().split(' ')
      const crowd = Array.from({ length: 60 }, () => connect(parseTcpAddress(address)))
      for (const socket of crowd) socket.on('error', () => undefined).resume()
      sockets.push(...crowd)
      await Promise.race(crowd.map(closed))
      for (const socket of crowd) socket.destroy()
      await Promise.all(crowd.map(closed))
      // Until it has seen the crowd go, it has nothing to accept with.
      const transport = tcpTransport({ identity: alice })
      let channel: Channel | undefined
      while (channel === undefined) {
        channel = await transport.dial(address, { expect: parsePeerId(id), signal: never }).catch((error: unknown) => {
          expect(error).toMatchObject({ code: 'connect-failed', reason: 'closed' })
          return undefined
        })
      }
      const owner = new Owner()
      channel.open(owner)
      channel.write([Buffer.from('alive')])
      await owner.until(() => owner.text() === 'alive')
      channel.destroy()
      expect(child.exitCode).toBe(null)
    } finally {
      child.kill()
    }
  })
})

describe('closing a channel', () => {
  it('waits only so long for the other side to take what is queued', async () => {
    const clock = new ManualClock()
    const arrivals = new Arrivals()
    const listener = await tcpTransport({ identity: bob }).listen('tcp://127.0.0.1:0', arrivals.arrived)
    const channel = await tcpTransport({ identity: alice, clock }).dial(listener.address, {
      expect: bob.id,
      signal: never,
    })
    const { channel: neverRead } = await arrivals.nth(0)
    const owner = new Owner()
    channel.open(owner)
    channel.write([new Uint8Array(32 * 1024 * 1024)])
    channel.end()
    clock.advance(1_999)
    await new Promise((resolve) => setImmediate(resolve))
    expect(owner.closes).toHaveLength(0)
    clock.advance(1)
    await owner.until(() => owner.closes.length === 1)
    neverRead.destroy()
    await listener.close()
  })
})
