// The network between two daemons, in a thread of its own, so that the bench delays nothing.
import { once } from 'node:events'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { Network } from './case.ts'

export type NetworkRequest =
  | { readonly kind: 'lead-to'; readonly port: number }
  | { readonly kind: 'shape'; readonly network: Network }
  | { readonly kind: 'reset' }
  | { readonly kind: 'hold'; readonly forMs: number }

export class SimulatedNetwork {
  readonly #worker: Worker
  /** Where the listening daemon is reached. */
  readonly port: number

  private constructor(worker: Worker, port: number) {
    this.#worker = worker
    this.port = port
  }

  static async start(): Promise<SimulatedNetwork> {
    const worker = new Worker(join(import.meta.dirname, 'network-thread.ts'))
    const [{ port }] = (await once(worker, 'message')) as [{ port: number }]
    return new SimulatedNetwork(worker, port)
  }

  /** The listening daemon is at this port of loopback. */
  leadTo(port: number): Promise<void> {
    return this.#ask({ kind: 'lead-to', port })
  }

  shape(network: Network): Promise<void> {
    return this.#ask({ kind: 'shape', network })
  }

  reset(): Promise<void> {
    return this.#ask({ kind: 'reset' })
  }

  hold(forMs: number): Promise<void> {
    return this.#ask({ kind: 'hold', forMs })
  }

  async close(): Promise<void> {
    await this.#worker.terminate()
  }

  async #ask(request: NetworkRequest): Promise<void> {
    this.#worker.postMessage(request)
    await once(this.#worker, 'message')
  }
}
