import { ADDRESSES_MAX } from '../core/frame/constants.ts'
import type { PeerId } from '../identity/peer-id.ts'
import type { Sighting } from './discovery.ts'

/** Nodes that are remembered; beyond them strangers are not taken in until there is room. */
export const NEARBY_MAX = 256
/** Strangers that may appear at once, and one more each second: who makes up nodes must not flood the events. */
const STRANGERS_BURST = 32
/** The same for peers. Those beyond it are taken in without a word, since anybody can make them come and go. */
const PEERS_BURST = 256

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
  /** It was said that it is there, so it is said when it is gone. */
  readonly isTold: boolean
  /** Until when each is good. */
  readonly addresses: Map<string, number>
}

/** What a sighting was: of a node that was not there, of one that says something else than before, or nothing new. `ignored`: there is no room for it. */
export type SightingNews = 'found' | 'changed' | 'same' | 'lost' | 'ignored'

/** The nodes that are heard on the local network, bounded whatever is said there. */
export class NearbyTable {
  readonly #entries = new Map<PeerId, Entry>()
  readonly #strangers = new Allowance(STRANGERS_BURST)
  readonly #peers = new Allowance(PEERS_BURST)

  get size(): number {
    return this.#entries.size
  }

  /** `isPeer`: a peer of this node always finds a place. */
  heard(sighting: Sighting, isPeer: boolean, nowMs: number): SightingNews {
    const { id, name, acceptsPairing, lifeMs } = sighting
    if (lifeMs <= 0) return this.#takenBack(sighting)
    const before = this.#entries.get(id)
    const isTold = before?.isTold ?? this.#mayTell(isPeer, nowMs)
    if (before === undefined && !isPeer && !isTold) return 'ignored'
    const entry = before ?? { name, acceptsPairing, isTold, lastHeardMs: nowMs, addresses: new Map<string, number>() }
    const isChanged =
      this.#learn(entry, sighting, nowMs) || entry.name !== name || entry.acceptsPairing !== acceptsPairing
    Object.assign(entry, { name, acceptsPairing, lastHeardMs: nowMs })
    this.#entries.set(id, entry)
    if (before === undefined) return isTold ? 'found' : 'same'
    return isChanged ? 'changed' : 'same'
  }

  get(id: PeerId): NearbyEntry | undefined {
    const entry = this.#entries.get(id)
    if (entry === undefined) return undefined
    const { name, acceptsPairing, lastHeardMs, addresses } = entry
    return { id, name, acceptsPairing, lastHeardMs, addresses: [...addresses.keys()] }
  }

  all(): NearbyEntry[] {
    return [...this.#entries.keys()].flatMap((id) => this.get(id) ?? [])
  }

  /** Forgets what is too old; answers the nodes that are gone with it, and of which it was said that they are there. */
  expire(nowMs: number): NearbyEntry[] {
    const gone: NearbyEntry[] = []
    for (const [id, { addresses, isTold }] of this.#entries) {
      const before = this.get(id)
      for (const [address, untilMs] of addresses) if (untilMs <= nowMs) addresses.delete(address)
      if (addresses.size > 0 || before === undefined) continue
      this.#entries.delete(id)
      if (isTold) gone.push(before)
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
    return entry.isTold ? 'lost' : 'same'
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

  #mayTell(isPeer: boolean, nowMs: number): boolean {
    if (isPeer) return this.#peers.take(nowMs)
    return this.#entries.size < NEARBY_MAX && this.#strangers.take(nowMs)
  }
}

/** A burst, and one more each second. */
class Allowance {
  readonly #burst: number
  #left: number
  #refilledMs = Infinity

  constructor(burst: number) {
    this.#burst = burst
    this.#left = burst
  }

  take(nowMs: number): boolean {
    this.#left = Math.min(this.#burst, this.#left + Math.max(0, nowMs - this.#refilledMs) / 1_000)
    this.#refilledMs = nowMs
    if (this.#left < 1) return false
    this.#left--
    return true
  }
}
