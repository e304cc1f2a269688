import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { connect as connectTls, createServer as createTlsServer, type TLSSocket } from 'node:tls'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { Arrivals, describeTransport, Owner } from '../../../test/conformance/transport.ts'
import { bogusChain } from '../../../test/hostile/certificate-chain.ts'
import { createCertificate } from '../../identity/certificate.ts'
import { generateIdentity } from '../../identity/identity.ts'
import type { Channel, Listener } from '../transport.ts'
import { CappedSocket } from './capped-socket.ts'
import { tcpTransport } from './tcp.ts'
import { parseTcpAddress } from './tcp-address.ts'
import { contextOptions } from './tcp-security.ts'

const never = new AbortController().signal

describeTransport('TCP', () => ({
  peer() {
    const identity = generateIdentity()
    return { id: identity.id, transport: tcpTransport({ identity }) }
  },
  listenAddress: 'tcp://127.0.0.1:0',
  deadAddress: 'tcp://127.0.0.1:1',
}))

describe('TCP with TLS', () => {
  const alice = generateIdentity()
  const bob = generateIdentity()
  const open: (Listener | Server | Socket)[] = []

  afterEach(async () => {
    for (const it of open.splice(0)) {
      if ('destroy' in it) it.destroy()
      else await it.close()
    }
  })

  async function listen(address = 'tcp://127.0.0.1:0'): Promise<{ listener: Listener; arrivals: Arrivals }> {
    const arrivals = new Arrivals()
    const listener = await tcpTransport({ identity: bob }).listen(address, arrivals.arrived)
    open.push(listener)
    return { listener, arrivals }
  }

  /** A server that is no Holdfast node. */
  async function serve(answer: (socket: Socket) => void): Promise<string> {
    const server = createServer((socket) => {
      open.push(socket)
      socket.on('error', () => undefined)
      answer(socket)
    })
    open.push(server)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    return `tcp://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`
  }

  async function connectAs(
    address: string,
    certificate: { key?: string; cert?: string },
    alpn = 'holdfast/1',
  ): Promise<TLSSocket> {
    const { host, port } = parseTcpAddress(address)
    const socket = connectTls({ host, port, ...certificate, ALPNProtocols: [alpn], rejectUnauthorized: false })
    open.push(socket)
    socket.on('error', () => undefined)
    return socket
  }

  it('says where it listens, on IPv4 and IPv6', async () => {
    const { listener: four } = await listen('tcp://127.0.0.1:0')
    expect(parseTcpAddress(four.address).port).toBeGreaterThan(0)
    const { listener: six } = await listen('tcp://[::1]:0')
    expect(six.address).toMatch(/^tcp:\/\/\[::1\]:[1-9]\d*$/)
    const channel = await tcpTransport({ identity: alice }).dial(six.address, { expect: bob.id, signal: never })
    expect(channel.remoteAddress).toBe(six.address)
    channel.destroy()
  })

  it('shows a peer that came over a dual-stack listener by its IPv4 address', async () => {
    const { listener, arrivals } = await listen('tcp://[::]:0')
    const { port } = parseTcpAddress(listener.address)
    const channel = await tcpTransport({ identity: alice }).dial(`tcp://127.0.0.1:${port}`, {
      expect: bob.id,
      signal: never,
    })
    const { channel: inbound } = await arrivals.nth(0)
    expect(inbound.remoteAddress).toBe(channel.localAddress)
    channel.destroy()
  })

  it('tells why it cannot listen', async () => {
    const { listener } = await listen()
    await expect(listen(listener.address)).rejects.toMatchObject({
      code: 'listen-failed',
      cause: { code: 'EADDRINUSE' },
    })
    await expect(listen('tcp://192.0.2.1:0')).rejects.toThrow(/this machine has no such address/)
    await expect(listen('tcp://127.0.0.1')).rejects.toMatchObject({ code: 'invalid-address' })
  })

  it('uses TLS 1.3 with AES-128 and resumes no session', async () => {
    const { listener, arrivals } = await listen()
    const certificate = await createCertificate(alice)
    const first = await connectAs(listener.address, certificate)
    const sessions: Buffer[] = []
    first.on('session', (session: Buffer) => sessions.push(session))
    await once(first, 'secureConnect')
    expect([first.getProtocol(), first.getCipher().standardName]).toEqual(['TLSv1.3', 'TLS_AES_128_GCM_SHA256'])
    const { channel } = await arrivals.nth(0)
    channel.open(new Owner())
    channel.write([Buffer.from('x')])
    await once(first, 'data')
    const { host, port } = parseTcpAddress(listener.address)
    const session = sessions.at(-1)
    const again = connectTls({
      host,
      port,
      ...certificate,
      ...(session && { session }),
      ALPNProtocols: ['holdfast/1'],
      rejectUnauthorized: false,
    })
    open.push(again)
    await once(again, 'secureConnect')
    expect(again.isSessionReused()).toBe(false)
  })

  it.runIf(existsSync('/proc/net/tcp'))(
    'H3: asks the system to check a silent connection, as it is told to',
    async () => {
      const { listener } = await listen()
      const channel = await tcpTransport({ identity: alice }).dial(listener.address, { expect: bob.id, signal: never })
      const { port } = parseTcpAddress(channel.localAddress)
      // Before that it waits for what was sent to be acknowledged.
      await vi.waitUntil(() => keepAliveSeconds(port) > 1)
      expect(keepAliveSeconds(port)).toBeGreaterThan(25)
      expect(keepAliveSeconds(port)).toBeLessThan(31)
      channel.keepAlive?.(600_000, 10_000, 3)
      expect(keepAliveSeconds(port)).toBeGreaterThan(590)
      channel.destroy()
      expect(() => channel.keepAlive?.(600_000, 10_000, 3)).not.toThrow()
    },
  )

  it('lets nobody in without a certificate that proves an identity', async () => {
    const { listener, arrivals } = await listen()
    const good = await createCertificate(alice)
    const other = await createCertificate(bob)
    const strangers = [
      await connectAs(listener.address, {}),
      await connectAs(listener.address, { ...good, cert: good.cert + other.cert }),
      await connectAs(listener.address, good, 'http/1.1'),
      connectTls({ ...parseTcpAddress(listener.address), ...good, rejectUnauthorized: false }),
    ]
    await Promise.all(
      strangers.map(async (socket) => {
        open.push(socket)
        socket.on('error', () => undefined)
        socket.resume()
        if (!socket.closed) await new Promise((resolve) => socket.once('close', resolve))
      }),
    )
    expect(arrivals.all).toHaveLength(0)
  })

  it('does not dial a server whose certificate proves nothing', async () => {
    const made = await createCertificate(bob)
    // TLS itself has nothing to object to: the key is right, but a byte of the identity's proof is not.
    const bytes = Buffer.from(new X509Certificate(made.cert).raw)
    bytes.writeUInt8(bytes.readUInt8(250) ^ 1, 250)
    const cert = `-----BEGIN CERTIFICATE-----\n${bytes.toString('base64')}\n-----END CERTIFICATE-----\n`
    const tls = createTlsServer({ ...contextOptions({ key: made.key, cert }), ALPNProtocols: ['holdfast/1'] })
    tls.on('tlsClientError', () => undefined)
    const address = await serve((socket) => tls.emit('connection', socket))
    const dialed = tcpTransport({ identity: alice }).dial(address, { expect: bob.id, signal: never })
    await expect(dialed).rejects.toMatchObject({ reason: 'not-holdfast', cause: { code: 'certificate-invalid' } })
  })

  it('takes no more than 4 KiB of handshake from whoever answers at a doubtful address', async () => {
    const tls = createTlsServer({ ...contextOptions(bogusChain(77)), ALPNProtocols: ['holdfast/1'] })
    tls.on('tlsClientError', () => undefined)
    const address = await serve((socket) => tls.emit('connection', socket))
    const lift = vi.spyOn(CappedSocket.prototype, 'lift')
    const push = vi.spyOn(CappedSocket.prototype, 'push')
    const dialed = tcpTransport({ identity: alice }).dial(address, { expect: bob.id, isDoubtful: true, signal: never })
    await expect(dialed).rejects.toMatchObject({ code: 'connect-failed' })
    const given = (push.mock.calls as [Buffer | null][]).reduce((sum, [bytes]) => sum + (bytes?.length ?? 0), 0)
    expect(given).toBeGreaterThan(0)
    expect(given).toBeLessThanOrEqual(4_096)
    expect(lift).not.toHaveBeenCalled()
    vi.restoreAllMocks()
  })

  it('serves a channel to a doubtful address like any other', async () => {
    const { listener, arrivals } = await listen()
    const options = { expect: bob.id, isDoubtful: true, signal: never }
    const channel = await tcpTransport({ identity: alice }).dial(listener.address, options)
    const { channel: inbound } = await arrivals.nth(0)
    expect([channel.remoteAddress, inbound.remoteAddress]).toEqual([listener.address, channel.localAddress])
    const [atAlice, atBob] = [new Owner(), new Owner()]
    channel.open(atAlice)
    inbound.open(atBob)
    channel.write([Buffer.alloc(300_000)])
    inbound.write([Buffer.alloc(300_000)])
    await Promise.all([atAlice.until(() => atAlice.bytes === 300_000), atBob.until(() => atBob.bytes === 300_000)])
    channel.end()
    await Promise.all([atAlice.until(() => atAlice.closes.length === 1), atBob.until(() => atBob.closes.length === 1)])
    expect([atAlice.closes, atBob.closes]).toEqual([[undefined], [undefined]])
  })

  it('tells a stranger at the other end from a Holdfast node', async () => {
    const alicesTransport = tcpTransport({ identity: alice })
    const http = await serve((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'))
    const closing = await serve((socket) => socket.destroy())
    const resetting = await serve((socket) => socket.resetAndDestroy())
    const expectations = [
      [http, 'not-holdfast'],
      [closing, 'closed'],
      [resetting, 'closed'],
      ['tcp://127.0.0.1:1', 'refused'],
      ['tcp://name.invalid:1', 'name-not-found'],
    ] as const
    for (const [address, reason] of expectations) {
      const dialed = alicesTransport.dial(address, { expect: bob.id, signal: never })
      await expect(dialed).rejects.toMatchObject({ code: 'connect-failed', reason, address })
    }
  })

  it.runIf(process.platform === 'linux')('dials from the address that it is told to', async () => {
    const { listener, arrivals } = await listen()
    const name = `tcp://localhost:${parseTcpAddress(listener.address).port}`
    for (const [index, address] of [listener.address, name].entries()) {
      const options = { expect: bob.id, localAddress: '127.0.0.2', signal: never }
      const channel = await tcpTransport({ identity: alice }).dial(address, options)
      expect(channel.localAddress).toMatch(/^tcp:\/\/127\.0\.0\.2:/)
      const { channel: inbound } = await arrivals.nth(index)
      expect(inbound.remoteAddress).toBe(channel.localAddress)
      channel.destroy()
    }
  })

  it('tells that it cannot dial from an address that this machine does not have, or not of that kind', async () => {
    const { listener } = await listen()
    for (const localAddress of ['192.0.2.1', '::1', 'eth0', '']) {
      const dialed = tcpTransport({ identity: alice }).dial(listener.address, { localAddress, signal: never })
      await expect(dialed).rejects.toMatchObject({ code: 'connect-failed', reason: 'no-local-address' })
    }
  })

  it('gives up when told to while a name is looked up', async () => {
    const controller = new AbortController()
    const options = { expect: bob.id, signal: controller.signal }
    const dialed = tcpTransport({ identity: alice }).dial('tcp://name.invalid:1', options)
    // Past the making of the certificate, which comes first.
    await createCertificate(alice)
    controller.abort(new Error('enough'))
    await expect(dialed).rejects.toThrow('enough')
  })

  it('leaves nothing behind when a dial is aborted in the TLS handshake', async () => {
    let connected: ((socket: Socket) => void) | undefined
    const silent = new Promise<Socket>((resolve) => {
      connected = resolve
    })
    const address = await serve((socket) => connected?.(socket))
    const controller = new AbortController()
    const dialed = tcpTransport({ identity: alice }).dial(address, { expect: bob.id, signal: controller.signal })
    const socket = await silent
    socket.resume()
    await once(socket, 'data').catch(() => undefined)
    controller.abort(new Error('enough'))
    await expect(dialed).rejects.toThrow('enough')
    await once(socket, 'close')
  })

  describe('through something in between', () => {
    /** A channel from Alice to Bob through a relay, which can change what passes or cut. */
    async function connectThroughRelay(): Promise<{
      atAlice: Owner
      atBob: Owner
      ends: [Channel, Channel]
      relay: Relay
    }> {
      const { listener, arrivals } = await listen()
      const relay: Relay = { change: (bytes) => bytes, reset: () => undefined }
      const address = await serve((toAlice) => {
        const toBob = connect(parseTcpAddress(listener.address))
        open.push(toBob)
        toBob.on('error', () => undefined)
        toBob.on('close', () => toAlice.destroy())
        toAlice.on('close', () => toBob.destroy())
        toAlice.on('data', (bytes: Buffer) => toBob.write(bytes))
        toBob.on('data', (bytes: Buffer) => toAlice.write(relay.change(bytes)))
        relay.reset = () => toAlice.resetAndDestroy()
      })
      const channel = await tcpTransport({ identity: alice }).dial(address, { expect: bob.id, signal: never })
      const { channel: inbound, accepted } = await arrivals.nth(0)
      accepted(true)
      const [atAlice, atBob] = [new Owner(), new Owner()]
      channel.open(atAlice)
      inbound.open(atBob)
      inbound.write([Buffer.from('fine')])
      await atAlice.until(() => atAlice.bytes === 4)
      return { atAlice, atBob, ends: [channel, inbound], relay }
    }

    it('ends a channel on which a bit was changed, and delivers nothing of it', async () => {
      const { atAlice, atBob, ends, relay } = await connectThroughRelay()
      relay.change = (bytes) => {
        bytes.writeUInt8(bytes.readUInt8(bytes.length - 1) ^ 1, bytes.length - 1)
        return bytes
      }
      ends[1].write([Buffer.from('forged')])
      await atAlice.until(() => atAlice.closes.length === 1)
      expect(atAlice.closes[0]).toBeInstanceOf(Error)
      expect(atAlice.text()).toBe('fine')
      await atBob.until(() => atBob.closes.length === 1)
    })

    it('reports a reset of the connection', async () => {
      const { atAlice, ends, relay } = await connectThroughRelay()
      relay.reset()
      await atAlice.until(() => atAlice.closes.length === 1)
      expect(atAlice.closes[0]).toMatchObject({ code: 'ECONNRESET' })
      expect(() => ends[0].exportKeyingMaterial('x', 32)).toThrow(/has closed/)
    })
  })
})

/** In how many seconds Linux will ask the other end of the connection from this port whether it is there. */
function keepAliveSeconds(port: number): number {
  const from = port.toString(16).toUpperCase().padStart(4, '0')
  const lines = readFileSync('/proc/net/tcp', 'utf8').split('\n')
  const [, timer] =
    lines
      .map((line) => line.trim().split(/\s+/))
      .flatMap((line) => (line[1]?.endsWith(`:${from}`) === true ? [line[5]!.split(':')] : []))[0] ?? []
  return Number.parseInt(timer ?? '0', 16) / 100
}

interface Relay {
  change(bytes: Buffer): Buffer
  reset(): void
}
