import { once } from 'node:events'
import { type Node, open } from '../../src/index.ts'
import { nowMs } from '../clock.ts'
import { PROTOCOL } from '../contestant.ts'
import { makeFolder } from '../folder.ts'

/** One node, whose folder outlives the process. */
export class RestartHost {
  #node: Node | undefined

  folder(): Promise<string> {
    return makeFolder()
  }

  /** Opens the node of the folder; answers its id, and when it was open, by `nowMs`. */
  async open(dir: string): Promise<{ id: string; readyMs: number }> {
    const node = await open({ dir, discovery: { mdns: false } })
    const readyMs = nowMs()
    node.handle(PROTOCOL, (stream) => {
      stream.on('error', () => undefined)
      stream.pipe(stream)
    })
    this.#node = node
    return { id: node.id, readyMs }
  }

  ticket(): Promise<string> {
    return this.#opened.ticket()
  }

  async pair(ticket: string): Promise<void> {
    await this.#opened.pair(ticket)
  }

  /** Opens a stream to the only peer; answers when a byte has come back on it, by `nowMs`. A stream that fails with an earlier session is opened anew. */
  async echo(): Promise<number> {
    const [peer] = this.#opened.peers()
    if (peer === undefined) throw new Error('the node has no peer')
    for (;;) {
      try {
        await peer.connected()
        const stream = await peer.openStream(PROTOCOL)
        stream.end('x')
        await once(stream, 'data')
        return nowMs()
      } catch {
        // The peer has restarted: the stream belonged to the session before.
      }
    }
  }

  /** Links to the peer now, attempts to dial since the start. */
  counts(): { links: number; dialAttempts: number } {
    const node = this.#opened
    return { links: node.peers()[0]?.links.length ?? 0, dialAttempts: node.counts.dialAttempts }
  }

  get #opened(): Node {
    if (this.#node === undefined) throw new Error('no node is open')
    return this.#node
  }
}
