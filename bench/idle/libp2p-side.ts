import { Libp2pHolder } from '../contestants/libp2p.ts'
import { echo, finish } from '../exchange.ts'
import { atOnce } from './at-once.ts'
import type { IdleContestant, IdleServer } from './side.ts'

const CONNECTING_AT_ONCE = 16

/** js-libp2p, as it comes: it pings each connection every 10 s. */
export class Libp2pSide implements IdleContestant {
  readonly #nodes: Libp2pHolder[] = []
  #names: string[] = []

  async introduce(count: number): Promise<string[]> {
    this.#names = Array.from({ length: count }, (_, at) => String(at))
    return this.#names
  }

  async listen(): Promise<IdleServer> {
    const node = await Libp2pHolder.create(0)
    await node.start()
    await node.serve((stream) => {
      stream.handlers = { data: (bytes) => stream.write(bytes.subarray()), end: () => stream.end() }
    })
    this.#nodes.push(node)
    const invitation = JSON.stringify({ id: node.id, port: node.port })
    return { invitation, connected: () => node.connections().length }
  }

  async connect(invitation: string): Promise<void> {
    const { id, port } = JSON.parse(invitation) as { id: string; port: number }
    await atOnce(this.#names, CONNECTING_AT_ONCE, async () => {
      const node = await Libp2pHolder.create(undefined)
      await node.start()
      await node.know(id, port)
      const stream = await node.openStream(id)
      await echo(stream)
      await finish(stream)
      this.#nodes.push(node)
    })
  }
}
