import { type AddressKind, addressKind, type OwnNetwork } from './address-kind.ts'

/** Addresses that are kept of a peer. */
export const ADDRESSES_KEPT_MAX = 16
/** An address that nobody speaks of any more, and that has not worked for this long, is kept only while there is room. */
const STALE_MS = 7 * 86_400_000
/** A failure says nothing of the network of later; a wrong one is found out in an instant when it is tried. */
const FAILURE_KEPT_MS = 10 * 60_000
/** Links that scored less (0 to 100) are no recommendation for their address. */
const SCORE_GOOD_MIN = 40
/** Scores in one band are alike, so that noise does not change the order; one that is not known is taken for the middle. */
const SCORE_BAND = 20
const SCORE_UNKNOWN = 60

/** Where an address is known from: the peer itself, this node's user, or somebody who may be mistaken or lie (mDNS, a rendezvous). */
export type AddressSource = 'announced' | 'configured' | 'hint'

/** What came of dialing an address. `overtaken`: it had its time and another answered first. */
export type AddressOutcome = 'reached' | 'failed' | 'overtaken' | 'wrong-peer'

/** What is to be thought of an address, best first. Those of one standing are mixed in a race, by family and interface. */
export const standings = ['good', 'failing', 'unproven', 'wrong', 'stale'] as const
export type AddressStanding = (typeof standings)[number]

export interface RankedAddress {
  readonly address: string
  readonly standing: AddressStanding
}

interface Entry {
  readonly address: string
  source: AddressSource
  /** When somebody last spoke of it; Infinity while the peer announces it or the user names it. */
  heardMs: number
  workedMs: number
  failedMs: number
  failure: Exclude<AddressOutcome, 'reached'> | undefined
  score: number | undefined
}

const kinds: readonly AddressKind[] = ['same-network', 'private', 'public', 'relay']

/**
 * The addresses of one peer, and which to dial first. Times are in milliseconds on any one clock. The history is in memory alone; on disk goes
 * the list of `persisted`, and the first of that counts as one that worked.
 *
 * What worked comes before what might: the standing of an address decides first.
 *
 *     good ───────── failed since ─────────▶ failing       as in an outage: the one that worked last goes first
 *      ▲ │                                      │
 *      │ └── failed, and never worked ──▶ unproven         dialed when all others have begun
 *      │         another peer answers ──▶ wrong            likewise, and last of all that are known
 *      └── worked; 10 min later; another network ──────────┘
 *     any ── not heard of and not worked for a week ──▶ stale
 *
 * Among the good ones: a relay last; then those that worked with a fair health, and untried ones in a network that this machine is in itself; the
 * local network before wide area; the health last seen; what worked last. (Preferring the local network untried wherever it is would cost a stagger at
 * each reconnection away from home; libp2p and Syncthing have the kinds first, Tailscale measures all.) None is ever left out of a race.
 */
export class AddressBook {
  #entries: Entry[] = []

  /** The book with what was stored: `addresses`, the one that worked last first. */
  constructor(addresses: readonly string[] = [], nowMs = 0) {
    for (const address of addresses.slice(0, ADDRESSES_KEPT_MAX)) this.#entry(address, 'announced', nowMs)
    const [first] = this.#entries
    if (first !== undefined) first.workedMs = nowMs
  }

  get size(): number {
    return this.#entries.length
  }

  /** Takes in what the peer says of itself now, all of it: what it does not name any more begins to age. */
  announced(addresses: readonly string[], nowMs: number): void {
    for (const entry of this.#entries) {
      if (entry.source !== 'announced' || addresses.includes(entry.address)) continue
      entry.source = 'hint'
      entry.heardMs = nowMs
    }
    this.#add(addresses, 'announced', nowMs)
  }

  /** Takes in what the user named, or what was heard from somebody else. Of the latter, only what works stays when there is no room. */
  learned(addresses: readonly string[], source: 'configured' | 'hint', nowMs: number): void {
    this.#add(addresses, source, nowMs)
  }

  /** What came of dialing an address; one that is not in the book yet is put there if it led to the peer. */
  tried(address: string, outcome: AddressOutcome, nowMs: number): void {
    const known = this.#entries.find((entry) => entry.address === address)
    if (outcome === 'reached') {
      const entry = known ?? this.#entry(address, 'hint', nowMs)
      entry.workedMs = nowMs
      entry.failure = undefined
      this.#makeRoom(nowMs)
    } else if (known !== undefined) {
      known.failedMs = nowMs
      known.failure = outcome
    }
  }

  /** The health (0 to 100) of a link that was dialed at this address. */
  measured(address: string, score: number): void {
    const entry = this.#entries.find((known) => known.address === address)
    if (entry !== undefined) entry.score = score
  }

