import type { Clock } from '../../clock.ts'
import { nearestAddress } from '../../core/dial/address-order.ts'
import { type DialOrder, type Direction, dialGraceMs, isLowerSide } from '../../core/dial/direction.ts'
import { type DialScheduleOptions, defaultDialSchedule } from '../../core/dial/schedule-options.ts'
import { NEARBY_MAX } from '../../discovery/nearby-table.ts'
import { comparePeerIds, type PeerId } from '../../identity/peer-id.ts'
import type { DialLimiter } from '../dial/dial-limiter.ts'
import { type AttemptOptions, Dialer, type DialerHost } from '../dial/dialer.ts'
import { NotMemberError } from '../errors.ts'
import { finalRefusal } from '../link/refusals.ts'

/** What is announced may not be there: three attempts in the first minute, and then ever fewer. With a hint every 10 s they are six a minute. */
const nearbyDialSchedule: DialScheduleOptions = {
  ...defaultDialSchedule,
  firstWaitMs: 10_000,
  factor: 3,
  waitMsMax: 600_000,
}
/** Whoever repeats a tag may name an address as often as he likes. */
const ADDRESSES_PER_ATTEMPT_MAX = 3
/** Who refused this node, or did not prove the secret, is left alone for so long, unless it announces another tag: that of its next run. */
const REFUSED_REST_MS = 3_600_000

export interface NearbyMembersHost {
  readonly id: PeerId
  /** Where this node can be dialed, on any network. */
  readonly reachable: readonly string[]
  /** Others hear this node and can dial it, so they may come. */
  readonly isHeard: boolean
  /** It may become a peer: it is none yet, and there is room. */
  isWanted(id: PeerId): boolean
  /** Where it is heard now. */
  addressesOf(id: PeerId): readonly string[]
  /** Makes one attempt to make it a peer. */
  meetNearby(id: PeerId, addresses: readonly string[], signal: AbortSignal): Promise<void>
}

export interface NearbyMembersOptions {
  readonly host: NearbyMembersHost
  readonly clock: Clock
  /** From 0 to below 1. */
  readonly random: () => number
  /** Shared with the dialers of peers: they bound how many attempts run at once. */
  readonly turns: DialLimiter
  readonly direction: Direction
  readonly dialOrder: DialOrder
}

/** Dials the nodes of the local network that announce the tag of this one's network, until they are peers. */
export class NearbyMembers {
  readonly #options: NearbyMembersOptions
  readonly #sought = new Map<PeerId, SoughtMember>()

  constructor(options: NearbyMembersOptions) {
    this.#options = options
  }

  /** A node told a tag that was recognised. */
  heard(id: PeerId, tag: string): void {
    const { host } = this.#options
    if (!host.isWanted(id)) return
    const known = this.#sought.get(id)
    if (known !== undefined) return known.heard(tag)
    const graceMs = this.#graceMs(id)
    if (graceMs === undefined) return
    const sought = new SoughtMember(id, tag, this.#options)
    this.#sought.set(id, sought)
    const [oldest] = this.#sought.keys()
    if (this.#sought.size > NEARBY_MAX && oldest !== undefined) this.forget(oldest)
    sought.seek(graceMs)
  }

  /** It is a peer now, or is not to be sought any more. */
  forget(id: PeerId): void {
    this.#sought.get(id)?.stop()
    this.#sought.delete(id)
  }

  stop(): void {
    for (const id of this.#sought.keys()) this.forget(id)
  }

  #graceMs(id: PeerId): number | undefined {
    const { host, direction, dialOrder } = this.#options
    const [peerAddress] = host.addressesOf(id)
    const isLower = isLowerSide({
      order: dialOrder,
      isLowerById: comparePeerIds(host.id, id) < 0,
      ownAddress: peerAddress === undefined ? undefined : nearestAddress(host.reachable, peerAddress),
      peerAddress,
    })
    return dialGraceMs({ direction, isLower, dialedLast: undefined, isReunion: false, isDialable: host.isHeard })
  }
}

/** One of them. */
class SoughtMember implements DialerHost {
  readonly #id: PeerId
  readonly #host: NearbyMembersHost
  readonly #clock: Clock
  readonly #dialer: Dialer
  readonly isWaitedFor = false
  readonly isAbsent = true
  readonly defersToInbound = false
  #tag: string
  /** Where it was heard last. */
  #addresses: readonly string[] = []
  #restsUntilMs = -Infinity

  constructor(id: PeerId, tag: string, { host, clock, random, turns }: NearbyMembersOptions) {
    this.#id = id
    this.#tag = tag
    this.#host = host
    this.#clock = clock
    this.#addresses = host.addressesOf(id)
    this.#dialer = new Dialer({ clock, random, turns, schedule: nearbyDialSchedule }, this)
  }

  seek(graceMs: number): void {
    this.#dialer.lost(graceMs)
  }

  /** Another run of it, or another place, may end the wait; hints are bounded, whoever repeats what it told. */
  heard(tag: string): void {
    const addresses = this.#host.addressesOf(this.#id)
    const isNewRun = tag !== this.#tag
    if (isNewRun) this.#restsUntilMs = -Infinity
    const isNew = isNewRun || addresses.some((address) => !this.#addresses.includes(address))
    this.#tag = tag
    this.#addresses = addresses
    if (isNew) this.#dialer.hint('mdns')
    else this.#dialer.soon()
  }

  stop(): void {
    this.#dialer.stop()
  }

  // For the dialer.

  get wantsDial(): boolean {
    if (this.#clock.now() < this.#restsUntilMs || !this.#host.isWanted(this.#id)) return false
    return this.#host.addressesOf(this.#id).length > 0
  }

  attempt(signal: AbortSignal, { connectionsMax, began }: AttemptOptions): Promise<void> {
    const most = Math.min(connectionsMax, ADDRESSES_PER_ATTEMPT_MAX)
    const addresses = this.#host.addressesOf(this.#id).slice(0, most)
    for (let count = 0; count < addresses.length; count++) began()
    return this.#host.meetNearby(this.#id, addresses, signal)
  }

  started(): void {
    // Nothing is told of a node that is no peer yet.
  }

  failed(error: unknown): void {
    if (isRefusal(error)) this.#restsUntilMs = this.#clock.now() + REFUSED_REST_MS
  }
}

/** It is there, and does not take this node for a member or is none. */
function isRefusal(error: unknown): boolean {
  const cause = error instanceof Error && error.cause instanceof AggregateError ? error.cause : error
  const errors: unknown[] = cause instanceof AggregateError ? cause.errors : [cause]
  return errors.some((one) => one instanceof NotMemberError || finalRefusal(one) !== undefined)
}
