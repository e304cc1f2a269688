import { setTimeout as sleep } from 'node:timers/promises'
import { nowMs } from '../clock.ts'
import { Libp2pHolder } from '../contestants/libp2p.ts'
import type { Introduction } from './mesh-host.ts'
import { freePorts } from './ports.ts'

/** Some of the nodes of a mesh of js-libp2p, in one process. */
export class Libp2pMeshHost {
  #nodes: Libp2pHolder[] = []
  #ports: number[] = []

  async prepare(count: number, fromPort: number): Promise<Introduction[]> {
    this.#ports = await freePorts(count, fromPort)
    this.#nodes = await Promise.all(this.#ports.map((port) => Libp2pHolder.create(port)))
    return this.#nodes.map(({ id }, at) => ({ id, port: this.#ports[at] ?? 0 }))
  }

  async introduce(all: readonly Introduction[]): Promise<void> {
    for (const node of this.#nodes) {
      for (const { id, port } of all) if (id !== node.id) await node.know(id, port)
    }
  }

  async start(atMs: number): Promise<void> {
    await sleep(atMs - nowMs())
    await Promise.all(this.#nodes.map((node) => node.start()))
  }

  /** Of each node, the peers of its connections. */
  connections(): { id: string; peers: string[] }[] {
    return this.#nodes.map((node) => ({ id: node.id, peers: node.connections() }))
  }
}
