import { setTimeout as sleep } from 'node:timers/promises'
import { Cable, CableEnd, joinByVeth } from './cable.ts'
import { Host } from './host.ts'

/** The machines and cables of one scenario; they see nothing but each other. */
export class Lab {
  readonly #name: string
  readonly #dir: string
  readonly #hosts: Host[] = []
  readonly #end = new AbortController()
  #networks = 0
  #disposed: Promise<unknown> | undefined

  /** Its namespaces begin with `name`; the folders of its machines are in `dir`. */
  constructor(name: string, dir: string) {
    this.#name = name
    this.#dir = dir
  }

  get hosts(): readonly Host[] {
    return this.#hosts
  }

  async host(name: string): Promise<Host> {
    const host = await Host.create(name, `${this.#name}-${name}`, this.#dir)
    this.#hosts.push(host)
    return host
  }

  cable(a: Host, b: Host): Promise<Cable> {
    return Cable.lay(a, b, ++this.#networks)
  }

  /** Connects the machines by one network; answers their ends in the same order. */
  async network(hosts: readonly Host[]): Promise<CableEnd[]> {
    const network = ++this.#networks
    const device = `cable${network}`
    const center = await this.host(`switch${network}`)
    await center.ip('link', 'add', 'name', 'bridge', 'type', 'bridge')
    await center.ip('link', 'set', 'bridge', 'up')
    return Promise.all(
      hosts.map(async (host, at) => {
        const port = `port${at}`
        await joinByVeth(center, port, host, device)
        await center.ip('link', 'set', port, 'master', 'bridge', 'up')
        const end = new CableEnd(host, device, `10.0.${network}.${at + 1}`)
        await end.up()
        await end.running()
        return end
      }),
    )
  }

  /** Lets time pass. */
  async pass(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.#end.signal })
  }

  /** Ends all processes, and takes everything down. Further calls wait for the first. */
  dispose(): Promise<void> {
    this.#end.abort()
    this.#disposed ??= Promise.all(this.#hosts.map((host) => host.destroy()))
    return this.#disposed.then(() => undefined)
  }
}
