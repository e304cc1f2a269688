import { NetworkSecret } from '../../src/identity/network-secret.ts'
import { type PeerId, peerIdFromPublicKey } from '../../src/identity/peer-id.ts'
import { DialLimiter } from '../../src/node/dial/dial-limiter.ts'
import { Cluster, type ClusterHost, type ClusterOptions } from '../../src/node/membership/cluster.ts'
import { MemoryNetwork } from '../../src/testing/memory-transport/memory.ts'
import type { Channel, Transport } from '../../src/transport/transport.ts'
import { Random } from '../sim/random.ts'
import { type NodeClock, VirtualClock } from '../sim/virtual-clock.ts'

export interface MemberOptions extends Pick<ClusterOptions, 'direction' | 'dialOrder'> {
  readonly list: readonly string[]
  /** The lower the number, the lower the id. By default the place of its first letter in the alphabet. */
  readonly id?: number | undefined
  readonly ports?: readonly number[]
  /** What it takes for its own addresses; where it listens by default. */
  readonly own?: readonly string[]
  /** It does not listen. */
  readonly hidden?: boolean
  /** It does not dial. */
  readonly silent?: boolean
  /** Undefined for a node without a network. By default that of the world. */
  readonly secret?: string | undefined
  /** It takes any HELLO for good. */
  readonly believes?: boolean
}

/** An id that is lower the lower the number is. */
export function idOf(number: number): PeerId {
  return peerIdFromPublicKey(new Uint8Array(32).fill(number))
}

export const all = <T>(items: readonly T[], check: (item: T) => boolean): boolean => items.every(check)

/** Members of a network, in time that passes only while a test waits. */
export class ClusterWorld {
  readonly secret = 'the secret of this network, 0123456789'
  readonly clock = new VirtualClock()
  readonly network: MemoryNetwork
  readonly random: () => number

  constructor() {
    const random = new Random(1, 1)
    this.random = () => random.float()
    this.network = new MemoryNetwork({ clock: this.clock, random: this.random })
  }

  member(name: string, options: MemberOptions): Member {
    return new Member(this, name, options)
  }

  run(ms: number): Promise<void> {
    return this.clock.run(this.clock.now() + ms)
  }

  async until(done: () => boolean, ms: number): Promise<void> {
    await this.clock.run(this.clock.now() + ms, done)
    if (!done()) throw new Error(`It did not come to pass within ${ms} ms`)
  }
}

/** What a node does for its cluster, in small. Peers have no dialers of their own. */
export class Member implements ClusterHost {
  readonly id: PeerId
  readonly cluster: Cluster
  readonly known = new Set<PeerId>()
  /** Known ones to whom no link is wanted. */
  readonly unwanted = new Set<PeerId>()
  readonly links = new Map<PeerId, Set<Channel>>()
  readonly dialed: string[] = []
  readonly failures: { address: string; error: unknown }[] = []
  readonly moves: { address: string; from: PeerId; to: PeerId }[] = []
  hellosSent = 0
  /** HELLOs that were answered by closing. */
  handshakesFailed = 0
  ownAddresses: () => readonly string[]
  readonly #world: ClusterWorld
  readonly #name: string
  readonly #options: MemberOptions
  readonly #clock: NodeClock
  readonly #transport: Transport
  readonly #listening: readonly string[]
  #secret: NetworkSecret | undefined

