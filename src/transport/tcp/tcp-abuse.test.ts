// What strangers do to an open port, with real sockets, and that nobody else notices. Time is a clock moved by hand.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { Arrivals, Owner } from '../../../test/conformance/transport.ts'
import { bogusChain } from '../../../test/hostile/certificate-chain.ts'
import { ManualClock } from '../../../test/hostile/manual-clock.ts'
import { recordClientHello } from '../../../test/hostile/tls-strangers.ts'
import { createCertificate } from '../../identity/certificate.ts'
import { dialerExporterBytes, dialerProofLabel, proveDialer } from '../../identity/dialer-proof.ts'
import { generateIdentity } from '../../identity/identity.ts'
import { parsePeerId } from '../../identity/peer-id.ts'
import type { Channel, Listener } from '../transport.ts'
import { CappedSocket } from './capped-socket.ts'
import { CLIENT_HELLO_BYTES_MAX } from './client-hello.ts'
import { tcpTransport } from './tcp.ts'
import { parseTcpAddress } from './tcp-address.ts'
import type { TcpLimits } from './tcp-listen.ts'

const never = new AbortController().signal
const alice = generateIdentity()
const bob = generateIdentity()
const limits = {
  handshakesMax: 4,
  handshakesPerPrefixMax: [2, 4, 4],
  knownHandshakesMax: 1,
  waitingMax: 8,
} satisfies Partial<TcpLimits>
/** Resolves when `condition` holds after some turn of the event loop. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve))
}

const onLinux = process.platform === 'linux'

describe('a TCP listener among strangers', () => {
  let clock: ManualClock
  let listener: Listener
  let arrivals: Arrivals
  let hello: Buffer
  const sockets: Socket[] = []
  const channels: Channel[] = []

  beforeAll(async () => {
    hello = await recordClientHello()
  })

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

  /** One that begins a handshake like OpenSSL, and never ends it. */
  async function stalled(localAddress = '127.0.0.1'): Promise<Socket> {
    const socket = await stranger(localAddress)
    socket.write(hello)
    return socket
  }

  /** One that shows this certificate, or none, and offers these protocols. */
  async function secured(
    certificate: { readonly key?: string; readonly cert?: string },
    protocol: string,
    localAddress = '127.0.0.1',
  ): Promise<TLSSocket> {
    const socket = await stranger(localAddress)
    const secure = connectTls({ socket, ...certificate, ALPNProtocols: [protocol], rejectUnauthorized: false })
    sockets.push(secure)
    secure.on('error', () => undefined).resume()
    return secure
  }

  function proofOf(secure: TLSSocket, identity = alice): Uint8Array {
    const exporter = secure.exportKeyingMaterial(dialerExporterBytes, dialerProofLabel, Buffer.alloc(0))
    return proveDialer(identity, bob.id, exporter)
  }

  async function closed(socket: Socket): Promise<void> {
    if (!socket.closed) await new Promise((resolve) => socket.once('close', resolve))
  }

  /** An honest peer gets in and talks. */
  async function honestPeer(): Promise<void> {
    const count = arrivals.all.length
    const channel = await tcpTransport({ identity: alice }).dial(listener.address, { expect: bob.id, signal: never })
    channels.push(channel)
    const { channel: inbound, accepted } = await arrivals.nth(count)
    accepted(true)
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

  it('closes on whoever says nothing, or drips, when the time for a first message is over', async () => {
    const silent = await stranger()
    const dripping = await stranger()
    await clock.running(2)
    // The beginning of a TLS record that announces 512 bytes.
    for (const byte of [0x16, 0x03, 0x01, 0x02]) {
      dripping.write(Uint8Array.of(byte))
      clock.advance(1_200)
      await new Promise((resolve) => setImmediate(resolve))
    }
    expect([silent.closed, dripping.closed]).toEqual([false, false])
    clock.advance(200)
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
    const first = [await stalled(), await stalled()]
    await until(() => first.every((socket) => socket.bytesRead > 0))
    const dials = Array.from({ length: 5 }, () => {
      return tcpTransport({ identity: alice }).dial(listener.address, { expect: bob.id, signal: never })
    })
    for (const socket of first) socket.destroy()
    for (let index = 0; index < dials.length; index++) {
      const { channel, accepted } = await arrivals.nth(index)
      channels.push(channel)
      accepted(true)
    }
    channels.push(...(await Promise.all(dials)))
    await clock.running(0)
  })

  it('closes on those who have waited in vain', async () => {
    const crowd = [await stalled(), await stalled(), await stalled(), await stalled()]
    await until(() => crowd.filter((socket) => socket.bytesRead > 0).length === 2)
    clock.advance(10_000)
    await Promise.all(crowd.map(closed))
    await honestPeer()
  })

  it.runIf(onLinux)('lets no flood from one address delay another', async () => {
    const flood: Socket[] = []
    for (let index = 0; index < 40; index++) flood.push(await stranger('127.0.0.1'))
    // Eight wait; the oldest have been dropped.
    await Promise.all(flood.slice(0, 32).map(closed))
    expect(flood.slice(32).filter((socket) => socket.closed)).toHaveLength(0)
    const dialed = tcpTransport({ identity: alice }).dial(listener.address, {
      expect: bob.id,
      localAddress: '127.0.0.2',
      signal: never,
    })
    channels.push(await dialed)
    const { channel } = await arrivals.nth(0)
    expect(channel.remoteId).toBe(alice.id)
  })

  it('closes on those who offer a costly key exchange, before TLS begins', async () => {
    const socket = await stranger()
    socket.write(await recordClientHello({ groups: 'P-521' }))
    await closed(socket)
    expect(socket.bytesRead).toBe(0)
    await honestPeer()
  })

  it('closes on those who send more before they are answered', async () => {
    const [places, socket] = [[await stalled(), await stalled()], await stalled()]
    await until(() => places.every(({ bytesRead }) => bytesRead > 0))
    socket.write(Buffer.alloc(1))
    await closed(socket)
    expect(socket.bytesRead).toBe(0)
  })

  it('asks for no certificate, and takes the proof of an identity inside of TLS', async () => {
    const secure = await secured({}, 'holdfast/1.3')
    await once(secure, 'secureConnect')
    secure.write(proofOf(secure))
    const { channel } = await arrivals.nth(0)
    expect([channel.remoteId, channel.remoteAddress]).toEqual([alice.id, `tcp://127.0.0.1:${secure.localPort}`])
  })

  it('closes on a proof that was made for another channel, or is no proof', async () => {
    const elsewhere = await secured({}, 'holdfast/1.3')
    await once(elsewhere, 'secureConnect')
    const forged = proofOf(elsewhere)
    forged[0] = (forged[0] ?? 0) ^ 1
    for (const proof of [proofOf(elsewhere), forged, Buffer.alloc(96)]) {
      const secure = await secured({}, 'holdfast/1.3', '127.0.0.2')
      await once(secure, 'secureConnect')
      secure.write(proof)
      await closed(secure)
    }
    expect(arrivals.all).toHaveLength(0)
  })

  it('gives OpenSSL no more than 1 KiB of the certificates that somebody shows, and closes', async () => {
    const received: number[] = []
    const lift = vi.spyOn(CappedSocket.prototype, 'lift')
    const push = vi.spyOn(CappedSocket.prototype, 'push')
    const secure = await secured(bogusChain(77), 'holdfast/1')
    await closed(secure)
    for (const [bytes] of push.mock.calls as [Buffer | null][]) received.push(bytes?.length ?? 0)
    vi.restoreAllMocks()
    expect(lift).not.toHaveBeenCalled()
    // Its first message, and what may follow.
    expect(received.reduce((sum, length) => sum + length, 0)).toBeLessThanOrEqual(CLIENT_HELLO_BYTES_MAX + 1_024)
    expect(arrivals.all).toHaveLength(0)
  })

  it('still serves dialers of earlier minor versions, which show a certificate', async () => {
    const secure = await secured(await createCertificate(alice), 'holdfast/1')
    await once(secure, 'secureConnect')
    const { channel } = await arrivals.nth(0)
    expect([channel.remoteId, channel.remoteAddress]).toEqual([alice.id, `tcp://127.0.0.1:${secure.localPort}`])
    const [atBob, bytes] = [new Owner(), 300_000]
    channel.open(atBob)
    secure.write(Buffer.alloc(bytes, 7))
    await atBob.until(() => atBob.bytes === bytes)
    channel.write([Buffer.alloc(bytes, 8)])
    let came = 0
    secure.on('data', (data: Buffer) => (came += data.length))
    await until(() => came === bytes)
    channel.end()
    await closed(secure)
  })

  it('starts so many handshakes for a source, and the next as time passes', async () => {
    await listener.close()
    const rate = { atOnce: 2, perSecond: 1 }
    const plenty = { atOnce: 100, perSecond: 100 }
    const transport = tcpTransport({
      identity: bob,
      clock,
      limits: { ...limits, handshakeRatePerPrefix: [rate, plenty, plenty] },
    })
    listener = await transport.listen('tcp://127.0.0.1:0', arrivals.arrived)
    for (let index = 0; index < 2; index++) {
      const socket = await stalled()
      await until(() => socket.bytesRead > 0)
      socket.destroy()
    }
    const late = await stalled()
    // One timer for its place in the queue, and one for the rate.
    await clock.running(2)
    expect(late.bytesRead).toBe(0)
    clock.advance(1_000)
    await until(() => late.bytesRead > 0)
  })

  it('keeps the place of one who was refused until the connection has closed', async () => {
    const transport = tcpTransport({ identity: alice })
    const dial = (): Promise<Channel> => transport.dial(listener.address, { expect: bob.id, signal: never })
    const refused = [await dial(), await dial()]
    channels.push(...refused)
    for (let index = 0; index < 2; index++) {
      const { channel } = await arrivals.nth(index)
      channel.open(new Owner())
      // The other side does not read that it is over, so the connection lingers.
      channel.end()
    }
    const next = await stalled()
    await clock.running(5)
    expect(next.bytesRead).toBe(0)
    clock.advance(2_000)
    await until(() => next.bytesRead > 0)
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
      import { generateIdentity } from ${JSON.stringify(new URL('../../identity/identity.ts', import.meta.url).href)}
      import { tcpTransport } from ${JSON.stringify(new URL('./tcp.ts', import.meta.url).href)}
      const identity = generateIdentity()
      const listener = await tcpTransport({ identity }).listen('tcp://127.0.0.1:0', ({ channel, accepted }) => {
        accepted(true)
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
