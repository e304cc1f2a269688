import type { Bench } from '../client.ts'
import { echo, finish } from '../exchange.ts'
import type { Measure } from '../measure.ts'

const PEERS = 1_000
/**
 * Peers that are there before the first reading, so that code, pools and tables have grown and the rest is what a peer
 * takes.
 */
const PEERS_BEFORE = 100
const JOINING_AT_ONCE = 16

/**
 * Resident memory of the server's process for each of 1,000 inbound peers, in KB (1,000 bytes). Every peer has an
 * identity of its own and has sent one message and got its echo; its stream is closed, its connection stays. All
 * clients share one process, which is not measured.
 */
export const idleMemory: Measure = {
  name: 'idleMemory',
  label: 'idle peer, at the server, KB',
  unit: 'KB',
  note: 'a bare TLS socket for plain TLS',
  promise: { about: 'difference', bound: 'at most', limit: 15 },
  roundsMax: 3,
  freshEachRound: true,
  turnMs: 12_500,
  limitMs: 300_000,
  async start(bench) {
    await bench.server.serve('echo')
    const count = bench.quick ? PEERS / 5 : PEERS
    await connectPeers(bench, PEERS_BEFORE)
    return async () => {
      const before = await bench.server.memory()
      await connectPeers(bench, count)
      const after = await bench.server.memory()
      return { value: (after - before) / count / 1_000 }
    }
  },
}

async function connectPeers(bench: Bench, count: number): Promise<void> {
  for (let connected = 0; connected < count; connected += JOINING_AT_ONCE) {
    const batch = Math.min(JOINING_AT_ONCE, count - connected)
    await Promise.all(Array.from({ length: batch }, () => connectPeer(bench)))
  }
}

async function connectPeer(bench: Bench): Promise<void> {
  const client = await bench.join()
  await client.connect()
  const stream = await client.openStream()
  await echo(stream)
  // For plain TLS the stream is the connection, and stays.
  if (bench.traits.multiplexes) await finish(stream)
}
