// Each finding with its cause: real nodes on real sockets, and something real that is in the way.
import { once } from 'node:events'
import { chmod } from 'node:fs/promises'
import { connect, createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { type Pair, type Proxy, Workbench } from '../../../test/library/nodes.ts'
import type { Node, OpenOptions, Peer } from '../../index.ts'
import { servePing } from '../../services/ping.ts'
import type { DoctorCheck } from '../contract/doctor.ts'
import { checkFolder, judgeRoom } from './check-folder.ts'
import { checkInterfaces } from './check-node.ts'
import { checkKeepAlive } from './check-session.ts'
import { examine } from './doctor.ts'

const bench = new Workbench()
const servers: Server[] = []
afterEach(async () => {
  for (const server of servers.splice(0)) server.close()
  await bench.dispose()
})

/** What the doctor says of the node, or of one peer, by check. */
async function findings(node: Node, peer?: Peer): Promise<(check: string) => DoctorCheck[]> {
  const { signal } = new AbortController()
  const options = { dir: await bench.folder(), keepAlive: { mode: 'adaptive' }, dialTimeoutMs: 500 } as const
  const report = await examine({ node, peer, signal, ...options })
  const checks = peer === undefined ? report.node : (report.peers[0]?.checks ?? [])
  return (check) => checks.filter((one) => one.check === check)
}

/** `alice` paired with `bob`, whom she dials through a proxy at the only address that she knows. */
async function proxied(alices: Partial<OpenOptions> = {}): Promise<Pair & { readonly proxy: Proxy }> {
  const proxy = await bench.proxy()
  const bob = await bench.node({ name: 'bob', advertise: [proxy.address] })
  proxy.target = bob.listening[0] ?? ''
  const alice = await bench.node({ name: 'alice', listen: [], ...alices })
  const paired = once(bob, 'paired')
  const bobAtAlice = await alice.pair(await bob.ticket())
  const [aliceAtBob] = (await paired) as [Peer]
  return { alice, bob, bobAtAlice, aliceAtBob, proxy }
}

/** Connections to this port lead to the other one as long as what is sent fits small packets. */
async function narrowPath(port: number, target: number): Promise<Server> {
  const server = createServer((inbound) => {
    inbound.on('error', () => undefined)
    inbound.once('data', (bytes) => {
      if (bytes.length > 1_200) return
      const outbound = connect(target, '127.0.0.1', () => outbound.write(bytes))
      outbound.on('error', () => undefined)
      inbound.pipe(outbound).pipe(inbound)
    })
  })
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  return server
}

async function lost(peer: Peer): Promise<void> {
  while (peer.links.length > 0) await once(peer, 'state')
}

/** An address where connections are taken and nothing is ever said. */
async function blackHole(): Promise<string> {
  const server = createServer((socket) => socket.on('error', () => undefined))
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return `tcp://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`
}

describe('a peer', () => {
  test('that is connected', async () => {
    const { alice, bob, bobAtAlice, aliceAtBob } = await bench.pair()
    servePing(bob)
    const [link] = bobAtAlice.links
    const of = await findings(alice, bobAtAlice)
    expect(of('connection')).toMatchObject([{ status: 'ok' }])
    expect(of('address')).toMatchObject([{ status: 'ok', data: { address: bob.listening[0], result: 'answered' } }])
    expect(of('ping')).toMatchObject([{ status: 'ok' }])
    expect(of('clock')).toMatchObject([{ status: 'ok' }])
    expect(of('version')).toMatchObject([{ status: 'ok' }])
    expect(of('other-side')[0]?.text).toMatch(/^bob saw this node at tcp:\/\/127\.0\.0\.1:\d+$/)
    expect(of('keep-alive')).toMatchObject([{ status: 'ok' }])
    // Nothing of this has touched the session.
    expect(bobAtAlice.links).toMatchObject([{ id: link?.id, sinceMs: link?.sinceMs }])
    const there = await findings(bob, aliceAtBob)
    expect(there('connection')).toMatchObject([{ status: 'ok' }])
    expect(there('reach')).toMatchObject([{ status: 'info', text: expect.stringContaining('dialed this node') }])
  })

  test('whose clock is off, or that does not serve pings', async () => {
    const { alice, bob, bobAtAlice } = await bench.pair()
    const silent = await findings(alice, bobAtAlice)
    expect(silent('ping')).toMatchObject([{ status: 'info', text: expect.stringContaining('does not serve pings') }])
    servePing(bob, () => Date.now() - 49 * 3_600_000)
    const of = await findings(alice, bobAtAlice)
    expect(of('clock')).toMatchObject([{ status: 'fail', text: expect.stringContaining('behind this one') }])
  })

  test('whose program has ended', async () => {
    const { alice, bob, bobAtAlice } = await bench.pair()
    await bob.close()
    await lost(bobAtAlice)
    const of = await findings(alice, bobAtAlice)
    expect(of('connection')).toMatchObject([{ status: 'fail' }])
    expect(of('reach')).toMatchObject([{ status: 'fail', cure: expect.stringContaining('holdfast up') }])
    expect(of('address')).toMatchObject([{ status: 'warn', data: { reason: 'refused' } }])
  })

  test('at whose address nobody answers', async () => {
    const { alice, bobAtAlice, proxy } = await proxied()
    const address = proxy.address
    await proxy.close()
    await lost(bobAtAlice)
    // The same port, and somebody there who says nothing.
    const silent = createServer((socket) => socket.on('error', () => undefined))
    servers.push(silent)
    await new Promise<void>((resolve) => silent.listen(Number(new URL(address).port), '127.0.0.1', resolve))
    const of = await findings(alice, bobAtAlice)
    expect(of('address')).toMatchObject([{ status: 'warn', data: { address, reason: 'no-reply', smallReply: false } }])
    expect(of('reach')).toMatchObject([{ status: 'fail', cure: expect.stringContaining('holdfast up') }])
    expect(of('reach')[0]?.cure).not.toMatch(/firewall|MTU/)
  })

  test('on the way to which large packets are lost: handshake bytes are sent, nothing comes back, and small ones pass', async () => {
    const { alice, bob, bobAtAlice, proxy } = await proxied()
    const address = proxy.address
    await proxy.close()
    await lost(bobAtAlice)
    servers.push(await narrowPath(Number(new URL(address).port), Number(new URL(bob.listening[0] ?? '').port)))
    const of = await findings(alice, bobAtAlice)
    expect(of('address')).toMatchObject([
      {
        status: 'warn',
        text: expect.stringContaining('answers a small packet, and nothing comes back to a handshake'),
        data: { address, reason: 'no-reply', smallReply: true },
      },
    ])
    const [reach] = of('reach')
    expect(reach?.cure).toContain('MTU')
    expect(reach?.cure).not.toContain('firewall')
    if (process.platform === 'linux') expect(reach?.cure).toContain('`ip link set dev lo mtu 1280`')
  })

  test('whose addresses lead to this node itself too, as when both listen on all interfaces at one port', async () => {
    const alice = await bench.node({ name: 'alice', listen: ['tcp://0.0.0.0:0'] })
    const port = new URL(alice.listening[0] ?? '').port
    const own = [`tcp://127.0.0.1:${port}`, `tcp://localhost:${port}`]
    const bob = await bench.node({ name: 'bob', listen: ['tcp://127.0.0.1:0'], advertise: own })
    const paired = once(alice, 'paired')
    await bob.pair(await alice.ticket())
    await paired
    const bobAtAlice = alice.peer(bob.id)
    await bobAtAlice.connected()
    await bob.close()
    await lost(bobAtAlice)
    const of = await findings(alice, bobAtAlice)
    expect(of('address')).toMatchObject(
      own.map((address) => ({ status: 'info', data: { address, result: 'this-node' } })),
    )
    expect(of('reach')).toMatchObject([{ status: 'fail', cure: expect.stringContaining('another port') }])
    for (const { text, cure } of [...of('address'), ...of('reach')])
      expect(`${text} ${cure}`).not.toMatch(/pair again|another node/)
    expect(alice.counts.dialAttempts).toBe(0)
  })

  test('at whose address another answers', async () => {
    const { alice, bobAtAlice, proxy } = await proxied()
    const other = await bench.node()
    proxy.target = other.listening[0] ?? ''
    proxy.resetAll()
    await lost(bobAtAlice)
    const of = await findings(alice, bobAtAlice)
    expect(of('address')).toMatchObject([{ status: 'warn', data: { result: 'somebody-else', id: other.id } }])
    expect(of('reach')).toMatchObject([{ status: 'fail', cure: expect.stringContaining('pair again') }])
  })

  test('that has paused, blocked or forgotten this node', async () => {
    const { alice, bobAtAlice, aliceAtBob } = await bench.pair()
    aliceAtBob.pause()
    await lost(bobAtAlice)
    const paused = await findings(alice, bobAtAlice)
    expect(paused('connection')).toMatchObject([{ status: 'fail', data: { refusal: 'paused' } }])
    expect(paused('connection')[0]?.cure).toContain('holdfast resume')

    aliceAtBob.unpair()
    const forgotten = await findings(alice, bobAtAlice)
    expect(forgotten('connection')).toMatchObject([{ status: 'fail', cure: expect.stringContaining('pair again') }])
    expect(forgotten('address')).toMatchObject([{ status: 'ok' }])
  })

  test('that was paused or blocked here', async () => {
    const { alice, bobAtAlice } = await bench.pair()
    bobAtAlice.pause()
    const paused = await findings(alice, bobAtAlice)
    expect(paused('connection')).toMatchObject([{ status: 'fail', cure: '`holdfast resume bob`' }])
    bobAtAlice.block()
    const blocked = await findings(alice, bobAtAlice)
    expect(blocked('connection')).toMatchObject([{ status: 'fail', cure: '`holdfast unblock bob`' }])
  })

  test('that was away, and is reached by the attempt that the doctor makes', async () => {
    const { alice, bobAtAlice, proxy } = await proxied({ reconnect: { firstWaitMs: 60_000, stableMs: 0 } })
    proxy.refusing = true
    proxy.resetAll()
    await once(bobAtAlice, 'dial:failed')
    proxy.refusing = false
    const of = await findings(alice, bobAtAlice)
    expect(of('connection')).toMatchObject([{ status: 'ok' }])
  })

  test('of which no address is known', async () => {
    const { alice, bob, aliceAtBob } = await bench.pair()
    await alice.close()
    await lost(aliceAtBob)
    const of = await findings(bob, aliceAtBob)
    expect(of('reach')).toMatchObject([{ status: 'fail', text: expect.stringContaining('no address') }])
  })

  test('that may use little, and is held on demand', async () => {
    const { alice, bobAtAlice } = await bench.pair()
    bobAtAlice.configure({
      protocols: ['chat/1'],
      connectPolicy: 'on-demand',
      keepAlive: { mode: 'fixed', intervalMs: 600_000 },
    })
    const of = await findings(alice, bobAtAlice)
    expect(of('protocols')).toMatchObject([{ status: 'info', data: { protocols: ['chat/1'] } }])
    expect(of('connect-policy')).toHaveLength(1)
    expect(of('keep-alive')).toMatchObject([{ status: 'warn', text: expect.stringContaining('every 10 min') }])
  })
})

describe('this node', () => {
  test('where all is well', async () => {
    const of = await findings(await bench.node())
    expect(of('listening')).toMatchObject([{ status: 'ok' }])
    expect(of('own-address')).toMatchObject([{ status: 'ok' }])
    expect(of('clock')).toMatchObject([{ status: 'ok' }])
    expect(of('peers')).toMatchObject([{ status: 'info' }])
  })

  test('that does not listen, or tells its peers addresses where it is not', async () => {
    const deaf = await findings(await bench.node({ listen: [] }))
    expect(deaf('listening')).toMatchObject([{ status: 'warn' }])
    const other = await bench.node()
    const advertise = [other.listening[0] ?? '', await blackHole()]
    const of = await findings(await bench.node({ advertise }))
    expect(of('own-address')).toMatchObject([
      { status: 'fail', data: { id: other.id } },
      { status: 'warn', data: { reason: 'no-reply' } },
    ])
  })

  test('without a network', () => {
    const internal = {
      address: '127.0.0.1',
      netmask: '255.0.0.0',
      family: 'IPv4',
      mac: '',
      internal: true,
      cidr: null,
    } as const
    expect(checkInterfaces({ lo: [internal] })).toMatchObject({ status: 'warn' })
    expect(
      checkInterfaces({ lo: [internal], eth0: [{ ...internal, internal: false, address: '192.0.2.1' }] }),
    ).toMatchObject({
      status: 'ok',
      text: 'this machine has 192.0.2.1 (eth0)',
    })
  })
})

describe('the folder', () => {
  test('is judged by who can read the identity, and whether it is there', async () => {
    const dir = await bench.folder()
    const node = await bench.node({ dir })
    expect(await checkFolder(dir)).toMatchObject([{ status: 'ok' }, { check: 'disk' }])
    await chmod(join(dir, 'identity.pem'), 0o644)
    expect(await checkFolder(dir)).toMatchObject([{ status: 'fail', cure: expect.stringContaining('chmod 600') }, {}])
    await node.close()
    expect(await checkFolder(join(dir, 'gone'))).toMatchObject([{ status: 'fail', data: { code: 'ENOENT' } }])
  })

  test.each([
    [1_000_000, 'fail'],
    [100 * 1_048_576, 'warn'],
    [300 * 1_048_576, 'ok'],
  ])('and by its room: %i bytes are %s', (freeBytes, status) => {
    expect(judgeRoom('/data', freeBytes)).toMatchObject({ status })
  })
})

test('keep-alive by the system alone is told as that', () => {
  expect(checkKeepAlive(undefined, { mode: 'tcp' })).toMatchObject({
    status: 'ok',
    text: expect.stringContaining('by the system alone'),
  })
})
