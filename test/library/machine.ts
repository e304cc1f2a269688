import { type PeerId, peerIdFromPublicKey } from '../../src/identity/peer-id.ts'
import type { HoldfastNode } from '../../src/node/node.ts'
import { memoryStore } from '../../src/store/memory.ts'
import { defaultChoices } from '../../src/store/settings.ts'
import type { Store } from '../../src/store/store.ts'
import { serveEcho, type VirtualNodeOptions, type VirtualWorld } from './virtual.ts'

/** A node whose process can be killed and started again, with what it keeps on disk. */
export class Machine {
  readonly name: string
  readonly id: PeerId
  readonly #world: VirtualWorld
  readonly #store: Store = memoryStore()
  readonly #options: VirtualNodeOptions
  #clock
  node!: HoldfastNode

  constructor(world: VirtualWorld, name: string, id: PeerId, options: VirtualNodeOptions = {}) {
    this.#world = world
    this.name = name
    this.id = id
    this.#options = options
    this.#clock = world.clock.view()
  }

  /** It was paired with the other one at some time. */
  know({ id, name }: Machine): void {
    const record = { id, name, pairedAtMs: 1, addresses: [`memory://${name}:1`], instanceStart: 0, keys: undefined }
    this.#store.savePeer({ ...record, lastSeenMs: undefined, ...defaultChoices })
  }

  async start(): Promise<void> {
    this.#clock = this.#world.clock.view()
    const { id, name } = this
    this.node = await this.#world.node(name, { ...this.#options, id, store: this.#store, clock: this.#clock })
    serveEcho(this.node)
  }

  kill(): void {
    this.#clock.stop()
    this.#world.network.host(this.name).crash('reset')
  }
}

export async function connected(world: VirtualWorld, machines: readonly Machine[]): Promise<void> {
  await world.until(() => machines.every(({ node }) => node.connectedPeers().length === node.peers().length))
}

/** Machines that know one another and are connected, each with an id that is lower the earlier it stands. */
export async function meshOf(world: VirtualWorld, count: number, options: VirtualNodeOptions = {}): Promise<Machine[]> {
  const machines = Array.from({ length: count }, (_, at) => {
    const id = peerIdFromPublicKey(new Uint8Array(32).fill(at + 1))
    return new Machine(world, `m${at}`, id, options)
  })
  for (const [at, one] of machines.entries()) {
    for (const other of machines.slice(0, at)) {
      one.know(other)
      other.know(one)
      // As on a local network: what takes time is the turns, not the way.
      world.network.path(one.name, other.name).change({ latencyMs: 1 })
    }
  }
  for (const machine of machines) await machine.start()
  await connected(world, machines)
  await world.run(20_000)
  return machines
}
