import { afterEach, expect, it } from 'vitest'
import type { PeerList } from '../../src/daemon/contract/peer.ts'
import { daemonOn } from '../../src/daemon/daemon.ts'
import { PEERS_SHOWN_MAX } from '../../src/daemon/metrics/snapshot.ts'
import { peerIdFromPublicKey } from '../../src/identity/peer-id.ts'
import { memoryStore } from '../../src/store/memory.ts'
import type { PeerRecord } from '../../src/store/store.ts'
import { VirtualWorld } from '../library/virtual.ts'
import { DaemonBench, get } from './daemons.ts'

const PEERS = 10_000

const bench = new DaemonBench()
afterEach(() => bench.dispose())

function record(number: number): PeerRecord {
  const publicKey = new Uint8Array(32)
  new DataView(publicKey.buffer).setUint32(0, number)
  return {
    id: peerIdFromPublicKey(publicKey),
    name: `peer ${number}`,
    pairedAtMs: number,
    addresses: [],
    instanceStart: 0,
    lastSeenMs: undefined,
    keys: undefined,
    relation: 'paired',
    paused: false,
    blocked: false,
    connectPolicy: 'always',
    idleTimeoutMs: undefined,
    keepAlive: undefined,
    protocols: 'all',
    named: true,
  }
}

it('a daemon with 10,000 peers answers for all of them, and keeps its metrics bounded', async () => {
  const world = new VirtualWorld()
  const store = memoryStore()
  for (let number = 0; number < PEERS; number++) store.savePeer(record(number))
  const node = await world.node('alice', { store })
  const daemon = daemonOn(node, { node: { dir: await bench.folder() }, clock: world.clock })
  try {
    expect((await get<PeerList>(daemon, '/api/v1/peers')).peers).toHaveLength(PEERS)
    const metrics = await (await daemon.app.request('/metrics')).text()
    expect(metrics).toContain(`holdfast_peers{state="paired"} ${PEERS}\n`)
    expect(metrics).toContain(`holdfast_peers_omitted ${PEERS - PEERS_SHOWN_MAX}\n`)
    expect(metrics.match(/^holdfast_peer_connected\{/gm)).toHaveLength(PEERS_SHOWN_MAX)
  } finally {
    await world.wait(daemon.close())
  }
})
