// The network between two daemons, in a process of its own, so that the bench delays nothing, and so that it ends at once whatever its connections do.
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { Network } from './case.ts'

export type NetworkRequest =
  | { readonly kind: 'lead-to'; readonly port: number }
  | { readonly kind: 'shape'; readonly network: Network }
  | { readonly kind: 'reset' }
  | { readonly kind: 'hold'; readonly forMs: number }

export class SimulatedNetwork {
  readonly #child: ChildProcess
  /** Where the listening daemon is reached. */
  readonly port: number

  private constructor(child: ChildProcess, port: number) {
    this.#child = child
    this.port = port
  }

  static async start(): Promise<SimulatedNetwork> {
    // `undefined`, no limit of the rate, is lost in JSON.
    const child = fork(join(import.meta.dirname, 'network-process.ts'), { serialization: 'advanced', execArgv: [] })
    const [{ port }] = (await once(child, 'message')) as [{ port: number }]
    return new SimulatedNetwork(child, port)
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
    const exited = once(this.#child, 'exit')
    this.#child.kill('SIGKILL')
    await exited
  }

  async #ask(request: NetworkRequest): Promise<void> {
    this.#child.send(request)
    await once(this.#child, 'message')
  }
}
