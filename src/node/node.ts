import { EventEmitter } from 'node:events'
import type { Clock, Timer } from '../clock.ts'
import { NodeClosedError, ProtocolError } from '../core/errors.ts'
import { fitText } from '../core/frame/bytes.ts'
import { ADDRESSES_MAX, MINOR_VERSION, NAME_BYTES_MAX, TEXT_BYTES_MAX } from '../core/frame/constants.ts'
import { encodeRefuse } from '../core/frame/encode.ts'
import type { Attach, Greeting, Instance } from '../core/frame/frames.ts'
import {
  DEFAULT_MEMORY_BUDGET_BYTES,
  defaultSessionLimits,
  MemoryBudget,
  type SessionLimits,
} from '../core/session/limits.ts'
import { type PeerId, parsePeerId } from '../identity/peer-id.ts'
import type { Store } from '../store/store.ts'
import type { Arrival, Channel, Listener, Transport } from '../transport/transport.ts'
import type { Node, NodeEvents, Peer, StreamHandler } from './api.ts'
import { allocateHandshake, type NodeContext } from './context.ts'
import type { NodeParts } from './create.ts'
import { DialTurns } from './dial-turns.ts'
import { InvalidArgumentError, RefusedError, UnknownPeerError } from './errors.ts'
import type { Handshake } from './link.ts'
import { Link } from './link.ts'
import { PairingDesk } from './pairing-desk.ts'
import { RemotePeer } from './peer.ts'
import { PeerFile } from './peer-file.ts'

const HELLO_TIMEOUT_MS = 10_000
const SWEEP_MS = 30_000
const TICKET_EXPIRY_MS = 5 * 60_000
const FLUSH_TIMEOUT_MS = 5_000
/** How long `close` waits for connections to be closed in order. */
const GOODBYE_TIMEOUT_MS = 2_500

/** A node made of its parts. */
export class HoldfastNode extends EventEmitter<NodeEvents> implements Node, NodeContext {
  readonly id: PeerId
  readonly name: string
  readonly instance: Instance
  readonly clock: Clock
  readonly random: () => number
  readonly limits: SessionLimits
  readonly dialTurns: DialTurns
  readonly budget: MemoryBudget
  readonly store: Store
  readonly #parts: NodeParts
  readonly #peers = new Map<PeerId, RemotePeer>()
  readonly #handlers = new Map<string, StreamHandler>()
  readonly #links = new Set<Link>()
  readonly #desk: PairingDesk
  readonly #listeners: Listener[] = []
  #addresses: readonly string[] = []
  #closing = false
  #closed: Promise<void> | undefined
  #allLinksGone: (() => void) | undefined
  #sweepTimer: Timer | undefined

