// Who may start a handshake, and who waits. A stranger who connects is nobody yet, and a handshake costs memory and time.
// So handshakes are few at a time and few a second, for each network that a stranger may own and in all. Those who find no
// place wait. When too many wait, the oldest of the network with the most of them goes: a newcomer from elsewhere always
// gets in. Sources from which a peer came lately have places of their own.
import { TokenBucket, type TokenBucketOptions } from '../../core/token-bucket.ts'
import { type SourcePrefixes, sourcePrefixes } from './source.ts'

/** A value for each width of prefix, narrowest first: see `SourcePrefixes`. */
type ByPrefix<T> = readonly [narrow: T, middle: T, wide: T]

/** How many may be where at once, and how many handshakes may start in a second. */
export interface AdmissionLimits {
  /** Handshakes in progress, in all. */
  readonly handshakesMax: number
  /** Handshakes in progress from one prefix. */
  readonly handshakesPerPrefixMax: ByPrefix<number>
  /** Handshakes in progress beyond `handshakesMax`, from sources that are known. */
  readonly knownHandshakesMax: number
  /** Handshakes that may start, in all. One that ends with a peer does not count. */
  readonly handshakeRate: TokenBucketOptions
  /** Handshakes that may start from one prefix. */
  readonly handshakeRatePerPrefix: ByPrefix<TokenBucketOptions>
  /** Connections that wait for their first message or for a handshake, in all. */
  readonly waitingMax: number
}

/** What an admission decides. Called from inside `arrive` and `advance`. */
export interface AdmissionDecisions<T> {
  /** The handshake may start. */
  admit(arrival: T): void
  /** There is no place left, not even to wait: close it. It has left already. */
  drop(arrival: T): void
}

/** Handshakes that start in one turn of the event loop. Each takes OpenSSL 1 to 2 ms, and others wait so long. */
const STARTS_MAX = 8
/** Sources that are remembered as those of peers; beyond them the one from which a peer came the longest ago is forgotten. */
const KNOWN_MAX = 1_024
/** A known source keeps its place in the queue while it has no more connections there than this. */
const KNOWN_WAITING_MAX = 16
/** Handshakes that one counts for that was charged: about the work of a read full of changes of keys. */
const CHARGE_TOKENS = 50
/** Prefixes whose rate is remembered. Idle ones whose bucket is full again are forgotten beyond this number. */
const PREFIXES_MAX = 4_096

/** One network, as far as connections from it are here or were a moment ago. */
interface Prefix {
  readonly key: string
  readonly bucket: TokenBucket
  waiting: number
  handshakes: number
  /** When it was last given a handshake, as a count of handshakes. */
  served: number
}

interface Place {
  readonly prefixes: ByPrefix<Prefix>
  state: 'silent' | 'ready' | 'handshake'
}

/** Gives out the places of one listener. Pure: it knows neither sockets nor timers. */
export class Admission<T extends object> {
  readonly #limits: AdmissionLimits
  readonly #decisions: AdmissionDecisions<T>
  readonly #bucket: TokenBucket
  readonly #prefixes = new Map<string, Prefix>()
  /** Narrow prefixes from which a peer came, the latest last. */
  readonly #known = new Set<string>()
  /** Those who wait, oldest first. */
  readonly #waiting = new Map<T, Place>()
  readonly #handshakes = new Map<T, Place>()
  #started = 0
  #nextMs: number | undefined

  constructor(limits: AdmissionLimits, decisions: AdmissionDecisions<T>) {
    this.#limits = limits
    this.#decisions = decisions
    this.#bucket = new TokenBucket(limits.handshakeRate)
  }

  /** Handshakes in progress, those included that have failed and whose connection is still being closed. */
  get handshakes(): number {
    return this.#handshakes.size
  }

  /** Connections that wait. */
  get waiting(): number {
    return this.#waiting.size
  }

