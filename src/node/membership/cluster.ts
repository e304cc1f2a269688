import type { Clock } from '../../clock.ts'
import { addressKey } from '../../core/dial/address-key.ts'
import { DIAL_GRACE_MS, type DialOrder, type Direction } from '../../core/dial/direction.ts'
import { isLoopback, isUnspecified, portOf } from '../../core/dial/own-addresses.ts'
import { clusterDialSchedule, type DialScheduleOptions } from '../../core/dial/schedule-options.ts'
import { comparePeerIds, type PeerId } from '../../identity/peer-id.ts'
import type { Channel } from '../../transport/transport.ts'
import type { DialLimiter } from '../dial/dial-limiter.ts'
import { InvalidArgumentError } from '../errors.ts'
import { ClusterAddress, type ClusterPlace } from './cluster-address.ts'

/** How many addresses a network may have. */
const CLUSTER_ADDRESSES_MAX = 1024

/** The node whose network it is. */
export interface ClusterHost {
  readonly id: PeerId
  /** Where this node itself can be dialed: what it listens on, what is behind that on all interfaces, and what it advertises. */
  ownAddresses(): readonly string[]
  /** Dials, whoever may answer. */
  dial(address: string, signal: AbortSignal): Promise<Channel>
  /** It is a peer: paired, or a member already. */
  isKnown(id: PeerId): boolean
  /** It is a peer to whom a link is wanted that is not there, and this side may dial for it. */
  shouldDial(id: PeerId): boolean
  /** The peer's own dialer dials this very address. If another node answers there, `answeredByAnother` is called. */
  isDialedAt(id: PeerId, address: string): boolean
  /**
   * Takes over a channel to a node that may be a member, or is a known one that should be dialed: greets, with the proof, and checks the other one's.
   * Resolves when a link is attached and the node is known; rejects otherwise, and has closed the channel.
   */
  meet(channel: Channel, address: string, signal: AbortSignal): Promise<void>
  /** The address led to `from` once, and now to `to`, who is known. A member that has no other address is probably gone for good. */
  moved(address: string, from: PeerId, to: PeerId): void
  /** An attempt to meet the node at an address failed; the next is due at `nextMs` of the clock. */
  meetingFailed(address: string, attempt: number, error: unknown, nextMs: number): void
}

export interface ClusterOptions {
  readonly host: ClusterHost
  readonly clock: Clock
  /** From 0 to below 1. */
  readonly random: () => number
  /** Shared with the dialers of peers. */
  readonly turns: DialLimiter
  /** Of all members; this node's own may be among them. */
  readonly addresses: readonly string[]
  /** `strict`: only one side of a pair ever dials. Default `graceful`: the other one does after two seconds. */
  readonly direction?: Direction
  /** By what `strict` says which side that is. Default `id`. */
  readonly dialOrder?: DialOrder
  /** When an address is dialed again. Default: as peers are, but the first wait is 250 ms. */
  readonly schedule?: DialScheduleOptions
}

/**
 * Finds the members of a network by the list of their addresses (SPEC.md, networks). Whoever is found is a peer from then on, and that peer's own dialer
 * holds it; this looks after the addresses of which it is not known who is there.
 *
 * Ids are not known before a node is met, so the one with the lower address dials. Where this node's own address is not in the list, it dials all.
 */
export class Cluster {
  readonly #options: ClusterOptions
  readonly #addresses: readonly ClusterAddress[]
  /** Nodes that are being greeted. */
  readonly #meeting = new Set<PeerId>()

  /** Throws `InvalidArgumentError` for a list that is too long. */
  constructor(options: ClusterOptions) {
    this.#options = options
    const { clock, random, turns, schedule = clusterDialSchedule } = options
    if (options.addresses.length > CLUSTER_ADDRESSES_MAX) {
      throw new InvalidArgumentError(
        `A network of ${options.addresses.length} addresses is too large; name at most ${CLUSTER_ADDRESSES_MAX}`,
      )
    }
    const host = {
      mayDial: (address: ClusterAddress) => this.#mayDial(address),
      attempt: (address: ClusterAddress, signal: AbortSignal) => this.#attempt(address, signal),
      failed: (address: string, attempt: number, error: unknown, nextMs: number) => {
        if (!(error instanceof HeldBack)) options.host.meetingFailed(address, attempt, error, nextMs)
      },
    }
    const byKey = new Map(options.addresses.map((address) => [addressKey(address), address]))
    this.#addresses = [...byKey]
      .map(([key, address]) => new ClusterAddress({ address, key, clock, random, turns, host, schedule }))
      .toSorted((a, b) => (a.key < b.key ? -1 : 1))
  }

  /** What is known of each address, own ones included, for people to look at. */
  get places(): readonly { readonly address: string; readonly place: ClusterPlace }[] {
    return this.#addresses.map(({ address, place }) => ({ address, place }))
  }