  constructor(parts: NodeParts) {
    super()
    this.#parts = parts
    this.id = parts.id
    this.name = fitText(parts.name, NAME_BYTES_MAX)
    this.clock = parts.clock
    this.random = parts.random
    this.dialTurns = new DialTurns(parts.clock)
    this.store = parts.store
    this.limits = { ...defaultSessionLimits, ...parts.limits }
    this.budget = new MemoryBudget(parts.memoryBudgetBytes ?? DEFAULT_MEMORY_BUDGET_BYTES)
    this.instance = { start: parts.store.nextInstanceStart(parts.clock.wallNow()), random: parts.randomBytes(8) }
    this.#desk = new PairingDesk({
      context: this,
      name: this.name,
      randomBytes: parts.randomBytes,
      registered: (id) => this.#peers.get(id),
      adopt: (peer) => this.#adopt(peer),
    })
  }

  /** Begins to listen and to dial. */
  async start(): Promise<void> {
    try {
      for (const address of this.#parts.listen) {
        this.#listeners.push(await this.transportOf(address).listen(address, (arrival) => this.#arrived(arrival)))
      }
    } catch (error) {
      await Promise.all(this.#listeners.map((listener) => listener.close()))
      throw error
    }
    const addresses = this.#parts.advertise ?? this.#parts.reachable?.(this.listening) ?? this.listening
    this.#addresses = addresses
      .filter((address) => fitText(address, TEXT_BYTES_MAX) === address)
      .slice(0, ADDRESSES_MAX)
    for (const record of this.store.peers()) this.#register(new RemotePeer(this, PeerFile.stored(this.store, record)))
    for (const peer of this.#peers.values()) peer.start()
    this.#sweep()
  }

  /** Makes sure, now and then, that nobody who should be dialed has been forgotten. */
  #sweep(): void {
    this.#sweepTimer = this.clock.after(SWEEP_MS, () => {
      for (const peer of this.#peers.values()) peer.dialIfIdle()
      this.#sweep()
    })
  }

  // For the application.

  get listening(): readonly string[] {
    return this.#listeners.map((listener) => listener.address)
  }

  get addresses(): readonly string[] {
    return this.#addresses
  }

  async ticket({ expiresInMs = TICKET_EXPIRY_MS }: { expiresInMs?: number } = {}): Promise<string> {
    this.#checkOpen()
    return this.#desk.ticket(this.#addresses, expiresInMs)
  }

  async pair(ticket: string, { signal }: { signal?: AbortSignal } = {}): Promise<Peer> {
    this.#checkOpen()
    return this.#desk.pair(ticket, signal)
  }

  peer(id: string): Peer {
    const peer = this.#peers.get(parsePeerId(id))
    if (peer === undefined) throw new UnknownPeerError(id)
    return peer
  }

  peers(): Peer[] {
    return [...this.#peers.values()]
  }

  handle(protocol: string, handler: StreamHandler): void {
    this.#handlers.set(protocol, handler)
  }

  unhandle(protocol: string): void {
    this.#handlers.delete(protocol)
  }

  close({ flushTimeoutMs = FLUSH_TIMEOUT_MS }: { flushTimeoutMs?: number } = {}): Promise<void> {
    this.#closed ??= this.#close(flushTimeoutMs)
    return this.#closed
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  async #close(flushTimeoutMs: number): Promise<void> {
    this.#closing = true
    this.#sweepTimer?.cancel()
    const peers = [...this.#peers.values()]
    await Promise.all(this.#listeners.map((listener) => listener.close()))
    await this.#atMost(flushTimeoutMs, Promise.all(peers.map((peer) => peer.flushed())))
    this.#desk.close()
    for (const peer of peers) peer.stop(new NodeClosedError())
    if (this.#links.size === 0) return
    await this.#atMost(GOODBYE_TIMEOUT_MS, new Promise<void>((resolve) => (this.#allLinksGone = resolve)))
    for (const link of this.#links) link.channel.destroy()
  }

  #atMost(timeoutMs: number, work: Promise<unknown>): Promise<void> {
    return new Promise((resolve) => {
      const timer = this.clock.after(timeoutMs, resolve)
      void work.finally(() => {
        timer.cancel()
        resolve()
      })
    })
  }

  // For the parts.

  get closing(): boolean {
    return this.#closing
  }

  get isDialable(): boolean {
    return this.#addresses.length > 0
  }

  greeting(more: Pick<Greeting, 'ticket' | 'observed'>): Greeting {
    return {
      minor: MINOR_VERSION,
      features: [],
      name: this.name,
      instance: this.instance,
      addresses: this.#addresses,
      ...more,
    }
  }

  transportOf(address: string): Transport {
    const scheme = address.slice(0, Math.max(0, address.indexOf(':')))
    const transport = this.#parts.transports.find((candidate) => candidate.scheme === scheme)
    if (transport === undefined) {
      const known = this.#parts.transports.map((candidate) => `${candidate.scheme}://`).join(', ')
      throw new InvalidArgumentError(`No transport serves the address "${address}"; it must begin with ${known}`)
    }
    return transport
  }

  handlerOf(protocol: string): StreamHandler | undefined {
    return this.#closing ? undefined : this.#handlers.get(protocol)
  }

  link(channel: Channel, handshake: Handshake): Link {
    const link = new Link(channel, this.clock, handshake, () => {
      this.#links.delete(link)
      if (this.#links.size === 0) this.#allLinksGone?.()
    })
    this.#links.add(link)
    return link
  }

  // Links that come in.

  #arrived(arrival: Arrival): void {
    const handshake: Handshake = {
      expects: 'hello',
      greeted: (link, greeting, attach) => {
        timer.cancel()
        const refused = this.#greeted(link, greeting, attach)
        if (refused !== undefined) {
          link.write(encodeRefuse(allocateHandshake, { code: refused.refusal, text: refused.text }))
          link.close(true)
        }
        arrival.settled()
      },
      refused: () => undefined,
      failed: (link, error) => {
        timer.cancel()
        if (error instanceof ProtocolError) {
          link.write(encodeRefuse(allocateHandshake, { code: 'malformed', text: error.message }))
          link.close(true)
        }
        arrival.settled()
      },
    }
    const link = this.link(arrival.channel, handshake)
    const timer = this.clock.after(HELLO_TIMEOUT_MS, () => {
      link.close(false)
      arrival.settled()
    })
    link.start()
  }

  #greeted(link: Link, greeting: Greeting, attach: Attach): RefusedError | undefined {
    if (this.#closing) return new RefusedError('shutting-down', 'this node is being closed')
    const { remoteId } = link.channel
    if (remoteId === this.id)
      return new RefusedError('identity-in-use', 'this is the same identity; each machine needs its own')
    if (greeting.ticket !== undefined) return this.#desk.arrived(link, greeting, attach, greeting.ticket)
    const peer = this.#peers.get(remoteId)
    if (peer === undefined)
      return new RefusedError('not-paired', 'these two nodes are not paired; pair them with a ticket')
    return peer.arrived(link, greeting, attach)
  }

  #adopt(peer: RemotePeer): void {
    this.#register(peer)
    this.emit('paired', peer)
    this.emit('session', peer)
    this.emit('peer:connected', peer)
  }

  #register(peer: RemotePeer): void {
    this.#peers.set(peer.id, peer)
    peer.on('link:up', (link) => this.emit('link:up', peer, link))
    peer.on('link:lost', (link, reason) => this.emit('link:lost', peer, link, reason))
    peer.on('session', () => this.emit('session', peer))
    peer.on('disconnected', (reason) => this.emit('peer:disconnected', peer, reason))
    let before = peer.state.kind
    peer.on('state', ({ kind }) => {
      if (kind === 'connected' && before !== 'degraded') this.emit('peer:connected', peer)
      before = kind
    })
  }

  #checkOpen(): void {
    if (this.#closing) throw new NodeClosedError()
  }
}
