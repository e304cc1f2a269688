// Nodes that chat, in virtual time: their conversations stand on disks in memory that outlive them.
import { DatabaseSync } from 'node:sqlite'
import { type PeerId, peerIdFromPublicKey } from '../../src/identity/peer-id.ts'
import type { Peer } from '../../src/node/api.ts'
import type { HoldfastNode } from '../../src/node/node.ts'
import { Chat } from '../../src/services/chat/chat.ts'
import { type ChatLimits, defaultChatLimits } from '../../src/services/chat/limits.ts'
import type { ChatMessage } from '../../src/services/chat/message.ts'
import { chatSchema } from '../../src/services/chat/schema.ts'
import { ChatStore } from '../../src/services/chat/store.ts'
import { MemoryDisk, memoryStore } from '../../src/store/memory.ts'
import { Random } from '../sim/random.ts'
import type { NodeClock } from '../sim/virtual-clock.ts'
import type { VirtualNodeOptions, VirtualWorld } from './virtual.ts'

/** What of a person's machine outlives the process. */
class Disk {
  readonly node = new MemoryDisk()
  readonly db = new DatabaseSync(':memory:')

  constructor() {
    for (const step of chatSchema.steps) this.db.exec(step)
  }
}

/** The conversations of one run of a process: when that is gone, nothing of it writes any more. */
class ChatStoreOfRun extends ChatStore {
  isGone = false

  override keep(...args: Parameters<ChatStore['keep']>): ChatMessage {
    this.#check()
    return super.keep(...args)
  }

  override received(...args: Parameters<ChatStore['received']>): ChatMessage[] {
    this.#check()
    return super.received(...args)
  }

  override delivered(...args: Parameters<ChatStore['delivered']>): ChatMessage[] {
    this.#check()
    return super.delivered(...args)
  }

  #check(): void {
    if (this.isGone) throw new Error('The process is gone')
  }
}

interface Run {
  readonly node: HoldfastNode
  readonly chat: Chat
  readonly store: ChatStoreOfRun
  readonly clock: NodeClock
}

/** Somebody who chats: a node that can crash and start again, with what it keeps. */
export class Chatter {
  readonly name: string
  readonly id: PeerId
  readonly disk = new Disk()
  readonly #world: VirtualWorld
  readonly #options: VirtualNodeOptions
  readonly #limits: Partial<ChatLimits>
  readonly #random: Random
  #run: Run | undefined

  constructor(world: VirtualWorld, name: string, { chatLimits = {}, ...options }: ChatterOptions = {}) {
    this.#world = world
    this.name = name
    this.#random = new Random(name.charCodeAt(0), 7)
    this.id = options.id ?? peerIdFromPublicKey(this.#random.bytes(32))
    this.#options = options
    this.#limits = chatLimits
  }

  get #running(): Run {
    if (this.#run === undefined) throw new Error(`${this.name} does not run`)
    return this.#run
  }

  get runs(): boolean {
    return this.#run !== undefined
  }

  get node(): HoldfastNode {
    return this.#running.node
  }

  get chat(): Chat {
    return this.#running.chat
  }

  async start(): Promise<void> {
    const clock = this.#world.clock.view()
    const store = new ChatStoreOfRun(this.disk.db, {
      path: ':memory:',
      limits: { ...defaultChatLimits, ...this.#limits },
    })
    const node = await this.#world.node(this.name, {
      ...this.#options,
      id: this.id,
      clock,
      store: memoryStore(this.disk.node),
    })
    const randomBytes = (size: number): Uint8Array => this.#random.bytes(size)
    const chat = new Chat({ node, store, clock, randomBytes, limits: this.#limits })
    this.#run = { node, chat, store, clock }
  }

  /** The process is gone from one moment to the next. */
  crash(how: 'reset' | 'silent' = 'reset'): void {
    const { store, clock } = this.#running
    this.#run = undefined
    store.isGone = true
    clock.stop()
    this.#world.network.host(this.name).crash(how)
  }

  async close(): Promise<void> {
    const { node, chat, store } = this.#running
    this.#run = undefined
    chat.close()
    store.isGone = true
    await node.close()
  }

  peer(other: Chatter): Peer {
    return this.node.peer(other.id)
  }

  say(other: Chatter, text: string): ChatMessage {
    return this.chat.send(other.id, text)
  }

  /** All of the conversation, as it is kept. */
  history(other: Chatter): ChatMessage[] {
    return this.chat.history({ peer: other.id, limit: 100_000 })
  }

  /** The texts that one side wrote, as they stand here. */
  texts(other: Chatter, author: 'me' | 'peer'): string[] {
    return this.history(other)
      .filter((message) => message.author === author)
      .map(({ text }) => text)
  }

  waitingFor(other: Chatter): number {
    return this.chat.waiting(other.id)
  }
}

interface ChatterOptions extends VirtualNodeOptions {
  readonly chatLimits?: Partial<ChatLimits>
}

/** Two who are paired and connected: `alice` dialed. */
export async function chattingPair(
  world: VirtualWorld,
  alices: ChatterOptions = {},
  bobs: ChatterOptions = {},
): Promise<{ alice: Chatter; bob: Chatter }> {
  const [alice, bob] = [new Chatter(world, 'alice', alices), new Chatter(world, 'bob', bobs)]
  for (const one of [alice, bob]) await one.start()
  await world.wait(alice.node.pair(await bob.node.ticket()))
  await world.run(1_000)
  return { alice, bob }
}