  /** Connections from known sources that wait or are in a handshake. */
  get known(): number {
    let count = 0
    for (const places of [this.#waiting, this.#handshakes])
      for (const place of places.values()) if (this.#isKnown(place)) count++
    return count
  }

  /**
   * When `advance` is due. The past: in the next turn of the event loop. Undefined if nobody is there whom places allow to start.
   */
  get nextMs(): number | undefined {
    return this.#nextMs
  }

  /** A connection from this IP address was accepted. It has said nothing yet. */
  arrive(arrival: T, ip: string, nowMs: number): void {
    const place: Place = { prefixes: this.#prefixesOf(ip, nowMs), state: 'silent' }
    this.#waiting.set(arrival, place)
    for (const prefix of place.prefixes) prefix.waiting++
    if (this.#waiting.size <= this.#limits.waitingMax) return
    const dropped = this.#oldestOfTheMany()
    this.#remove(dropped)
    this.#decisions.drop(dropped)
  }

  /** Its first message has come, and deserves a handshake. */
  ready(arrival: T): void {
    const place = this.#waiting.get(arrival)
    if (place === undefined) return
    place.state = 'ready'
    this.#nextMs = -Infinity
  }

  /** Its connection has closed. Unknown ones are ignored. */
  leave(arrival: T): void {
    if (this.#remove(arrival)) this.#nextMs = -Infinity
  }

  /** Its handshake has ended well, so it cost nobody anything. `known`: it is a peer, and its source is preferred from now on. */
  accept(arrival: T, known: boolean): void {
    const place = this.#handshakes.get(arrival)
    if (place === undefined) return
    this.#bucket.give()
    for (const { bucket } of place.prefixes) bucket.give()
    if (known) this.#remember(place.prefixes[0].key)
    this.leave(arrival)
  }

  /** One in a handshake has cost as much as many: its networks wait the longer for their next ones. */
  charge(arrival: T, nowMs: number): void {
    for (const { bucket } of this.#handshakes.get(arrival)?.prefixes ?? []) bucket.spend(nowMs, CHARGE_TOKENS)
  }

  /** A peer is at this IP address, as far as is known: its connections are preferred. */
  expect(ip: string): void {
    this.#remember(sourcePrefixes(ip)[0])
  }

  /** Admits whom places and rate allow, a few at a time. */
  advance(nowMs: number): void {
    this.#nextMs = undefined
    for (let started = 0; started < STARTS_MAX; started++) {
      const next = this.#next(nowMs)
      if (next === undefined) return
      this.#start(...next, nowMs)
    }
    this.#nextMs = -Infinity
  }

  /** Sends everybody away who is in a handshake or waits, admits nobody in their place, and says who they were. */
  clear(): T[] {
    const all = [...this.#waiting.keys(), ...this.#handshakes.keys()]
    for (const arrival of all) this.#remove(arrival)
    this.#nextMs = undefined
    return all
  }

  #isKnown({ prefixes }: Place): boolean {
    return this.#known.has(prefixes[0].key)
  }

  #remember(key: string): void {
    this.#known.delete(key)
    this.#known.add(key)
    const [oldest] = this.#known
    if (this.#known.size > KNOWN_MAX && oldest !== undefined) this.#known.delete(oldest)
  }

  #start(arrival: T, place: Place, nowMs: number): void {
    this.#remove(arrival)
    place.state = 'handshake'
    this.#handshakes.set(arrival, place)
    this.#started++
    this.#bucket.spend(nowMs, 1)
    for (const prefix of place.prefixes) {
      prefix.handshakes++
      prefix.served = this.#started
      prefix.bucket.spend(nowMs, 1)
    }
    this.#decisions.admit(arrival)
  }

  #remove(arrival: T): boolean {
    const waiting = this.#waiting.get(arrival)
    if (waiting !== undefined) {
      this.#waiting.delete(arrival)
      for (const prefix of waiting.prefixes) prefix.waiting--
      return true
    }
    const place = this.#handshakes.get(arrival)
    if (place === undefined) return false
    this.#handshakes.delete(arrival)
    for (const prefix of place.prefixes) prefix.handshakes--
    return true
  }

  /** A known source first; then whose widest network was served the longest ago, then whose narrower ones; then who came first. */
  #next(nowMs: number): [T, Place] | undefined {
    const { handshakesMax, knownHandshakesMax } = this.#limits
    if (this.#handshakes.size >= handshakesMax + knownHandshakesMax) return undefined
    let best: [T, Place] | undefined
    for (const [arrival, place] of this.#waiting) {
      if (place.state !== 'ready' || !this.#hasPlace(place) || !this.#hasToken(place, nowMs)) continue
      if (best === undefined || this.#goesBefore(place, best[1])) best = [arrival, place]
    }
    return best
  }

  #hasPlace(place: Place): boolean {
    const { handshakesMax, handshakesPerPrefixMax } = this.#limits
    const { prefixes } = place
    if (this.#isKnown(place)) return prefixes[0].handshakes < handshakesPerPrefixMax[0]
    if (this.#handshakes.size >= handshakesMax) return false
    return prefixes.every(({ handshakes }, width) => handshakes < (handshakesPerPrefixMax[width] ?? 0))
  }

  /** Notes when to look again if there is none. */
  #hasToken(place: Place, nowMs: number): boolean {
    const [narrow, ...wider] = place.prefixes.map(({ bucket }) => bucket)
    const buckets = this.#isKnown(place) ? [narrow] : [narrow, ...wider, this.#bucket]
    const waitMs = Math.max(...buckets.map((bucket) => bucket?.waitMs(nowMs) ?? 0))
    if (waitMs === 0) return true
    this.#nextMs = Math.min(this.#nextMs ?? Infinity, nowMs + waitMs)
    return false
  }

  #goesBefore(one: Place, other: Place): boolean {
    const known = Number(this.#isKnown(other)) - Number(this.#isKnown(one))
    if (known !== 0) return known < 0
    for (let width = 2; width >= 0; width--) {
      const served = (one.prefixes[width]?.served ?? 0) - (other.prefixes[width]?.served ?? 0)
      if (served !== 0) return served < 0
    }
    return false
  }

  /** Of the widest prefix with the most who wait, the middle one with the most, and of that the narrow one. */
  #oldestOfTheMany(): T {
    let heaviest: [T, Place] | undefined
    for (const entry of this.#waiting) {
      if (this.#isKnown(entry[1]) && entry[1].prefixes[0].waiting <= KNOWN_WAITING_MAX) continue
      if (heaviest === undefined || isHeavier(entry[1], heaviest[1])) heaviest = entry
    }
    const [oldest] = this.#waiting.keys()
    const dropped = heaviest?.[0] ?? oldest
    if (dropped === undefined) throw new Error('The queue is over its bound but empty')
    return dropped
  }

  #prefixesOf(ip: string, nowMs: number): ByPrefix<Prefix> {
    const keys: SourcePrefixes = sourcePrefixes(ip)
    const [narrow, middle, wide] = this.#limits.handshakeRatePerPrefix
    return [
      this.#prefix(keys[0], narrow, nowMs),
      this.#prefix(keys[1], middle, nowMs),
      this.#prefix(keys[2], wide, nowMs),
    ]
  }

  #prefix(key: string, rate: TokenBucketOptions, nowMs: number): Prefix {
    const found = this.#prefixes.get(key)
    if (found !== undefined) return found
    if (this.#prefixes.size >= PREFIXES_MAX) this.#forgetIdle(nowMs)
    const prefix: Prefix = { key, bucket: new TokenBucket(rate), waiting: 0, handshakes: 0, served: 0 }
    this.#prefixes.set(key, prefix)
    return prefix
  }

  /** At least half of the room becomes free, so that this is rare: those whose bucket has filled go first, then the oldest. */
  #forgetIdle(nowMs: number): void {
    const idle = [...this.#prefixes.values()].filter(({ waiting, handshakes }) => waiting + handshakes === 0)
    const full = idle.filter(({ bucket }) => bucket.isFull(nowMs))
    for (const { key } of full.length >= PREFIXES_MAX / 2 ? full : idle.slice(0, PREFIXES_MAX / 2))
      this.#prefixes.delete(key)
  }
}

/** More wait from its widest prefix; if as many do, from the narrower ones. */
function isHeavier(one: Place, other: Place): boolean {
  for (let width = 2; width >= 0; width--) {
    const more = (one.prefixes[width]?.waiting ?? 0) - (other.prefixes[width]?.waiting ?? 0)
    if (more !== 0) return more > 0
  }
  return false
}
