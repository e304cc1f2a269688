import { ObservedHosts } from '../../core/dial/observed-hosts.ts'
import { OwnAddresses } from '../../core/dial/own-addresses.ts'
import { fitText } from '../../core/frame/bytes.ts'
import { ADDRESSES_MAX, TEXT_BYTES_MAX } from '../../core/frame/constants.ts'
import type { PeerId } from '../../identity/peer-id.ts'
import { formatTcpAddress } from '../../transport/tcp/tcp-address.ts'
import type { InboundChannel, Listener, Transport } from '../../transport/transport.ts'
import type { NodeParts } from '../create.ts'
import { InvalidArgumentError } from '../errors.ts'

/** Where many come, they come one soon after the other. */
const ARRIVING_MS = 1_000

type ListeningParts = Pick<NodeParts, 'transports' | 'listen' | 'advertise' | 'reachable' | 'clock' | 'interfaces'>

/** Where a node can be dialed: what it listens on, and what it tells others of that. */
export class Listening {
  readonly #parts: ListeningParts
  readonly #listeners: Listener[] = []
  readonly #observed = new ObservedHosts()
  readonly #own = new OwnAddresses()
  #addresses: readonly string[] = []
  #arrivedMs = -Infinity

  constructor(parts: ListeningParts) {
    this.#parts = parts
  }

  /** Begins to listen on all addresses; on none if one of them fails. `expected`: where peers were in earlier runs. */
  async start(arrived: (arrival: InboundChannel) => void, expected: readonly string[] = []): Promise<void> {
    try {
      for (const address of this.#parts.listen) {
        const listener = await this.transportOf(address).listen(address, (arrival) => {
          arrived({
            channel: arrival.channel,
            accepted: (asPeer) => {
              if (asPeer) this.#arrivedMs = this.#parts.clock.now()
              arrival.accepted(asPeer)
            },
          })
        })
        this.#listeners.push(listener)
        for (const known of expected) listener.expect?.(known)
      }
    } catch (error) {
      await this.close()
      throw error
    }
    this.refresh()
  }

  async close(): Promise<void> {
    await Promise.all(this.#listeners.map((listener) => listener.close()))
  }

  /** The addresses of this machine are others than before. */
  moved(): void {
    this.#observed.forget()
    this.#own.forgetFound()
    this.refresh()
  }

  /** A peer that is connected at the address `from` says that it sees this node at `address`. */
  seenAs(address: string, peer: PeerId, from: string): void {
    if (this.#observed.seen(peer, from, address, this.#parts.clock.now())) this.refresh()
  }

  /** This node itself listens there, or has answered there. */
  isOwn(address: string): boolean {
    return this.#own.has(address)
  }

  /** This node itself answered there. */
  foundOwn(address: string): void {
    this.#own.found(address)
  }

  refresh(): void {
    this.#own.update(this.listening, ownHosts(this.#parts))
    this.#addresses = (this.#parts.advertise ?? [...new Set(this.#reachable(this.#forwarded()))])
      .filter((address) => fitText(address, TEXT_BYTES_MAX) === address)
      .slice(0, ADDRESSES_MAX)
  }

  /** Where a router may forward from, with the port that is listened on everywhere. */
  #forwarded(): string[] {
    const ports = this.listening.flatMap((address) => /^tcp:\/\/(?:\[::\]|0\.0\.0\.0):(\d+)$/.exec(address)?.[1] ?? [])
    const hosts = this.#observed.hosts(this.#parts.clock.now())
    return hosts.flatMap((host) => ports.map((port) => formatTcpAddress(host, Number(port))))
  }

  /** With real ports. */
  get listening(): readonly string[] {
    return this.#listeners.map((listener) => listener.address)
  }

  /** Those behind the ones listened on, where others can reach them. */
  get reachable(): readonly string[] {
    return this.#reachable([])
  }

  #reachable(forwarded: readonly string[]): readonly string[] {
    return this.#parts.reachable?.(this.listening, forwarded) ?? [...this.listening, ...forwarded]
  }

  /** What others are told, best first. */
  get addresses(): readonly string[] {
    return this.#addresses
  }

  /** Peers are at the door: their handshakes are under way, or one has come through a moment ago and the next may be on its way. Strangers hold up nothing. */
  get isReceiving(): boolean {
    if (this.#parts.clock.now() < this.#arrivedMs + ARRIVING_MS) return true
    return this.#listeners.some(({ arriving = 0 }) => arriving > 0)
  }

  /** Throws `InvalidArgumentError` for an address that none serves. */
  transportOf(address: string): Transport {
    const scheme = address.slice(0, Math.max(0, address.indexOf(':')))
    const transport = this.#parts.transports.find((candidate) => candidate.scheme === scheme)
    if (transport === undefined) {
      const known = this.#parts.transports.map((candidate) => `${candidate.scheme}://`).join(', ')
      throw new InvalidArgumentError(`No transport serves the address "${address}"; it must begin with ${known}`)
    }
    return transport
  }
}

/** The IP addresses of this machine; none where the system does not say. */
function ownHosts({ interfaces }: ListeningParts): string[] {
  try {
    return Object.values(interfaces?.() ?? {}).flatMap((list) => (list ?? []).map(({ address }) => address))
  } catch {
    return []
  }
}