  constructor(world: ClusterWorld, name: string, options: MemberOptions) {
    this.#world = world
    this.#name = name
    this.#options = options
    this.#clock = world.clock.view()
    this.id = idOf(options.id ?? name.charCodeAt(0) - 96)
    this.#transport = world.network.transport(name, this.id)
    this.#listening = (options.ports ?? [1]).map((port) => `memory://${name}:${port}`)
    this.ownAddresses = () => options.own ?? this.#listening
    this.secretIs('secret' in options ? options.secret : world.secret)
    const { list: addresses, direction = 'graceful', dialOrder = 'id' } = options
    this.cluster = new Cluster({
      host: this,
      clock: this.#clock,
      random: world.random,
      turns: new DialLimiter(this.#clock),
      addresses,
      direction,
      dialOrder,
    })
  }

  secretIs(secret: string | undefined): void {
    this.#secret = secret === undefined ? undefined : new NetworkSecret(secret, this.id)
  }

  get linkCounts(): number[] {
    return [...this.links.values()].map(({ size }) => size)
  }

  start(known: Parameters<Cluster['start']>[0] = []): void {
    if (!this.#options.hidden) {
      for (const address of this.#listening)
        void this.#transport.listen(address, ({ channel }) => this.#arrived(channel))
    }
    if (!this.#options.silent) this.cluster.start(known)
  }

  stop(): void {
    this.cluster.stop()
    this.dropLinks()
  }

  /** The process is gone, and the others hear of it. */
  crash(): void {
    this.cluster.stop()
    this.#clock.stop()
    this.#world.network.host(this.#name).crash('reset')
  }

  dropLinks(): void {
    for (const channels of this.links.values()) for (const channel of channels) channel.destroy()
    this.links.clear()
  }

  forget(id: PeerId): void {
    this.known.delete(id)
    for (const channel of this.links.get(id) ?? []) channel.destroy()
    this.links.delete(id)
  }

  // For the cluster.

  async dial(address: string, signal: AbortSignal): Promise<Channel> {
    this.dialed.push(address)
    // Whoever it is that answers.
    const [, place = '', hostName = ''] = /^memory:\/\/((\w+):\d+)$/.exec(address) ?? []
    const expect = this.#world.network.host(hostName).listeners.get(place)?.id ?? this.id
    return this.#transport.dial(address, { expect, signal })
  }

  isKnown(id: PeerId): boolean {
    return this.known.has(id)
  }

  shouldDial(id: PeerId): boolean {
    return this.known.has(id) && !this.unwanted.has(id) && !this.links.has(id)
  }

  /** These peers have no dialers of their own. */
  isDialedAt(): boolean {
    return false
  }

  async meet(channel: Channel): Promise<void> {
    const answer = Promise.withResolvers<void>()
    channel.open({
      received: inOne((bytes) => {
        if (this.#secret?.isProven(channel, bytes) !== true) return answer.reject(new Error('Not a member'))
        this.#attached(channel, [])
        answer.resolve()
      }),
      drained: () => undefined,
      closed: () => {
        answer.reject(new Error('Closed instead of an answer'))
        this.#lost(channel)
      },
    })
    this.hellosSent++
    channel.write([this.#secret?.prove(channel) ?? new Uint8Array(32)])
    await answer.promise
  }

  moved(address: string, from: PeerId, to: PeerId): void {
    this.moves.push({ address, from, to })
  }

  meetingFailed(address: string, _attempt: number, error: unknown, nextMs: number): void {
    if (!(nextMs > this.#clock.now())) throw new Error('The next attempt is not planned')
    this.failures.push({ address, error })
  }

  // Channels that come in.

  #arrived(channel: Channel): void {
    channel.open({
      received: inOne((hello) => {
        if (this.#options.believes !== true && this.#secret?.isProven(channel, hello) !== true) {
          this.handshakesFailed++
          channel.end()
          return
        }
        channel.write([this.#secret?.prove(channel) ?? new Uint8Array(32)])
        // What a HELLO would announce: its first listening address, unless it does not know its addresses.
        const from = /^memory:\/\/(\w+):/.exec(channel.remoteAddress)?.[1]
        this.#attached(channel, [`memory://${from}:1`])
      }),
      drained: () => undefined,
      closed: () => this.#lost(channel),
    })
  }

  #attached(channel: Channel, announced: readonly string[]): void {
    const { remoteId } = channel
    this.known.add(remoteId)
    this.links.set(remoteId, (this.links.get(remoteId) ?? new Set()).add(channel))
    this.cluster.peerConnected(remoteId, announced)
  }

  #lost(channel: Channel): void {
    const channels = this.links.get(channel.remoteId)
    channels?.delete(channel)
    if (channels?.size === 0) this.links.delete(channel.remoteId)
  }
}

/** A message comes in pieces. */
function inOne(received: (message: Uint8Array) => void): (bytes: Uint8Array) => void {
  let message = Buffer.alloc(0)
  return (bytes) => {
    message = Buffer.concat([message, bytes])
    if (message.length === 32) received(message)
  }
}
