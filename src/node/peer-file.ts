import type { Greeting } from '../core/frame/frames.ts'
import { type PeerId, shortPeerId } from '../identity/peer-id.ts'
import type { PairingKeys } from '../identity/proof.ts'
import { checkedCopy } from '../store/record.ts'
import type { PeerRecord, Store } from '../store/store.ts'
import type { PeerSettings } from './api.ts'
import type { KnownRelation } from './context.ts'

const ADDRESSES_KEPT_MAX = 16
const NAME_LENGTH_MAX = 64

/** What a person decides about a peer. */
type Wishes = Pick<PeerRecord, 'paused' | 'blocked' | keyof PeerSettings>

const defaultSettings: PeerSettings = {
  hold: 'always',
  idleTimeoutMs: undefined,
  keepAlive: undefined,
  protocols: 'all',
}

/** What is known of one peer and wanted for it; on disk as soon as it is paired, or met as a member of the network. */
export class PeerFile {
  readonly id: PeerId
  readonly #store: Store
  #record: PeerRecord
  #relation: KnownRelation
  /** The record on disk is older than the one here. */
  #unsaved = false

  private constructor(store: Store, record: PeerRecord, relation: KnownRelation) {
    this.#store = store
    this.id = record.id
    this.#record = record
    this.#relation = relation
  }

  /** Of a peer that is stored. */
  static stored(store: Store, record: PeerRecord): PeerFile {
    return new PeerFile(store, record, record.relation)
  }

  /** Of a peer that is not stored: a guest, a host, or a stranger with whom a pairing has begun. */
  static passing(
    store: Store,
    id: PeerId,
    addresses: readonly string[],
    relation: 'guest' | 'host' | 'stranger',
    settings: Partial<PeerSettings> = {},
  ): PeerFile {
    const record: PeerRecord = {
      id,
      name: shortPeerId(id),
      pairedAtMs: 0,
      addresses: addresses.filter(isPlain).slice(0, ADDRESSES_KEPT_MAX),
      instanceStart: 0,
      lastSeenMs: undefined,
      keys: undefined,
      relation: 'paired',
      named: false,
      paused: false,
      blocked: false,
      ...defaultSettings,
      ...settings,
    }
    return new PeerFile(store, record, relation)
  }

  get relation(): KnownRelation {
    return this.#relation
  }

  get name(): string {
    return this.#record.name
  }

  get addresses(): readonly string[] {
    return this.#record.addresses
  }

  get instanceStart(): number {
    return this.#record.instanceStart
  }

  get lastSeenMs(): number | undefined {
    return this.#record.lastSeenMs
  }

  get paused(): boolean {
    return this.#record.paused
  }

  get blocked(): boolean {
    return this.#record.blocked
  }

  get settings(): PeerSettings {
    const { hold, idleTimeoutMs, keepAlive, protocols } = this.#record
    return { hold, idleTimeoutMs, keepAlive, protocols }
  }

