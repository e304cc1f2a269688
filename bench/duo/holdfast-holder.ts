import { generateIdentity, type Identity } from '../../src/identity/identity.ts'
import type { HoldfastStream } from '../../src/node/api.ts'
import type { HoldfastNode } from '../../src/node/node.ts'
import { PROTOCOL } from '../contestant.ts'
import { memoryNode } from '../memory-node.ts'
import type { Accepting, Holder, HolderOptions, Holding, Note, Outlet, Sink } from './holder.ts'

/** Two nodes that are paired beforehand. The client does not listen, so it is always the one that dials. */
export class HoldfastHolder implements Holder {
  readonly #options: HolderOptions
  readonly #identity: Identity = generateIdentity()

  constructor(options: HolderOptions) {
    this.#options = options
  }

  introduce(): string {
    return this.#identity.id
  }

  async accept(
    introduction: string,
    ports: readonly number[] | null,
    sink: () => Sink,
    note: Note,
  ): Promise<Accepting> {
    const node = memoryNode({
      identity: this.#identity,
      listen: ['tcp://127.0.0.1:0'],
      ...(ports && { advertise: ports.map(addressOf) }),
      known: [{ id: introduction, addresses: [] }],
      ...this.#settings,
    })
    noteChanges(node, note)
    node.handle(PROTOCOL, (stream) => pass(stream, sink()))
    await node.start()
    const port = Number(new URL(node.listening[0] ?? '').port)
    return { port, invitation: node.id, close: () => node.close({ flushTimeoutMs: 0 }) }
  }

  async hold(invitation: string, ports: readonly number[], note: Note): Promise<Holding> {
    let attempts = 0
    const node = memoryNode({
      identity: this.#identity,
      listen: [],
      known: [{ id: invitation, addresses: ports.map(addressOf) }],
      observer: { dialing: () => void attempts++ },
      ...this.#settings,
    })
    noteChanges(node, note)
    await node.start()
    const peer = node.peer(invitation)
    await peer.connected()
    return {
      attempts: () => attempts,
      links: () => peer.links.length,
      open: async () => new HoldfastOutlet(await peer.openStream(PROTOCOL)),
      close: () => node.close({ flushTimeoutMs: 0 }),
    }
  }

  get #settings(): { limits: object; more: object } {
    const { links = 1, multipath, keepAlive } = this.#options
    // Spread, so that an option of a session or a node may be newer than the types.
    return {
      limits: { linksWanted: links, ...(multipath && { multipath }) },
      more: { ...(keepAlive && { keepAlive }) },
    }
  }
}

class HoldfastOutlet implements Outlet {
  drained: () => void = () => {}
  readonly #stream: HoldfastStream

  constructor(stream: HoldfastStream) {
    this.#stream = stream
    stream.on('drain', () => this.drained())
    stream.on('error', () => {})
    stream.resume()
  }

  write(bytes: Uint8Array): boolean {
    return this.#stream.write(bytes)
  }

  end(): void {
    this.#stream.end()
  }
}

function pass(stream: HoldfastStream, sink: Sink): void {
  stream.on('data', (bytes: Uint8Array) => sink.data(bytes))
  stream.on('end', () => {
    sink.end()
    stream.end()
  })
  stream.on('error', () => {})
}

function noteChanges(node: HoldfastNode, note: Note): void {
  node.on('link:lost', (_peer, _link, reason) => note('link-lost', reason))
  node.on('peer:connected', () => note('up'))
  node.on('peer:disconnected', (_peer, reason) => note('lost', reason))
  // The peer is there from the start, but only once the node has begun.
  node.on('link:up', (peer) => {
    if (peer.listenerCount('state', noteSuspicion) === 0) peer.on('state', noteSuspicion)
  })
  function noteSuspicion(state: { readonly kind: string; readonly cause?: string }): void {
    if (state.kind === 'degraded') note('suspect', state.cause)
  }
}

function addressOf(port: number): string {
  return `tcp://127.0.0.1:${port}`
}
