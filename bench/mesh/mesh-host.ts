import { setTimeout as sleep } from 'node:timers/promises'
import { generateIdentity, type Identity } from '../../src/identity/identity.ts'
import type { LinkInfo, Peer } from '../../src/node/api.ts'
import type { HoldfastNode } from '../../src/node/node.ts'
import { nowMs } from '../clock.ts'
import { memoryNode } from '../memory-node.ts'
import type { TransportObserver } from '../observed-transport.ts'
import { freePorts } from './ports.ts'
import type { LinkEvent } from './timeline.ts'

/** Who a node is, for the others. */
export interface Introduction {
  readonly id: string
  readonly port: number
}

export interface MeshReport {
  readonly events: readonly LinkEvent[]
  /** Handshakes that failed, by their cause. */
  readonly failures: Readonly<Record<string, number>>
  /** Time of the processor that this process took since the start. */
  readonly cpuMs: number
}

/** Some of the nodes of a mesh, in one process. */
export class MeshHost {
  #identities: Identity[] = []
  #ports: number[] = []
  #nodes: HoldfastNode[] = []
  readonly #events: LinkEvent[] = []
  /** Links that stand, by node and peer, and at how many of these there is exactly one. */
  readonly #counts = new Map<string, number>()
  #exact = 0
  readonly #failures: Record<string, number> = {}
  /** Handshakes that began less those that ended with a link, by the side. */
  #outboundOpen = 0
  #inboundOpen = 0
  #cpu = process.cpuUsage()

  /** Makes identities and chooses ports from `fromPort` on. */
  async prepare(count: number, fromPort: number): Promise<Introduction[]> {
    this.#identities = Array.from({ length: count }, () => generateIdentity())
    this.#ports = await freePorts(count, fromPort)
    return this.#identities.map(({ id }, at) => ({ id, port: this.#ports[at] ?? 0 }))
  }

  /** Pairs the nodes with all others; `met`: they were connected in earlier runs, as after a power cut. */
  introduce(all: readonly Introduction[], met: boolean): void {
    const numbers = new Map(all.map(({ id }, number) => [id, number]))
    this.#nodes = this.#identities.map((identity, at) => {
      const known = all.filter(({ id }) => id !== identity.id)
      const node = memoryNode({
        identity,
        listen: [`tcp://127.0.0.1:${this.#ports[at]}`],
        known: known.map(({ id, port }) => ({
          id,
          addresses: [`tcp://127.0.0.1:${port}`],
          instanceStart: met ? 1 : 0,
        })),
        observer: this.#observer,
      })
      this.#watch(node, numbers.get(identity.id) ?? -1, numbers)
      return node
    })
  }

  /** Starts all nodes at that time by `nowMs`. */
  async start(atMs: number): Promise<void> {
    await sleep(atMs - nowMs())
    this.#cpu = process.cpuUsage()
    await Promise.all(this.#nodes.map((node) => node.start()))
  }

  /** How many ends of pairs have exactly one link now. */
  exact(): number {
    return this.#exact
  }

  report(): MeshReport {
    const { user, system } = process.cpuUsage(this.#cpu)
    const open = { 'dialed, but no link': this.#outboundOpen, 'arrived, but no link': this.#inboundOpen }
    const left = Object.entries(open).filter(([, count]) => count !== 0)
    return {
      events: this.#events,
      failures: { ...this.#failures, ...Object.fromEntries(left) },
      cpuMs: (user + system) / 1_000,
    }
  }

  readonly #observer: TransportObserver = {
    dialed: () => void this.#outboundOpen++,
    arrived: () => void this.#inboundOpen++,
    dialFailed: (error, aborted) => {
      const cause = aborted ? 'given up' : causeOf(error)
      this.#failures[cause] = (this.#failures[cause] ?? 0) + 1
    },
  }

  #watch(node: HoldfastNode, number: number, numbers: ReadonlyMap<string, number>): void {
    const note = (peer: Peer, { direction }: LinkInfo, change: 1 | -1): void => {
      const end = `${node.id} ${peer.id}`
      const before = this.#counts.get(end) ?? 0
      this.#counts.set(end, before + change)
      this.#exact += Number(before + change === 1) - Number(before === 1)
      const outbound = direction === 'outbound' ? 1 : 0
      this.#events.push([nowMs(), number, numbers.get(peer.id) ?? -1, change, outbound])
      if (change === -1) return
      if (outbound === 1) this.#outboundOpen--
      else this.#inboundOpen--
    }
    node.on('link:up', (peer, link) => note(peer, link, 1))
    node.on('link:lost', (peer, link) => note(peer, link, -1))
  }
}

function causeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if ('reason' in error && typeof error.reason === 'string') return error.reason
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name
}
