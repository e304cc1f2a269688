import type { EventView } from '../../src/daemon/contract/event.ts'
import type { PeerList } from '../../src/daemon/contract/peer.ts'
import { type Daemon, type DaemonOptions, openDaemon } from '../../src/daemon/daemon.ts'
import { type Served, type ServeOptions, serve } from '../../src/daemon/serve.ts'
import type { OpenOptions } from '../../src/index.ts'
import { Workbench } from '../library/nodes.ts'

/** Daemons of one test, on folders of their own; everything is closed and removed by `dispose`. */
export class DaemonBench {
  readonly #bench = new Workbench()
  readonly #ends: (() => Promise<void>)[] = []

  folder(): Promise<string> {
    return this.#bench.folder()
  }

  async daemon(
    name: string,
    options: Partial<OpenOptions> = {},
    more: Omit<DaemonOptions, 'node'> = {},
  ): Promise<Daemon> {
    const dir = options.dir ?? (await this.folder())
    const daemon = await openDaemon({ node: { name, listen: ['tcp://127.0.0.1:0'], ...options, dir }, ...more })
    this.#ends.push(() => daemon.close({ flushTimeoutMs: 0 }))
    return daemon
  }

  /** Two that have just paired: alice dialed bob. */
  async pair(): Promise<{ alice: Daemon; bob: Daemon }> {
    const [alice, bob] = [await this.daemon('alice'), await this.daemon('bob')]
    await alice.node.pair(await bob.node.ticket())
    return { alice, bob }
  }

  async serve(daemon: Daemon, options: ServeOptions = {}): Promise<Served> {
    const served = await serve(daemon, { port: 0, ...options })
    this.#ends.push(() => served.close())
    return served
  }

  async dispose(): Promise<void> {
    for (const end of this.#ends.splice(0).reverse()) await end()
    await this.#bench.dispose()
  }
}

/** What a GET in this process answers; throws unless that is 200. */
export async function get<View>({ app }: Daemon, path: string): Promise<View> {
  const response = await app.request(path)
  if (response.status !== 200) throw new Error(`GET ${path}: ${response.status} ${await response.text()}`)
  return (await response.json()) as View
}

/** The next event of the type, from now on. */
export function happening({ context }: Daemon, type: string): Promise<EventView> {
  return new Promise((resolve) => {
    const leave = context.events.listen((event) => {
      if (event.type !== type) return
      leave()
      resolve(event)
    })
  })
}

export async function onlyPeer(daemon: Daemon): Promise<PeerList['peers'][number]> {
  const { peers } = await get<PeerList>(daemon, '/api/v1/peers')
  if (peers[0] === undefined || peers.length > 1) throw new Error(`There are ${peers.length} peers`)
  return peers[0]
}
