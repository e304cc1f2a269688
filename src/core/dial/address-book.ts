import { type AddressKind, addressKind, type OwnNetwork } from './address-kind.ts'

/** Addresses that are kept of a peer. */
export const ADDRESSES_KEPT_MAX = 16
/** An address that nobody speaks of any more, and that has not worked for this long, is dialed last. */
const STALE_MS = 7 * 86_400_000
/** After this long it is forgotten, unless it is the one that worked last. */
const FORGOTTEN_MS = 30 * 86_400_000
/** A failure says nothing of the network of later; a wrong one is found out in an instant when it is tried. */
const FAILURE_KEPT_MS = 10 * 60_000
/** Links that scored less (0 to 100) are no recommendation for their address. */
const SCORE_GOOD_MIN = 40
/** Scores in one band are alike, so that noise does not change the order; one that is not known is taken for the middle. */
const SCORE_BAND = 20
const SCORE_UNKNOWN = 60

/**
 * Where an address is known from: `announced` by the peer itself, now or when it was last connected; `given` by a person, as with a ticket; `mdns`: heard on the local
 * network, from somebody who may be mistaken or lie; `earlier`: it was known, or worked, and nobody speaks of it any more.
 */
export type AddressSource = 'announced' | 'given' | 'mdns' | 'earlier'

/** What came of dialing an address. `overtaken`: it had its time and another answered first. */
export type AddressOutcome = 'reached' | 'failed' | 'overtaken' | 'wrong-peer'

/** What is to be thought of an address, best first. Those of one standing are mixed in a race, by family and interface. */
export const standings = ['good', 'failing', 'unproven', 'wrong', 'stale'] as const
export type AddressStanding = (typeof standings)[number]

export interface RankedAddress {
  readonly address: string
  readonly standing: AddressStanding
}

/** All that is known of an address of a peer. Moments are milliseconds since 1970. */
export interface KnownAddress extends RankedAddress {
  readonly source: AddressSource
  readonly kind: AddressKind
  readonly learnedAtMs: number
  /** When its source last spoke of it. */
  readonly confirmedAtMs: number
  /** When it is forgotten unless it is heard again or works; undefined while it does not age. */
  readonly expiresAtMs: number | undefined
  readonly lastTriedMs: number | undefined
  readonly lastOutcome: AddressOutcome | undefined
  /** When a dial last led to the peer; for the first address after a start, when the peer was last seen. */
  readonly lastReachedMs: number | undefined
}

interface Entry {
  readonly address: string
  source: AddressSource
  readonly learnedMs: number
  /** When somebody last spoke of it. */
  heardMs: number
  /** For hearsay: how long it is good from `heardMs` on. */
  lifeMs: number
  workedMs: number
  triedMs: number
  outcome: AddressOutcome | undefined
  /** The last failure that has not been made up for. */
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
 *     any ── not heard of and not worked for a week ──▶ stale ── for 30 days ──▶ forgotten
 *     mdns ── not heard of for its time to live, and never worked ─────────────▶ forgotten
 *
 * What the peer announced last does not age: a machine that was in a cupboard for a year may come back to where it was. Nor does the one that worked last.
 *
 * Among the good ones: a relay last; then those that worked with a fair health, and untried ones in a network that this machine is in itself; the
 * local network before wide area; the health last seen; what worked last. (Preferring the local network untried wherever it is would cost a stagger at
 * each reconnection away from home; libp2p and Syncthing have the kinds first, Tailscale measures all.) Each has its turn (`takeInTurn`).
 */
export class AddressBook {
  #entries: Entry[] = []

  /** The book with what was stored, the one that worked last first; or with what a person gave, none of which has worked yet. */
  constructor(addresses: readonly string[] = [], nowMs = 0, source: 'announced' | 'given' = 'announced') {
    for (const address of addresses.slice(0, ADDRESSES_KEPT_MAX)) this.#entry(address, source, nowMs)
    const [first] = this.#entries
    if (first !== undefined && source === 'announced') first.workedMs = nowMs
  }

  get size(): number {
    return this.#entries.length
  }

  /** All of them, in no order. */
  get addresses(): readonly string[] {
    return this.#entries.map(({ address }) => address)
  }

  /** Takes in what the peer says of itself now, all of it: what it does not name any more begins to age. */
  announced(addresses: readonly string[], nowMs: number): void {
    for (const entry of this.#entries) {
      if (entry.source !== 'announced' || addresses.includes(entry.address)) continue
      entry.source = 'earlier'
      entry.heardMs = nowMs
    }
    this.#add(addresses, 'announced', Infinity, nowMs)
  }

  /** Takes in what a person named. */
  given(addresses: readonly string[], nowMs: number): void {
    this.#add(addresses, 'given', FORGOTTEN_MS, nowMs)
  }

