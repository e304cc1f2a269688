import { setTimeout as sleep } from 'node:timers/promises'
import { nowMs } from '../clock.ts'
import { type Remote, remoteOf } from '../rpc.ts'
import { type Stage, scenario } from '../scenarios/scenario.ts'
import { measureLibp2pMesh } from './libp2p-mesh.ts'
import type { Introduction, MeshHost, MeshReport } from './mesh-host.ts'
import { evaluateMesh, type LinkEvent } from './timeline.ts'

const LIMIT_MS = 120_000
const FIRST_PORT = 20_000
const PORTS_A_PROCESS = 2_000
/** From the order to start until all start. */
const LEAD_MS = 500

export const mesh = scenario({
  about: 'Nodes that are paired with each other, all started in the same instant',
  details: `links             at the end; n (n − 1) / 2 are promised
duplicates        pairs with more than one link at any time after the full mesh stood; 0 are promised
lost              pairs with none at any time after it
extraLinks        links made beyond one a pair
failedHandshakes  that failed at either side, whatever for; 0 are promised. failures: for what
refused           connections to nodes that did not listen yet, which are dialed again
connectedMs       from the common start until each pair has a link at both sides
fullMeshMs        from the common start until each pair has exactly one link at both sides
The processes take their time with the whole mesh; cpuMs is what all of them together took.
js-libp2p has fewer nodes, each with all others tagged keep-alive; its mesh stands when each pair has a connection.`,
  options: {
    nodes: { value: 100, least: 2, about: 'nodes' },
    processes: { value: 2, least: 1, about: 'processes that share them' },
    settle: { value: 5, least: 0, about: 'seconds that are watched after the full mesh stands' },
    limit: { value: 60, least: 1, about: 'seconds after which a mesh that does not stand has failed' },
    restarted: { value: 0, least: 0, about: '1: the nodes were connected before, as after a power cut' },
    'libp2p-nodes': { value: 20, least: 0, about: 'nodes of js-libp2p, 0 for none' },
  },
  against: ['libp2p'],
  async run(options, stage) {
    const result = await measureMesh(options, stage)
    const others = options['libp2p-nodes']
    if (others < 2 || !stage.has('libp2p')) return result
    return { ...result, libp2p: await measureLibp2pMesh(others, options, stage) }
  },
})

interface MeshOptions {
  readonly nodes: number
  readonly processes: number
  readonly settle: number
  readonly limit: number
  readonly restarted: number
}

async function measureMesh(options: MeshOptions, stage: Stage): Promise<object> {
  const { nodes } = options
  const processes = Math.min(options.processes, nodes)
  const children = Array.from({ length: processes }, (_, at) =>
    stage.children.startWorker('mesh', at % 2 === 0 ? 'server' : 'client'),
  )
  const hosts = children.map((child) => remoteOf<MeshHost>(child, LIMIT_MS))
  stage.progress(`mesh: ${nodes} nodes in ${processes} processes`)
  const shares = hosts.map((_, at) => Math.floor((nodes + at) / processes))
  const all: Introduction[] = []
  for (const [at, host] of hosts.entries())
    all.push(...(await host.prepare(shares[at] ?? 0, FIRST_PORT + at * PORTS_A_PROCESS)))
  await Promise.all(hosts.map((host) => host.introduce(all, options.restarted > 0)))

  const startMs = nowMs() + LEAD_MS
  await Promise.all(hosts.map((host) => host.start(startMs)))
  await standing(hosts, startMs, options)
  await sleep(options.settle * 1_000)
  const reports = await Promise.all(hosts.map((host) => host.report()))
  for (const child of children) child.end()

  const causes: Record<string, number> = {}
  for (const report of reports)
    for (const [cause, count] of Object.entries(report.failures)) causes[cause] = (causes[cause] ?? 0) + count
  // Nobody listened yet: no handshake began.
  const { refused = 0, ...failures } = causes
  return {
    ...evaluateMesh(nodes, startMs, eventsOf(reports)),
    failedHandshakes: Object.values(failures).reduce((sum, count) => sum + count, 0),
    failures,
    refused,
    cpuMs: reports.reduce((sum, { cpuMs }) => sum + cpuMs, 0),
  }
}

/** Waits until the mesh stands, or has failed to. */
async function standing(
  hosts: readonly Remote<MeshHost>[],
  startMs: number,
  { nodes, limit }: MeshOptions,
): Promise<void> {
  while (nowMs() < startMs + limit * 1_000) {
    const exact = await Promise.all(hosts.map((host) => host.exact()))
    if (exact.reduce((sum, count) => sum + count, 0) === nodes * (nodes - 1)) return
    await sleep(200)
  }
}

function eventsOf(reports: readonly MeshReport[]): LinkEvent[] {
  return reports.flatMap(({ events }) => events)
}
