import type { Clock } from '../../src/clock.ts'
import { type PeerId, peerIdFromPublicKey } from '../../src/identity/peer-id.ts'
import type { HoldfastStream, Peer } from '../../src/node/api.ts'
import type { NodeParts } from '../../src/node/create.ts'
import { HoldfastNode } from '../../src/node/node.ts'
import { memoryStore } from '../../src/store/memory.ts'
import { MemoryNetwork } from '../../src/testing/memory-transport/memory.ts'
import type { Transport } from '../../src/transport/transport.ts'
import { Random } from '../sim/random.ts'
import { VirtualClock } from '../sim/virtual-clock.ts'

export interface VirtualNodeOptions extends Partial<Omit<NodeParts, 'transports'>> {
  /** The machine that it runs on; the node's name by default. */
  readonly host?: string
  /** Its way into the network, if not the usual one. */
  readonly transport?: (host: string, id: PeerId) => Transport
}

/** Two nodes that are paired and connected: `alice` dialed. */
export interface VirtualPair {
  readonly alice: HoldfastNode
  readonly bob: HoldfastNode
  readonly aliceAtBob: Peer
  readonly bobAtAlice: Peer
}

/** Both ways in which the ids of two nodes can be ordered: who is the lower one decides what becomes of two that do the same at once. */
export const orders = [
  { order: 'the dialer is the lower side', ids: [idOf(1), idOf(2)] },
  { order: 'the dialer is the higher side', ids: [idOf(2), idOf(1)] },
] as const

/** Nodes on a network in memory, in time that passes only while a test waits. */
export class VirtualWorld {
  readonly clock = new VirtualClock()
  readonly network: MemoryNetwork
  readonly #random = new Random(1, 1)

  constructor() {
    this.network = new MemoryNetwork({ clock: this.clock, random: () => this.#random.float() })
  }

  async node(name: string, options: VirtualNodeOptions = {}): Promise<HoldfastNode> {
    const { host = name, transport, ...parts } = options
    const id = parts.id ?? peerIdFromPublicKey(this.#random.bytes(32))
    const clock: Clock = parts.clock ?? this.clock.view()
    const node = new HoldfastNode({
      name,
      store: memoryStore(),
      listen: [`memory://${host}:1`],
      random: () => this.#random.float(),
      randomBytes: (size) => this.#random.bytes(size),
      ...parts,
      id,
      clock,
      transports: [transport?.(host, id) ?? this.network.transport(host, id)],
    })
    await node.start()
    return node
  }

  /** `alice` and `bob`, just paired by a ticket of bob's. */
  async pair(alices: VirtualNodeOptions = {}, bobs: VirtualNodeOptions = {}): Promise<VirtualPair> {
    const [alice, bob] = [await this.node('alice', alices), await this.node('bob', bobs)]
    const bobAtAlice = await this.wait(alice.pair(await bob.ticket()))
    await this.run(1_000)
    return { alice, bob, bobAtAlice, aliceAtBob: bob.peer(alice.id) }
  }

  /** Lets time pass. */
  run(ms: number): Promise<void> {
    return this.clock.run(this.clock.now() + ms)
  }

  /** Lets time pass until the promise is settled. */
  async wait<T>(promise: Promise<T>, ms = 120_000): Promise<T> {
    let settled = false
    const settle = (): void => {
      settled = true
    }
    promise.then(settle, settle)
    await this.until(() => settled, ms)
    return promise
  }

  async until(done: () => boolean, ms = 120_000): Promise<void> {
    await this.clock.run(this.clock.now() + ms, done)
    if (!done()) throw new Error(`It did not come to pass within ${ms} ms`)
  }

  after(ms: number): Promise<void> {
    return new Promise((resolve) => this.clock.after(ms, resolve))
  }

  /** What comes back when `text` is sent to the peer's handler `echo`. */
  async echo(peer: Peer, text: string, ms = 10_000): Promise<string> {
    const stream = await this.wait(peer.openStream('echo'), ms)
    const answer = textOf(stream)
    stream.end(text)
    return this.wait(answer, ms)
  }
}

/** An id that is lower the lower the number is. */
function idOf(number: number): PeerId {
  return peerIdFromPublicKey(new Uint8Array(32).fill(number))
}

/** Serves `echo`. */
export function serveEcho(...nodes: readonly HoldfastNode[]): void {
  for (const node of nodes) node.handle('echo', (stream) => void stream.pipe(stream))
}

async function textOf(stream: HoldfastStream): Promise<string> {
  let text = ''
  for await (const chunk of stream as AsyncIterable<Uint8Array>) text += Buffer.from(chunk).toString()
  return text
}
