import { ADDRESSES_MAX } from '../core/frame/constants.ts'
import { TokenBucket } from '../core/token-bucket.ts'
import type { PeerId } from '../identity/peer-id.ts'
import type { Sighting } from './discovery.ts'

/** Nodes that are remembered; beyond them strangers are not taken in until there is room. */
export const NEARBY_MAX = 256
/** Those that tell of one node; beyond them the one that was silent for the longest is forgotten. An honest node is one, or one for each interface of its machine. */
const SOURCES_MAX = 8
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
  lastHeardMs: number
  /** It was said that it is there, so it is said when it is gone. */
  readonly isTold: boolean
  /** What each source says, the one that spoke last at the end. */
  readonly sources: Map<string, Source>
}

interface Source {
  acceptsPairing: boolean
  /** Until when each is good, the one that was named last at the end. */
  readonly addresses: Map<string, number>
}

/** What a sighting was: of a node that was not there, of one that says something else than before, or nothing new. `ignored`: there is no room for it, or it is nowhere. */
export type SightingNews = 'found' | 'changed' | 'same' | 'lost' | 'ignored'

/**
 * The nodes that are heard on the local network, bounded whatever is said there. Anybody can say anything of a node, so what is said is kept apart by the address that it came from: nobody takes back what another
 * has said, nor leaves it no room.
 */
export class NearbyTable {
  readonly #entries = new Map<PeerId, Entry>()
  readonly #strangers = new TokenBucket({ atOnce: STRANGERS_BURST, perSecond: 1 })
  readonly #peers = new TokenBucket({ atOnce: PEERS_BURST, perSecond: 1 })

  get size(): number {
    return this.#entries.size
  }

  /** `isPeer`: a peer of this node always finds a place. */
  heard(sighting: Sighting, isPeer: boolean, nowMs: number): SightingNews {
    const { id, name, addresses, lifeMs } = sighting
    if (lifeMs <= 0) return this.#takenBack(sighting)
    if (addresses.length === 0) return 'ignored'
    const before = this.get(id)
    const isTold = this.#entries.get(id)?.isTold ?? this.#mayTell(isPeer, nowMs)
    if (before === undefined && !isPeer && !isTold) return 'ignored'
    const entry = this.#entries.get(id) ?? { name, isTold, lastHeardMs: nowMs, sources: new Map<string, Source>() }
    learn(entry, sighting, nowMs)
    Object.assign(entry, { name, lastHeardMs: nowMs })
    this.#entries.set(id, entry)
    if (before === undefined) return isTold ? 'found' : 'same'
    return isSame(before, this.get(id)) ? 'same' : 'changed'
  }

  get(id: PeerId): NearbyEntry | undefined {
    const entry = this.#entries.get(id)
    if (entry === undefined) return undefined
    const { name, lastHeardMs, sources } = entry
    const acceptsPairing = [...sources.values()].some((source) => source.acceptsPairing)
    return { id, name, acceptsPairing, lastHeardMs, addresses: addressesOf(sources) }
  }

  all(): NearbyEntry[] {
    return [...this.#entries.keys()].flatMap((id) => this.get(id) ?? [])
  }

  /** Forgets what is too old; answers the nodes that are gone with it, and of which it was said that they are there. */
  expire(nowMs: number): NearbyEntry[] {
    const gone: NearbyEntry[] = []
    for (const [id, { sources, isTold }] of this.#entries) {
      const before = this.get(id)
      for (const [from, { addresses }] of sources) {
        for (const [address, untilMs] of addresses) if (untilMs <= nowMs) addresses.delete(address)
        if (addresses.size === 0) sources.delete(from)
      }
      if (sources.size > 0 || before === undefined) continue
      this.#entries.delete(id)
      if (isTold) gone.push(before)
    }
    return gone
  }

  #takenBack({ id, from, addresses }: Sighting): SightingNews {
    const entry = this.#entries.get(id)
    const source = entry?.sources.get(from)
    if (entry === undefined || source === undefined) return 'same'
    const gone = addresses.length === 0 ? [...source.addresses.keys()] : addresses
    for (const address of gone) source.addresses.delete(address)
    if (source.addresses.size === 0) entry.sources.delete(from)
    if (entry.sources.size > 0) return 'changed'
    this.#entries.delete(id)
    return entry.isTold ? 'lost' : 'same'
  }

  #mayTell(isPeer: boolean, nowMs: number): boolean {
    if (isPeer) return this.#peers.take(nowMs)
    return this.#entries.size < NEARBY_MAX && this.#strangers.take(nowMs)
  }
}

function learn({ sources }: Entry, { from, addresses, acceptsPairing, lifeMs }: Sighting, nowMs: number): void {
  const source = sources.get(from) ?? { acceptsPairing, addresses: new Map<string, number>() }
  source.acceptsPairing = acceptsPairing
  for (const address of addresses) setLast(source.addresses, address, nowMs + lifeMs, ADDRESSES_MAX)
  setLast(sources, from, source, SOURCES_MAX)
}

/** Of every source as many as of the others, as long as there is room. */
function addressesOf(sources: Entry['sources']): string[] {
  const bySource = [...sources.values()].map(({ addresses }) => [...addresses.keys()])
  const inTurn = Array.from({ length: ADDRESSES_MAX }, (_, turn) => bySource.flatMap((own) => own[turn] ?? [])).flat()
  return [...new Set(inTurn)].slice(0, ADDRESSES_MAX)
}

function isSame(a: NearbyEntry, b: NearbyEntry | undefined): boolean {
  if (b === undefined || a.name !== b.name || a.acceptsPairing !== b.acceptsPairing) return false
  const { size } = new Set([...a.addresses, ...b.addresses])
  return a.addresses.length === size && b.addresses.length === size
}

/** Puts it at the end; if there are too many then, the first goes. */
function setLast<K, V>(map: Map<K, V>, key: K, value: V, sizeMax: number): void {
  map.delete(key)
  map.set(key, value)
  const [first] = map.keys()
  if (map.size > sizeMax && first !== undefined) map.delete(first)
}
