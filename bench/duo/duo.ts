import { type Remote, remoteOf } from '../rpc.ts'
import type { Stage } from '../scenarios/scenario.ts'
import type { DuoHost } from './duo-host.ts'
import type { HolderName, HolderOptions } from './holder.ts'
import type { PathProxy } from './path-proxy.ts'

const CALL_LIMIT_MS = 120_000

/** A process with servers, and one with their clients. */
export interface Duo {
  readonly server: Remote<DuoHost>
  readonly client: Remote<DuoHost>
  /** Connects a pair over these paths, or else directly, and answers with the server's port. */
  connect(pair: string, name: HolderName, options: HolderOptions, paths?: readonly PathProxy[]): Promise<number>
  end(): void
}

export async function startDuo(stage: Stage): Promise<Duo> {
  const [serverChild, clientChild] = [
    stage.children.startWorker('duo', 'server'),
    stage.children.startWorker('duo', 'client'),
  ]
  const server = remoteOf<DuoHost>(serverChild, CALL_LIMIT_MS)
  const client = remoteOf<DuoHost>(clientChild, CALL_LIMIT_MS)
  return {
    server,
    client,
    async connect(pair, name, options, paths = []) {
      await server.make(pair, name, options)
      const introduction = await client.make(pair, name, options)
      const proxied = await Promise.all(paths.map((path) => path.listen()))
      const { port, invitation } = await server.accept(pair, introduction, paths.length > 0 ? proxied : null)
      for (const path of paths) path.leadTo(port)
      await client.hold(pair, invitation, paths.length > 0 ? proxied : [port], options.links ?? 1)
      return port
    },
    end() {
      serverChild.end()
      clientChild.end()
    },
  }
}