  /**
   * Takes in what was heard on the local network, good for `lifeMs`; 0 says that it is not true any more. When there is no room, only what works stays. Answers
   * whether one of them was not known.
   */
  heard(addresses: readonly string[], lifeMs: number, nowMs: number): boolean {
    const known = new Set(this.#entries.map(({ address }) => address))
    if (lifeMs > 0) this.#add(addresses, 'mdns', lifeMs, nowMs)
    else for (const entry of this.#entries) if (isOneOf(entry, addresses, 'mdns')) entry.lifeMs = 0
    this.#age(nowMs)
    return this.#entries.some(({ address }) => !known.has(address))
  }

  /** Nobody who can be believed named this address, or somebody else answered there: the one who answers may mean harm. */
  isDoubtful(address: string): boolean {
    const entry = this.#entries.find((known) => known.address === address)
    return entry === undefined || isHearsay(entry) || entry.outcome === 'wrong-peer'
  }

  /** What came of dialing an address; one that is not in the book yet is put there if it led to the peer. */
  tried(address: string, outcome: AddressOutcome, nowMs: number): void {
    const known = this.#entries.find((entry) => entry.address === address)
    const entry = outcome === 'reached' ? (known ?? this.#entry(address, 'earlier', nowMs)) : known
    if (entry === undefined) return
    entry.triedMs = nowMs
    entry.outcome = outcome
    if (outcome === 'reached') {
      entry.workedMs = nowMs
      entry.failure = undefined
      this.#makeRoom(nowMs)
    } else {
      entry.failedMs = nowMs
      entry.failure = outcome
    }
    this.#age(nowMs)
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

  /** Likewise, with all that is known of each. */
  known(nowMs: number, ownNetworks: readonly OwnNetwork[] = []): KnownAddress[] {
    return this.#sorted(nowMs, ownNetworks).map((entry) => ({
      address: entry.address,
      standing: standingOf(entry, nowMs),
      source: entry.source,
      kind: addressKind(entry.address, ownNetworks),
      learnedAtMs: entry.learnedMs,
      confirmedAtMs: entry.heardMs,
      expiresAtMs: finite(this.#isKept(entry) ? Infinity : expiryOf(entry)),
      lastTriedMs: finite(entry.triedMs),
      lastOutcome: entry.outcome,
      lastReachedMs: finite(entry.workedMs),
    }))
  }

  /**
   * For the disk: those that worked, the last one first, then the others as they were heard. Changes only when an address is new, goes or works. What is mere hearsay
   * is not for the disk.
   */
  persisted(): string[] {
    return this.#entries
      .filter((entry) => entry.source !== 'mdns' || entry.workedMs > -Infinity)
      .toSorted((a, b) => compareNumbers(b.workedMs, a.workedMs))
      .map(({ address }) => address)
  }

  #add(addresses: readonly string[], source: AddressSource, lifeMs: number, nowMs: number): void {
    for (const address of addresses.slice(0, ADDRESSES_KEPT_MAX)) {
      const entry = this.#entries.find((known) => known.address === address) ?? this.#entry(address, source, nowMs)
      // The peer's own word is worth more than anybody else's, and a person's more than hearsay, which would soon age.
      if (entry.source === 'announced' && source !== 'announced') continue
      if (entry.source === 'given' && source === 'mdns') continue
      Object.assign(entry, { source, lifeMs, heardMs: nowMs })
    }
    this.#makeRoom(nowMs)
    this.#age(nowMs)
  }

  #entry(address: string, source: AddressSource, nowMs: number): Entry {
    const entry: Entry = {
      address,
      source,
      learnedMs: nowMs,
      heardMs: nowMs,
      lifeMs: Infinity,
      workedMs: -Infinity,
      triedMs: -Infinity,
      outcome: undefined,
      failedMs: -Infinity,
      failure: undefined,
      score: undefined,
    }
    this.#entries.push(entry)
    return entry
  }

  /** Forgets what is too old. What worked was true once, and ages more slowly than hearsay. */
  #age(nowMs: number): void {
    for (const entry of this.#entries) {
      if (entry.source === 'mdns' && entry.workedMs > -Infinity && expiryOf(entry) <= nowMs) entry.source = 'earlier'
    }
    this.#entries = this.#entries.filter((entry) => this.#isKept(entry) || expiryOf(entry) > nowMs)
  }

  /** It is the one that worked last. */
  #isKept(entry: Entry): boolean {
    return entry.workedMs > -Infinity && this.#entries.every((other) => other.workedMs <= entry.workedMs)
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
  return (source === 'mdns' || source === 'earlier') && workedMs === -Infinity
}

function isOneOf({ address, source }: Entry, addresses: readonly string[], wanted: AddressSource): boolean {
  return source === wanted && addresses.includes(address)
}

/** When an address is forgotten. */
function expiryOf({ source, heardMs, lifeMs, workedMs }: Entry): number {
  if (source === 'announced') return Infinity
  return source === 'mdns' ? heardMs + lifeMs : Math.max(heardMs, workedMs) + FORGOTTEN_MS
}

function finite(ms: number): number | undefined {
  return Number.isFinite(ms) ? ms : undefined
}

function standingOf({ source, heardMs, workedMs, failedMs, failure }: Entry, nowMs: number): AddressStanding {
  if (source !== 'announced' && nowMs - Math.max(heardMs, workedMs) > STALE_MS) return 'stale'
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