  /** Begins to look for members. `known`: those that were met in earlier runs, or paired, and where they were. */
  start(known: Iterable<{ readonly id: PeerId; readonly addresses: readonly string[] }> = []): void {
    this.#findOwn()
    for (const { id, addresses } of known) this.peerConnected(id, addresses)
    for (const address of this.#addresses) address.seek(this.#graceMs(address))
  }

  /** A peer is connected that says that it can be dialed at `addresses`: it need not be looked for there. */
  peerConnected(id: PeerId, addresses: readonly string[]): void {
    const keys = new Set(addresses.map(addressKey))
    for (const address of this.#addresses) {
      const { place } = address
      // Of an address that was another's, only dialing it shows whose it is now.
      if (place.kind === 'sought' && keys.has(address.key) && !this.#isAnothers(place.before, id)) address.met(id)
    }
  }

  /** At an address answered another node than the one that was met there (`WrongPeerError`): meets it anew. */
  answeredByAnother(address: string): void {
    const key = addressKey(address)
    const found = this.#addresses.find((one) => one.key === key)
    if (found?.place.kind === 'met') found.seekAgain()
  }

  /** To be called now and then: looks for nodes that are not known any more, or that are missing for longer than between two calls. */
  sweep(): void {
    const { host } = this.#options
    for (const address of this.#addresses) {
      const { place } = address
      if (place.kind === 'met' && !host.isKnown(place.peer)) address.seekAgain()
      else address.missing(place.kind === 'met' && this.#isMissing(place.peer, address.address))
    }
  }

  /** Nobody dials there for the peer, who should be connected. */
  #isMissing(peer: PeerId, address: string): boolean {
    const { host } = this.#options
    return host.shouldDial(peer) && !host.isDialedAt(peer, address)
  }

  /** Interfaces changed, or the machine woke up: looks at once for all who are not met, and again for what this node's own addresses are. */
  networkChanged(): void {
    this.#findOwn()
    for (const address of this.#addresses) address.hurry()
  }

  stop(): void {
    for (const address of this.#addresses) address.stop()
  }

  #findOwn(): void {
    const addresses = this.#options.host.ownAddresses()
    const own = new Set(addresses.map(addressKey))
    // Where a node listens on all interfaces, no other member is at that port of its machine, whatever the family.
    const ports = new Set(addresses.filter(isUnspecified).map(portOf))
    for (const one of this.#addresses) {
      one.own(own.has(one.key) || (isLoopback(one.address) && ports.has(portOf(one.address))))
    }
  }

  /** Whether the node at the address is the one of the two that dials: that with the lowest address in the list. */
  #isTheirs(address: ClusterAddress): boolean {
    const owns = this.#addresses.filter(({ place }) => place.kind === 'own')
    // Loopback is everybody's, and each would be the lowest by it.
    const own = owns.find((one) => !isLoopback(one.address)) ?? owns[0]
    return own !== undefined && own.key > address.key
  }

  /** By id, strictly: no grace, since the other side's id shows only when it answers. */
  get #isStrictById(): boolean {
    const { direction, dialOrder } = this.#options
    return direction === 'strict' && dialOrder !== 'address'
  }

  #graceMs(address: ClusterAddress): number {
    return !this.#isStrictById && this.#isTheirs(address) ? DIAL_GRACE_MS : 0
  }

  #mayDial(address: ClusterAddress): boolean {
    return this.#options.direction !== 'strict' || this.#isStrictById || !this.#isTheirs(address)
  }

  #isAnothers(before: PeerId | undefined, id: PeerId): boolean {
    return before !== undefined && before !== id && this.#options.host.isKnown(before)
  }

  async #attempt(address: ClusterAddress, signal: AbortSignal): Promise<void> {
    const { host } = this.#options
    const channel = await host.dial(address.address, signal)
    const id = channel.remoteId
    try {
      signal.throwIfAborted()
      if (id === host.id) {
        address.own(true)
        channel.destroy()
        return
      }
      if (host.isKnown(id) && !host.shouldDial(id)) channel.destroy()
      else await this.#meet(channel, address.address, signal)
    } catch (error) {
      channel.destroy()
      throw error
    }
    const { place } = address
    if (place.kind === 'sought' && place.before !== undefined && this.#isAnothers(place.before, id)) {
      host.moved(address.address, place.before, id)
    }
    address.met(id)
  }

  async #meet(channel: Channel, address: string, signal: AbortSignal): Promise<void> {
    const { host } = this.#options
    const id = channel.remoteId
    if (this.#isStrictById && comparePeerIds(host.id, id) > 0) throw new HeldBack('The other side dials')
    if (this.#meeting.has(id)) throw new HeldBack('It is being met at another address')
    this.#meeting.add(id)
    try {
      await host.meet(channel, address, signal)
    } finally {
      this.#meeting.delete(id)
    }
  }
}

/** It is not for this attempt to greet; whether somebody else did shows at the next. */
class HeldBack extends Error {}
