import { generateIdentity, type Identity } from '../../src/identity/identity.ts'
import type { HoldfastNode } from '../../src/node/node.ts'
import { openSqliteStore } from '../../src/store/sqlite.ts'
import { PROTOCOL } from '../contestant.ts'
import { DuplexStream } from '../contestants/duplex.ts'
import { echo, finish } from '../exchange.ts'
import { makeFolder } from '../folder.ts'
import { type Known, memoryNode } from '../memory-node.ts'
import { atOnce } from './at-once.ts'
import type { IdleContestant, IdleServer } from './side.ts'

/** No more than a listener lets shake hands at once from one address. */
const CONNECTING_AT_ONCE = 16

/** Peers are paired beforehand; the server keeps them in a database in a folder, as `open` does. */
export class HoldfastSide implements IdleContestant {
  readonly #nodes: HoldfastNode[] = []
  #identities: Identity[] = []

  async introduce(count: number): Promise<string[]> {
    this.#identities = Array.from({ length: count }, () => generateIdentity())
    return this.#identities.map(({ id }) => id)
  }

  async listen(introductions: readonly string[]): Promise<IdleServer> {
    const identity = generateIdentity()
    const store = openSqliteStore(await makeFolder())
    const known = introductions.map((id) => ({ id, addresses: [] }))
    const node = memoryNode({ identity, listen: ['tcp://127.0.0.1:0'], known, store })
    node.handle(PROTOCOL, (stream) => void stream.pipe(stream))
    await node.start()
    this.#nodes.push(node)
    const invitation: Known = { id: node.id, addresses: node.listening }
    const connected = (): number => node.peers().filter(({ state }) => state.kind === 'connected').length
    return { invitation: JSON.stringify(invitation), connected }
  }

  async connect(invitation: string): Promise<void> {
    const server = JSON.parse(invitation) as Known
    await atOnce(this.#identities, CONNECTING_AT_ONCE, async (identity) => {
      const node = memoryNode({ identity, listen: [], known: [server] })
      await node.start()
      const stream = new DuplexStream(await node.peer(server.id).openStream(PROTOCOL))
      await echo(stream)
      await finish(stream)
      this.#nodes.push(node)
    })
    this.#identities = []
  }
}