  /** The pairing is complete; it is on disk when this returns. */
  paired(name: string, keys: PairingKeys, wallMs: number): void {
    const wasGuest = this.#relation === 'guest' || this.#relation === 'host'
    this.#save(
      {
        ...this.#record,
        // What a guest was allowed says nothing about a peer.
        ...(wasGuest && defaultSettings),
        relation: 'paired',
        name: this.#record.named ? this.name : cleanName(name, this.id),
        keys,
        pairedAtMs: Math.floor(wallMs),
        lastSeenMs: Math.floor(wallMs),
      },
      'paired',
    )
  }

  /** It has shown that it knows the network's secret; it is on disk when this returns. */
  joined(name: string, wallMs: number): void {
    const record: PeerRecord = { ...this.#record, relation: 'member', name: cleanName(name, this.id) }
    this.#save({ ...record, pairedAtMs: Math.floor(wallMs), lastSeenMs: Math.floor(wallMs) }, 'member')
  }

  /** What the peer said of itself: its instance, where it can be dialed, and its name if nobody knows it by pairing. */
  learned(greeting: Greeting, wallMs: number): void {
    const { start } = greeting.instance
    const announced = greeting.addresses.filter(isPlain)
    const addresses = announced.length === 0 ? this.addresses : merge(this.addresses, announced)
    const name = this.#record.named || this.#relation === 'paired' ? this.name : cleanName(greeting.name, this.id)
    if (start === this.instanceStart && name === this.name && sameList(addresses, this.addresses)) return
    this.#change({ instanceStart: start, name, addresses, lastSeenMs: Math.floor(wallMs) })
  }

  /** This address led to the peer: it goes first from now on. */
  reached(address: string): void {
    if (this.addresses[0] === address) return
    this.#change({
      addresses: [address, ...this.addresses.filter((other) => other !== address)].slice(0, ADDRESSES_KEPT_MAX),
    })
  }

  lost(wallMs: number): void {
    this.#change({ lastSeenMs: Math.floor(wallMs) })
  }

  /** What a person wants. On disk when this returns; throws the store's error, and nothing has changed, if that cannot be. */
  configure(wishes: Partial<Wishes>): void {
    if ('hold' in wishes && wishes.hold === undefined) wishes = { ...wishes, hold: defaultSettings.hold }
    if ('protocols' in wishes && wishes.protocols === undefined)
      wishes = { ...wishes, protocols: defaultSettings.protocols }
    this.#wish(wishes)
  }

  /** Likewise. */
  rename(name: string): void {
    this.#wish({ name, named: true })
  }

  /** Likewise; nothing is on disk any more. */
  remove(): void {
    if (this.#isStored) this.#store.removePeer(this.id)
    this.#relation = 'stranger'
  }

  get #isStored(): boolean {
    return this.#relation === 'paired' || this.#relation === 'member'
  }

  #wish(change: Partial<PeerRecord>): void {
    const record = { ...this.#record, ...change }
    checkedCopy(record)
    if (this.#isStored) this.#store.updatePeer(this.id, this.#unsaved ? record : change)
    this.#unsaved = false
    this.#record = record
  }

  #save(record: PeerRecord, relation: 'paired' | 'member'): void {
    this.#store.savePeer(record)
    this.#record = record
    this.#relation = relation
    this.#unsaved = false
  }

  /** What cannot be stored is kept in memory, and is stored with the next change: a full disk is no reason to lose a peer. */
  #change(change: Partial<Omit<PeerRecord, 'id'>>): void {
    this.#record = { ...this.#record, ...change }
    if (!this.#isStored) return
    try {
      this.#store.updatePeer(this.id, this.#unsaved ? this.#record : change)
      this.#unsaved = false
    } catch (error) {
      if (!this.#unsaved) process.emitWarning(error instanceof Error ? error : String(error))
      this.#unsaved = true
    }
  }
}

/** What is announced now, those that worked before first; the one that worked last is kept even if it is not announced. */
function merge(known: readonly string[], announced: readonly string[]): string[] {
  const kept = known.filter((address, at) => at === 0 || announced.includes(address))
  return [...new Set([...kept, ...announced])].slice(0, ADDRESSES_KEPT_MAX)
}

/** What the store takes for control characters, and invisible ones. */
const unfit = /[\p{C}\p{Zl}\p{Zp}]/u

/** Fit to be stored and shown: no control characters. */
function isPlain(text: string): boolean {
  return text.length > 0 && !unfit.test(text)
}

/** A name from the other side, made fit to be shown. */
function cleanName(name: string, id: PeerId): string {
  const plain = name.replace(new RegExp(unfit, 'gu'), '').trim()
  return plain === '' ? shortPeerId(id) : Array.from(plain).slice(0, NAME_LENGTH_MAX).join('')
}

function sameList(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((value, at) => value === b[at])
}
