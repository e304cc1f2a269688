import { ADDRESSES_KEPT_MAX, AddressBook, type AddressOutcome } from '../../core/dial/address-book.ts'
import { orderingAddress } from '../../core/dial/address-order.ts'
import type { Greeting } from '../../core/frame/frames.ts'
import { cleanName, parseName } from '../../identity/name.ts'
import { type PeerId, shortPeerId } from '../../identity/peer-id.ts'
import { isPlain } from '../../identity/plain-text.ts'
import { applicationKeys, type PairingKeys } from '../../identity/proof.ts'
import { checkedCopy } from '../../store/record.ts'
import { defaultChoices, type PeerChoices } from '../../store/settings.ts'
import type { PeerRecord, Store } from '../../store/store.ts'
import type { PeerSettings } from '../api.ts'
import type { KnownRelation } from '../context.ts'
import { InvalidArgumentError, NoPairingKeysError } from '../errors.ts'

/** What is not remembered; a member only until it has proved to be one. */
type Passing = Exclude<KnownRelation, 'paired'>

/** What is known of a peer that is not stored. */
export interface ProvisionalOptions {
  /** Default `stranger`. */
  readonly relation?: Passing
  readonly settings?: Partial<PeerSettings>
  /** Since when its addresses are known, in milliseconds since 1970. */
  readonly wallMs?: number
}

/**
 * What is known of one peer, on disk from the moment it is paired or met as a member.
 *
 * What people decide (`configure`, `rename`, `remove`, a pairing) is on disk when the call returns, or the call throws the
 * store's error and nothing has changed. What the network taught waits for better times if the disk is full.
 */
export class PeerRecordStore {
  readonly id: PeerId
  readonly #store: Store
  #record: PeerRecord
  readonly #book: AddressBook
  #isStored: boolean
  /** What it is as long as it is not stored. */
  readonly #passing: Passing
  /** The record on disk is older than the one here. */
  #unsaved = false

  private constructor(store: Store, record: PeerRecord, isStored: boolean, passing: Passing = 'stranger') {
    this.#store = store
    this.id = record.id
    this.#record = record
    this.#isStored = isStored
    this.#passing = passing
    const source = isStored ? 'announced' : 'given'
    this.#book = new AddressBook(record.addresses, record.lastSeenMs ?? record.pairedAtMs, source)
  }

  /** Of a peer that is stored. */
  static stored(store: Store, record: PeerRecord): PeerRecordStore {
    return new PeerRecordStore(store, record, true)
  }

  /** Of a guest, a host, a member that is being met, or a stranger with whom a pairing has begun: nothing is written before it is complete. */
  static provisional(
    store: Store,
    id: PeerId,
    addresses: readonly string[],
    { relation = 'stranger', settings = {}, wallMs = 0 }: ProvisionalOptions = {},
  ): PeerRecordStore {
    const record: PeerRecord = {
      id,
      name: shortPeerId(id),
      pairedAtMs: wallMs,
      addresses: addresses.filter(isPlain).slice(0, ADDRESSES_KEPT_MAX),
      instanceStart: 0,
      lastSeenMs: undefined,
      keys: undefined,
      ...defaultChoices,
      ...settings,
    }
    return new PeerRecordStore(store, record, false, relation)
  }

