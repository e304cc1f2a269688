import { afterEach, describe, expect, it } from 'vitest'
import type { Connections } from '../../src/daemon/contract/connections.ts'
import type { LogPage } from '../../src/daemon/contract/event.ts'
import type { LinkList } from '../../src/daemon/contract/link.ts'
import type { Daemon } from '../../src/daemon/daemon.ts'
import { DaemonBench, get, happening, onlyPeer } from './daemons.ts'

const bench = new DaemonBench()
afterEach(() => bench.dispose())

async function onlyConnection(daemon: Daemon): Promise<Connections['connectionStatus'][string]> {
  const { connectionStatus } = await get<Connections>(daemon, '/api/v1/connections')
  const [status, ...others] = Object.values(connectionStatus)
  if (status === undefined || others.length > 0) throw new Error(`There are ${others.length} more peers than one`)
  return status
}

describe('A1: the connections of a daemon', () => {
  it('say when a peer was last seen, when it was last checked, and so how old the figures are', async () => {
    const { alice, bob } = await bench.pair()
    const peer = alice.node.peer(bob.node.id)
    // The first probe is on its way.
    while (peer.health.lastCheckMs === undefined) await new Promise((go) => setImmediate(go))
    const [before, status, after] = [peer.links[0]!, await onlyConnection(alice), peer.links[0]!]
    const moment: unknown = expect.any(Number)
    expect(status).toMatchObject({ connected: true, type: 'tcp-client', path: 'direct', latencyMs: moment })
    expect(status.lastCheckMs).toBeGreaterThanOrEqual(before.lastCheckMs!)
    expect(status.lastCheckMs).toBeLessThanOrEqual(after.lastCheckMs!)
    expect(status.lastCheck).toBe(new Date(status.lastCheckMs!).toISOString())
    expect(status.lastSeenMs).toBeGreaterThanOrEqual(before.lastSeenMs)
    expect(status.lastSeenMs).toBeLessThanOrEqual(after.lastSeenMs)
    expect(status.lastSeen).toBe(new Date(status.lastSeenMs!).toISOString())
    expect(status.checkAgeMs).toBeGreaterThanOrEqual(0)
    expect(status.checkAgeMs).toBeLessThan(60_000)
    const { links } = await get<LinkList>(alice, '/api/v1/links')
    expect(links).toMatchObject([{ lastCheckMs: moment, lastSeenMs: moment }])
    expect(await onlyPeer(alice)).toMatchObject({ path: 'direct', lastSeenMs: moment, health: { lastCheckMs: moment } })
  })

  it('go on saying it when the link is gone, as of its last byte', async () => {
    const { alice, bob } = await bench.pair()
    const gone = happening(alice, 'peer:path')
    await bob.close({ flushTimeoutMs: 0 })
    await gone
    const { lastSeenMs } = alice.node.peer(bob.node.id)
    expect(await onlyConnection(alice)).toMatchObject({ connected: false, path: 'none', lastSeenMs })
    const { events } = await get<LogPage>(alice, '/api/v1/log')
    const paths = events.filter(({ type }) => type === 'peer:path')
    expect(paths).toMatchObject([
      { text: 'bob is reached directly now', data: { path: 'direct', before: 'none' } },
      { text: 'bob is not reached over any link now', data: { path: 'none', before: 'direct' } },
    ])
    const lost = events.find(({ type }) => type === 'link:lost')
    expect(lost?.data['link']).toMatchObject({ lastSeenMs })
  })
})
