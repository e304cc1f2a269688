import { setTimeout as sleep } from 'node:timers/promises'
import { nowMs } from '../clock.ts'
import { remoteOf } from '../rpc.ts'
import type { Stage } from '../scenarios/scenario.ts'
import type { Libp2pMeshHost } from './libp2p-mesh-host.ts'
import type { Introduction } from './mesh-host.ts'

const LIMIT_MS = 120_000
const FIRST_PORT = 26_000
const LEAD_MS = 500
const LOOK_EVERY_MS = 20

interface Connections {
  readonly id: string
  readonly peers: readonly string[]
}

/** The same with js-libp2p, in two processes. Its connections are looked at every 20 ms. */
export async function measureLibp2pMesh(
  nodes: number,
  { settle, limit }: { readonly settle: number; readonly limit: number },
  stage: Stage,
): Promise<object> {
  stage.progress(`mesh: ${nodes} nodes of js-libp2p`)
  const children = (['server', 'client'] as const).map((side) => stage.children.startWorker('meshLibp2p', side))
  const hosts = children.map((child) => remoteOf<Libp2pMeshHost>(child, LIMIT_MS))
  const all: Introduction[] = []
  for (const [at, host] of hosts.entries())
    all.push(...(await host.prepare(Math.floor((nodes + at) / 2), FIRST_PORT + at * 1_000)))
  await Promise.all(hosts.map((host) => host.introduce(all)))
  const look = async (): Promise<Connections[]> => (await Promise.all(hosts.map((host) => host.connections()))).flat()

  const startMs = nowMs() + LEAD_MS
  await Promise.all(hosts.map((host) => host.start(startMs)))
  let fullMeshMs: number | null = null
  while (fullMeshMs === null && nowMs() < startMs + limit * 1_000) {
    const connections = await look()
    if (connections.every(({ peers }) => new Set(peers).size === nodes - 1)) fullMeshMs = nowMs() - startMs
    else await sleep(LOOK_EVERY_MS)
  }
  await sleep(settle * 1_000)
  const connections = await look()
  for (const child of children) child.end()
  return {
    nodes,
    links: connections.reduce((sum, { peers }) => sum + peers.length, 0) / 2,
    duplicates: connections.reduce((sum, { peers }) => sum + duplicatesOf(peers), 0) / 2,
    fullMeshMs,
  }
}

/** How many peers have more than one connection. */
function duplicatesOf(peers: readonly string[]): number {
  return new Set(peers.filter((peer, at) => peers.indexOf(peer) !== at)).size
}