  /** Of a peer with whom a pairing has begun that is to make it another: a stranger, for whom what a person has decided about the peer holds as well. */
  static anew(known: PeerRecordStore): PeerRecordStore {
    return new PeerRecordStore(known.#store, { ...known.#record, keys: undefined, instanceStart: 0 }, false)
  }

  /** Whether it is remembered, as a paired peer or as a member. */
  get isStored(): boolean {
    return this.#isStored
  }

  /** What it is to this node; `stranger` while a pairing with it is not complete. */
  get relation(): KnownRelation {
    return this.#isStored ? this.#record.relation : this.#passing
  }

  get name(): string {
    return this.#record.name
  }

  /** Where it can be dialed as far as that is for the disk, the one that worked last first. */
  get addresses(): readonly string[] {
    return this.#record.addresses
  }

  /** Which of these decides who dials, where that goes by addresses. */
  get orderingAddress(): string | undefined {
    return orderingAddress(this.addresses)
  }

  /** What is known of each address; what changes the list on disk goes through here. */
  get book(): Pick<AddressBook, 'addresses' | 'isDoubtful' | 'known' | 'ranked' | 'measured' | 'networkChanged'> {
    return this.#book
  }

  get instanceStart(): number {
    return this.#record.instanceStart
  }

  get lastSeenMs(): number | undefined {
    return this.#record.lastSeenMs
  }

  get isPaused(): boolean {
    return this.#record.paused
  }

  /** Whether a person here wants nothing of it. */
  get isBlocked(): boolean {
    return this.#record.blocked
  }

  get settings(): PeerSettings {
    const { connectPolicy, idleTimeoutMs, keepAlive, protocols } = this.#record
    return { connectPolicy, idleTimeoutMs, keepAlive, protocols }
  }

  /** What is derived from the keys of the pairing for `label`. Throws `NoPairingKeysError` where there is no pairing, and `InvalidArgumentError` for a label that is none. */
  keysFor(label: string): PairingKeys {
    const { keys, name } = this.#record
    if (keys === undefined || !this.#isStored) throw new NoPairingKeysError(name)
    try {
      return applicationKeys(keys, label)
    } catch (error) {
      throw error instanceof RangeError ? new InvalidArgumentError(error.message, { cause: error }) : error
    }
  }

  /** The pairing is complete; it is on disk when this returns. */
  paired(name: string, keys: PairingKeys, wallMs: number): void {
    this.#decide(
      {
        // What a guest was allowed says nothing about a peer.
        ...((this.relation === 'guest' || this.relation === 'host') && defaultChoices),
        relation: 'paired',
        named: this.#record.named,
        name: this.#record.named ? this.name : cleanName(name, this.id),
        keys,
        pairedAtMs: Math.floor(wallMs),
        lastSeenMs: Math.floor(wallMs),
      },
      true,
    )
  }

  /** It proved the secret of the network. One that is paired stays that. */
  joined(wallMs: number): void {
    if (this.#isStored) return
    const now = Math.floor(wallMs)
    this.#record = { ...this.#record, relation: 'member', pairedAtMs: now, lastSeenMs: now }
    this.#isStored = true
    this.#write(() => this.#store.savePeer(this.#record))
  }

  /** Stores what a person decided. Throws `InvalidRecordError` for what cannot be stored, also of a peer that is not. */
  configure(change: Partial<Omit<PeerChoices, 'relation' | 'named'>>): void {
    this.#decide(change, this.#isStored)
  }

  /** Names the peer, whatever it calls itself from now on. Throws `InvalidNameError`. */
  rename(name: string): void {
    this.#decide({ name: parseName(name), named: true }, this.#isStored)
  }

  /** Forgets the peer; nothing is written of it any more unless it is paired or joins again. */
  remove(): void {
    if (this.#isStored) this.#store.removePeer(this.id)
    this.#isStored = false
    this.#unsaved = false
  }

  /** Another file of the same peer is on disk in its place; nothing is written of this one any more. */
  replaced(): void {
    this.#isStored = false
    this.#unsaved = false
  }

  /** What the peer said of itself: its instance, and where it can be dialed. */
  learned(greeting: Greeting, wallMs: number): void {
    const { start } = greeting.instance
    const announced = greeting.addresses.filter(isPlain)
    if (announced.length > 0) this.#book.announced(announced, wallMs)
    const addresses = this.#book.persisted()
    const name = this.#nameFrom(greeting)
    if (start === this.instanceStart && name === this.name && sameList(addresses, this.addresses)) return
    this.#change({ instanceStart: start, name, addresses, lastSeenMs: Math.floor(wallMs) })
  }

  /**
   * What somebody on the local network said of it: addresses that are good for `lifeMs`, or, with 0, that are not true any more. Answers whether one of them is new.
   */
  heard(addresses: readonly string[], lifeMs: number, wallMs: number): boolean {
    const isNew = this.#book.heard(addresses.filter(isPlain), lifeMs, wallMs)
    const persisted = this.#book.persisted()
    if (!sameList(persisted, this.addresses)) this.#change({ addresses: persisted })
    return isNew
  }

  /** What came of dialing an address. The one that led to the peer goes first from now on. */
  tried(address: string, outcome: AddressOutcome, wallMs: number): void {
    this.#book.tried(address, outcome, wallMs)
    const addresses = this.#book.persisted()
    if (!sameList(addresses, this.addresses)) this.#change({ addresses })
  }

  /** The last byte came from it then. */
  seen(wallMs: number): void {
    this.#change({ lastSeenMs: Math.floor(wallMs) })
  }

  /** Likewise, and that is on disk already. */
  seenSaved(wallMs: number): void {
    this.#record = { ...this.#record, lastSeenMs: wallMs }
  }

  /**
   * A member has no other source of a name. The name of a paired peer was seen by a person, and does not turn into another's; and guests, who may be anybody,
   * could call themselves like a friend.
   */
  #nameFrom(greeting: Greeting): string {
    const { named } = this.#record
    return this.relation !== 'member' || named || greeting.name === '' ? this.name : cleanName(greeting.name, this.id)
  }

  #decide(change: Partial<Omit<PeerRecord, 'id'>>, store: boolean): void {
    const record = checkedCopy({ ...this.#record, ...change })
    if (store) {
      this.#store.savePeer(record)
      this.#isStored = true
      this.#unsaved = false
    }
    this.#record = record
  }

  #change(change: Partial<Omit<PeerRecord, 'id'>>): void {
    this.#record = { ...this.#record, ...change }
    if (!this.#isStored) return
    if (this.#unsaved) this.#write(() => this.#store.savePeer(this.#record))
    else this.#write(() => this.#store.updatePeer(this.id, change))
  }

  /** What cannot be stored is kept in memory, and is stored with the next change: a full disk is no reason to lose a peer. */
  #write(write: () => void): void {
    try {
      write()
      this.#unsaved = false
    } catch (error) {
      if (!this.#unsaved) process.emitWarning(error instanceof Error ? error : String(error))
      this.#unsaved = true
    }
  }
}

function sameList(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((value, at) => value === b[at])
}
