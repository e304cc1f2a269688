import { ADDRESSES_MAX } from '../core/frame/constants.ts'
import type { PeerId } from '../identity/peer-id.ts'
import type { Sighting } from './discovery.ts'

/** Nodes that are remembered; beyond them strangers are not taken in until there is room. */
export const NEARBY_MAX = 256
/** Strangers that may appear at once, and one more each second: who makes up nodes must not flood the events. */
const STRANGERS_BURST = 32

/** What is known of a node nearby. Times are in milliseconds on any one clock. */
export interface NearbyEntry {
  readonly id: PeerId
  readonly name: string
  readonly addresses: readonly string[]
  readonly acceptsPairing: boolean
  readonly lastHeardMs: number
}

interface Entry {
  name: string
  acceptsPairing: boolean
  lastHeardMs: number
  /** Until when each is good. */
  readonly addresses: Map<string, number>
}

/** What a sighting was: of a node that was not there, of one that says something else than before, or nothing new. `ignored`: there is no room for it. */
export type SightingNews = 'found' | 'changed' | 'same' | 'lost' | 'ignored'

/** The nodes that are heard on the local network, bounded whatever is said there. */
export class NearbyTable {
  readonly #entries = new Map<PeerId, Entry>()
  #strangersLeft = STRANGERS_BURST
  #refilledMs = -Infinity

  get size(): number {
    return this.#entries.size
  }

  /** `isPeer`: a peer of this node always finds a place. */
  heard(sighting: Sighting, isPeer: boolean, nowMs: number): SightingNews {
    const { id, name, acceptsPairing, lifeMs } = sighting
    if (lifeMs <= 0) return this.#takenBack(sighting)
    const before = this.#entries.get(id)
    if (before === undefined && !this.#hasRoomFor(isPeer, nowMs)) return 'ignored'
    const entry = before ?? { name, acceptsPairing, lastHeardMs: nowMs, addresses: new Map<string, number>() }
    const isChanged =
      this.#learn(entry, sighting, nowMs) || entry.name !== name || entry.acceptsPairing !== acceptsPairing
    Object.assign(entry, { name, acceptsPairing, lastHeardMs: nowMs })
    this.#entries.set(id, entry)
    if (before === undefined) return 'found'
    return isChanged ? 'changed' : 'same'
  }

  get(id: PeerId): NearbyEntry | undefined {
    const entry = this.#entries.get(id)
    return entry && { id, ...entry, addresses: [...entry.addresses.keys()] }
  }

  all(): NearbyEntry[] {
    return [...this.#entries.keys()].flatMap((id) => this.get(id) ?? [])
  }

  /** Forgets what is too old; answers the nodes that are gone with it. */
  expire(nowMs: number): NearbyEntry[] {
    const gone: NearbyEntry[] = []
    for (const [id, { addresses }] of this.#entries) {
      const before = this.get(id)
      for (const [address, untilMs] of addresses) if (untilMs <= nowMs) addresses.delete(address)
      if (addresses.size > 0 || before === undefined) continue
      this.#entries.delete(id)
      gone.push(before)
    }
    return gone
  }

  #takenBack({ id, addresses }: Sighting): SightingNews {
    const entry = this.#entries.get(id)
    if (entry === undefined) return 'same'
    const gone = addresses.length === 0 ? [...entry.addresses.keys()] : addresses
    for (const address of gone) entry.addresses.delete(address)
    if (entry.addresses.size > 0) return 'changed'
    this.#entries.delete(id)
    return 'lost'
  }

  /** Whether one of the addresses is new. */
  #learn({ addresses }: Entry, sighting: Sighting, nowMs: number): boolean {
    let isNew = false
    for (const address of sighting.addresses) {
      if (!addresses.has(address)) {
        if (addresses.size >= ADDRESSES_MAX) continue
        isNew = true
      }
      addresses.set(address, nowMs + sighting.lifeMs)
    }
    return isNew
  }

  #hasRoomFor(isPeer: boolean, nowMs: number): boolean {
    if (isPeer) return true
    const gained = this.#refilledMs === -Infinity ? 0 : (nowMs - this.#refilledMs) / 1_000
    this.#strangersLeft = Math.min(STRANGERS_BURST, this.#strangersLeft + Math.max(0, gained))
    this.#refilledMs = nowMs
    if (this.#entries.size >= NEARBY_MAX || this.#strangersLeft < 1) return false
    this.#strangersLeft--
    return true
  }
}
