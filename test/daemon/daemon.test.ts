import { afterEach, describe, expect, it } from 'vitest'
import type { LogPage } from '../../src/daemon/contract/event.ts'
import type { PeerList } from '../../src/daemon/contract/peer.ts'
import type { StatusView } from '../../src/daemon/contract/status.ts'
import { type Daemon, openDaemon } from '../../src/daemon/daemon.ts'
import { Workbench } from '../library/nodes.ts'

const bench = new Workbench()
const daemons: Daemon[] = []
afterEach(async () => {
  for (const daemon of daemons.splice(0)) await daemon.close({ flushTimeoutMs: 0 })
  await bench.dispose()
})

async function daemonNamed(name: string): Promise<Daemon> {
  const daemon = await openDaemon({ node: { dir: await bench.folder(), name, listen: ['tcp://127.0.0.1:0'] } })
  daemons.push(daemon)
  return daemon
}

async function get<View>({ app }: Daemon, path: string): Promise<View> {
  const response = await app.request(path)
  expect(response.status).toBe(200)
  return (await response.json()) as View
}

describe('a daemon', () => {
  it('shows its node, and a peer as it is connected', async () => {
    const [alice, bob] = [await daemonNamed('alice'), await daemonNamed('bob')]
    await alice.node.pair(await bob.node.ticket())
    const status = await get<StatusView>(alice, '/api/v1/status')
    expect(status).toMatchObject({
      id: alice.node.id,
      name: 'alice',
      protocol: '1.1',
      peers: { connected: 1 },
      links: 1,
    })
    const { peers } = await get<PeerList>(alice, '/api/v1/peers')
    expect(peers).toMatchObject([
      {
        id: bob.node.id,
        name: 'bob',
        state: { kind: 'connected', text: 'is connected' },
        links: [{ direction: 'outbound', address: bob.node.listening[0], active: true }],
        remote: { protocol: '1.1', features: ['status'], observedAddress: expect.stringContaining('127.0.0.1') },
      },
    ])
    expect(peers[0]?.bytesSent).toBeGreaterThan(100)
    expect(peers[0]?.bytesReceived).toBe(status.bytesReceived)
    expect(await get(alice, `/api/v1/peers/${bob.node.id}`)).toMatchObject({ id: bob.node.id })
  })

  it('logs what happens to its peers, in words', async () => {
    const [alice, bob] = [await daemonNamed('alice'), await daemonNamed('bob')]
    const peer = await alice.node.pair(await bob.node.ticket())
    peer.pause()
    const { events } = await get<LogPage>(alice, '/api/v1/log')
    const types = events.map(({ type }) => type)
    expect(types).toEqual(expect.arrayContaining(['peer:paired', 'peer:connected', 'peer:disconnected']))
    expect(events.find(({ type }) => type === 'peer:disconnected')).toMatchObject({
      peer: { id: bob.node.id, name: 'bob' },
      text: expect.stringContaining('lost bob after'),
      data: { reason: 'paused', nextAttempt: null },
    })
  })
})
