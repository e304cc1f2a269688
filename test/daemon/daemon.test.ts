import { afterEach, describe, expect, it } from 'vitest'
import { MINOR_VERSION } from '../../src/core/frame/constants.ts'
import type { LogPage } from '../../src/daemon/contract/event.ts'
import type { StatusView } from '../../src/daemon/contract/status.ts'
import { DaemonBench, get, happening, onlyPeer } from './daemons.ts'

const bench = new DaemonBench()
afterEach(() => bench.dispose())

describe('a daemon', () => {
  it('shows its node, and a peer as it is connected', async () => {
    const { alice, bob } = await bench.pair()
    const status = await get<StatusView>(alice, '/api/v1/status')
    expect(status).toMatchObject({
      id: alice.node.id,
      name: 'alice',
      protocol: `1.${MINOR_VERSION}`,
      peers: { connected: 1 },
      links: 1,
    })
    const peer = await onlyPeer(alice)
    expect(peer).toMatchObject({
      id: bob.node.id,
      name: 'bob',
      state: { kind: 'connected', text: 'is connected' },
      links: [{ direction: 'outbound', address: bob.node.listening[0], active: true }],
      remote: {
        protocol: `1.${MINOR_VERSION}`,
        features: ['status'],
        observedAddress: expect.stringContaining('127.0.0.1'),
      },
    })
    expect(peer.bytesSent).toBeGreaterThan(100)
    expect(peer.bytesReceived).toBe(status.bytesReceived)
    expect(await get(alice, `/api/v1/peers/${bob.node.id}`)).toMatchObject({ id: bob.node.id })
  })

  it('logs what happens to its peers, in words', async () => {
    const { alice, bob } = await bench.pair()
    const lost = happening(alice, 'peer:disconnected')
    alice.node.peer(bob.node.id).pause()
    await lost
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
