import { monitorEventLoopDelay } from 'node:perf_hooks'
import { nowMs } from '../clock.ts'
import { settledMemory } from '../memory.ts'
import type { IdleContestant, IdleServer } from './side.ts'

const sides = {
  holdfast: async () => new (await import('./holdfast-side.ts')).HoldfastSide(),
  tls: async () => new (await import('./tls-side.ts')).TlsSide({ asks: false }),
  'tls-asked': async () => new (await import('./tls-side.ts')).TlsSide({ asks: true }),
  libp2p: async () => new (await import('./libp2p-side.ts')).Libp2pSide(),
}
export type IdleName = keyof typeof sides

/** Looked at so rarely that looking costs next to nothing. */
const LAG_RESOLUTION_MS = 50

/** What a process did while it was at rest. */
export interface Rest {
  readonly cpuPercentOfOneCore: number
  readonly eventLoopLagP99Ms: number
  /** Peers that were connected at the end. */
  readonly connected: number
}

/** One process of the idle scenario: the server, or some of the clients. */
export class IdleHost {
  #side: IdleContestant | undefined
  #server: IdleServer | undefined
  #rest: { atMs: number; cpu: NodeJS.CpuUsage } | undefined
  readonly #lag = monitorEventLoopDelay({ resolution: LAG_RESOLUTION_MS })

  async load(name: IdleName): Promise<void> {
    this.#side = await sides[name]()
  }

  introduce(count: number): Promise<string[]> {
    return this.#loaded.introduce(count)
  }

  async listen(introductions: readonly string[]): Promise<string> {
    this.#server = await this.#loaded.listen(introductions)
    return this.#server.invitation
  }

  connect(invitation: string): Promise<void> {
    return this.#loaded.connect(invitation)
  }

  /** Resident memory in bytes, garbage collected and at rest. */
  memory(): Promise<number> {
    return settledMemory()
  }

  beginRest(): void {
    this.#rest = { atMs: nowMs(), cpu: process.cpuUsage() }
    this.#lag.reset()
    this.#lag.enable()
  }

  endRest(): Rest {
    if (this.#rest === undefined) throw new Error('the rest has not begun')
    this.#lag.disable()
    const { user, system } = process.cpuUsage(this.#rest.cpu)
    const elapsedMs = nowMs() - this.#rest.atMs
    return {
      cpuPercentOfOneCore: (100 * (user + system)) / 1_000 / elapsedMs,
      // What it measures is the time between two looks.
      eventLoopLagP99Ms: Math.max(0, this.#lag.percentile(99) / 1e6 - LAG_RESOLUTION_MS),
      connected: this.#server?.connected() ?? 0,
    }
  }

  get #loaded(): IdleContestant {
    if (this.#side === undefined) throw new Error('no contestant is loaded')
    return this.#side
  }
}
