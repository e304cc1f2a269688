import { comparePeerIds, type PeerId, peerIdFromPublicKey } from '../../src/identity/peer-id.ts'
import type { HoldfastStream, Node } from '../../src/node/api.ts'
import { createNode } from '../../src/node/create.ts'
import type { Logger } from '../../src/node/events/log.ts'
import { memoryStore } from '../../src/store/memory.ts'
import { defaultChoices } from '../../src/store/settings.ts'
import type { Store } from '../../src/store/store.ts'
import { MemoryNetwork } from '../../src/testing/memory-transport/memory.ts'
import { Random } from '../sim/random.ts'
import { VirtualClock } from '../sim/virtual-clock.ts'
import { contentOf, firstDifference } from './content.ts'
import { HostilePeer } from './hostile-peer.ts'

const WRITE_BYTES = 2_000
const WRITE_EVERY_MS = 20

export interface StageOptions {
  /** Whether the victim is paired with the hostile peer. Default true. */
  readonly paired?: boolean
  readonly limits?: Parameters<typeof createNode>[0]['limits']
  /** The victim's. */
  readonly logger?: Logger
}

/**
 * A victim, an honest peer that talks to it all the time, and a hostile one, in virtual time. `expectUnharmed` says whether the honest
 * peer has noticed anything.
 */
export class Stage {
  readonly clock = new VirtualClock()
  readonly victim: Node
  readonly honest: Node
  readonly store: Store
  readonly mallory: HostilePeer
  readonly malloryId: PeerId
  /** What the victim's links with the hostile peer ended with. */
  readonly losses: string[] = []
  #readBytes = 0
  #writtenBytes = 0
  #wrong: string | undefined
  #honestSessions = 0
  #honestLosses = 0
  #writing = true

  private constructor(
    victim: Node,
    honest: Node,
    store: Store,
    mallory: HostilePeer,
    malloryId: PeerId,
    clock: VirtualClock,
  ) {
    this.clock = clock
    this.victim = victim
    this.honest = honest
    this.store = store
    this.mallory = mallory
    this.malloryId = malloryId
  }

  static async set({ paired = true, limits = {}, logger }: StageOptions = {}): Promise<Stage> {
    const clock = new VirtualClock()
    const random = new Random(1, 1)
    const network = new MemoryNetwork({ clock, random: () => random.float() })
    const ids = ['victim', 'honest', 'mallory'].map((name) => ({ name, id: idOf(name) }))
    const [victim, honest, mallory] = ids as [Named, Named, Named]
    const make = async (self: Named, store: Store, more: { readonly logger?: Logger } = {}): Promise<Node> =>
      createNode({
        id: self.id,
        name: self.name,
        store,
        transports: [network.transport(self.name, self.id)],
        listen: [addressOf(self.name)],
        clock: clock.view(),
        random: () => random.float(),
        randomBytes: (size) => random.bytes(size),
        limits,
        ...more,
      })
    const store = storeWith([honest, ...(paired ? [{ ...mallory, addresses: [] }] : [])])
    const victimNode = await make(victim, store, logger && { logger })
    const honestNode = await make(honest, storeWith([victim]))
    const hostile = new HostilePeer({
      transport: network.transport(mallory.name, mallory.id),
      isLower: comparePeerIds(mallory.id, victim.id) < 0,
      victim: victim.id,
      victimAddress: addressOf(victim.name),
    })
    const stage = new Stage(victimNode, honestNode, store, hostile, mallory.id, clock)
    await stage.#begin()
    return stage
  }

  /** Lets virtual time pass. */
  async run(ms: number, done?: () => boolean): Promise<void> {
    await this.clock.run(this.clock.now() + ms, done)
  }

  /** Waits for something that happens in virtual time. */
  async wait<T>(promise: Promise<T>, ms = 30_000): Promise<T> {
    let settled = false
    const mark = (): void => {
      settled = true
    }
    promise.then(mark, mark)
    await this.run(ms, () => settled)
    if (!settled) throw new Error(`It did not happen within ${ms} ms`)
    return promise
  }

  /** What the honest peer noticed, after some more of its bytes have come: nothing, if all is well. */
  async harm(): Promise<string[]> {
    const before = this.#readBytes
    await this.run(200)
    const harm: string[] = []
    if (this.#readBytes <= before) harm.push('its bytes do not come any more')
    if (this.#wrong !== undefined) harm.push(this.#wrong)
    if (this.#honestSessions !== 1) harm.push(`it had ${this.#honestSessions} sessions`)
    if (this.#honestLosses !== 0) harm.push(`it lost ${this.#honestLosses} links`)
    return harm
  }

  async close(): Promise<void> {
    this.#writing = false
    const closed = Promise.all([this.honest.close({ flushTimeoutMs: 100 }), this.victim.close({ flushTimeoutMs: 100 })])
    await this.wait(closed)
  }

  async #begin(): Promise<void> {
    const { victim, honest } = this
    honest.on('session', () => this.#honestSessions++)
    honest.on('link:lost', () => this.#honestLosses++)
    victim.on('link:lost', (peer, _, reason) => {
      if (peer.id === this.malloryId) this.losses.push(reason)
    })
    victim.handle('honest', (stream) => this.#read(stream))
    await this.wait(honest.peer(victim.id).connected())
    const stream = await this.wait(honest.peer(victim.id).openStream('honest'))
    stream.on('error', (error) => {
      if (this.#writing) this.#wrong ??= `its stream failed: ${error.message}`
    })
    this.#write(stream)
    await this.run(100)
  }

  #read(stream: HoldfastStream): void {
    stream.on('data', (bytes: Buffer) => {
      const wrong = firstDifference(0, this.#readBytes, bytes)
      if (wrong !== undefined) this.#wrong ??= `its byte ${wrong} is wrong`
      this.#readBytes += bytes.length
    })
  }

  #write(stream: HoldfastStream): void {
    if (!this.#writing || stream.destroyed) return
    stream.write(contentOf(0, this.#writtenBytes, WRITE_BYTES))
    this.#writtenBytes += WRITE_BYTES
    this.clock.after(WRITE_EVERY_MS, () => this.#write(stream))
  }
}

interface Named {
  readonly name: string
  readonly id: PeerId
  readonly addresses?: readonly string[]
}

function idOf(name: string): PeerId {
  return peerIdFromPublicKey(new Random(name.charCodeAt(0), 77).bytes(32))
}

function addressOf(name: string): string {
  return `memory://${name}:1`
}

function storeWith(peers: readonly Named[]): Store {
  const store = memoryStore()
  for (const { name, id, addresses = [addressOf(name)] } of peers) {
    store.savePeer({
      id,
      name,
      pairedAtMs: 1,
      addresses,
      instanceStart: 0,
      lastSeenMs: undefined,
      keys: undefined,
      ...defaultChoices,
    })
  }
  return store
}