  /** This machine is in another network: failures in the last one count no more. */
  networkChanged(): void {
    for (const entry of this.#entries) if (entry.failure !== 'wrong-peer') entry.failure = undefined
  }

  /** All addresses, in the order in which to dial them. */
  ranked(nowMs: number, ownNetworks: readonly OwnNetwork[] = []): RankedAddress[] {
    return this.#sorted(nowMs, ownNetworks).map((entry) => ({
      address: entry.address,
      standing: standingOf(entry, nowMs),
    }))
  }

  /** For the disk: those that worked, the last one first, then the others as they were heard. Changes only when an address is new, goes or works. */
  persisted(): string[] {
    return this.#entries.toSorted((a, b) => compareNumbers(b.workedMs, a.workedMs)).map(({ address }) => address)
  }

  #add(addresses: readonly string[], source: AddressSource, nowMs: number): void {
    for (const address of addresses.slice(0, ADDRESSES_KEPT_MAX)) {
      const entry = this.#entries.find((known) => known.address === address)
      if (entry === undefined) this.#entry(address, source, nowMs)
      else if (source !== 'hint') Object.assign(entry, { source, heardMs: Infinity })
      else if (entry.source === 'hint') entry.heardMs = nowMs
    }
    this.#makeRoom(nowMs)
  }

  #entry(address: string, source: AddressSource, nowMs: number): Entry {
    const entry: Entry = {
      address,
      source,
      heardMs: source === 'hint' ? nowMs : Infinity,
      workedMs: -Infinity,
      failedMs: -Infinity,
      failure: undefined,
      score: undefined,
    }
    this.#entries.push(entry)
    return entry
  }

  /**
   * Drops what is too much: first hearsay that never worked, then by rank, the last first. Never the one that worked last, so that a peer that announces
   * rubbish, or somebody who pretends to be it on the local network, cannot make this node forget where it was reached.
   */
  #makeRoom(nowMs: number): void {
    if (this.#entries.length <= ADDRESSES_KEPT_MAX) return
    const ranked = this.#sorted(nowMs, [])
    const last = ranked.reduce((best, entry) => (entry.workedMs > best.workedMs ? entry : best))
    const others = ranked.filter((entry) => entry !== last)
    const ordered = [last, ...others.toSorted((a, b) => Number(isHearsay(a)) - Number(isHearsay(b)))]
    const kept = new Set(ordered.slice(0, ADDRESSES_KEPT_MAX))
    this.#entries = this.#entries.filter((entry) => kept.has(entry))
  }

  #sorted(nowMs: number, ownNetworks: readonly OwnNetwork[]): Entry[] {
    const keyed = this.#entries.map((entry) => ({ entry, key: rankOf(entry, nowMs, ownNetworks) }))
    return keyed.toSorted((a, b) => compareKeys(a.key, b.key)).map(({ entry }) => entry)
  }
}

function isHearsay({ source, workedMs }: Entry): boolean {
  return source === 'hint' && workedMs === -Infinity
}

function standingOf({ heardMs, workedMs, failedMs, failure }: Entry, nowMs: number): AddressStanding {
  if (nowMs - Math.max(heardMs, workedMs) > STALE_MS) return 'stale'
  if (failure === undefined || nowMs - failedMs > FAILURE_KEPT_MS) return 'good'
  if (failure === 'wrong-peer') return 'wrong'
  return workedMs > -Infinity ? 'failing' : 'unproven'
}

/** What decides the order, the most important first; lower is better. */
function rankOf(entry: Entry, nowMs: number, ownNetworks: readonly OwnNetwork[]): number[] {
  const { address, workedMs, score = SCORE_UNKNOWN } = entry
  const standing = standingOf(entry, nowMs)
  const kind = kinds.indexOf(addressKind(address, ownNetworks))
  const isRelay = Number(kinds[kind] === 'relay')
  const common = [standings.indexOf(standing), isRelay]
  if (standing === 'failing') return [...common, -workedMs]
  const isTrusted = workedMs > -Infinity ? score >= SCORE_GOOD_MIN : kinds[kind] === 'same-network'
  return [...common, Number(!isTrusted), kind, -Math.floor(score / SCORE_BAND), -workedMs]
}

function compareKeys(a: readonly number[], b: readonly number[]): number {
  for (const [at, value] of a.entries()) {
    const difference = compareNumbers(value, b[at] ?? value)
    if (difference !== 0) return difference
  }
  return 0
}

/** Of infinities too, whose difference is no number. */
function compareNumbers(a: number, b: number): number {
  return a === b ? 0 : a < b ? -1 : 1
}
