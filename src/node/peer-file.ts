import type { Greeting } from '../core/frame/frames.ts'
import { type PeerId, shortPeerId } from '../identity/peer-id.ts'
import type { PairingKeys } from '../identity/proof.ts'
import type { PeerRecord, Store } from '../store/store.ts'

const ADDRESSES_KEPT_MAX = 16
const NAME_LENGTH_MAX = 64

/** What is known of one peer, on disk as soon as it is paired. */
export class PeerFile {
  readonly id: PeerId
  readonly #store: Store
  #record: PeerRecord
  #isPaired: boolean
  /** The record on disk is older than the one here. */
  #unsaved = false

  private constructor(store: Store, record: PeerRecord, isPaired: boolean) {
    this.#store = store
    this.id = record.id
    this.#record = record
    this.#isPaired = isPaired
  }

  /** Of a peer that is stored. */
  static stored(store: Store, record: PeerRecord): PeerFile {
    return new PeerFile(store, record, true)
  }

  /** Of a stranger with whom a pairing has begun: nothing is written until it is complete. */
  static provisional(store: Store, id: PeerId, addresses: readonly string[]): PeerFile {
    const record: PeerRecord = {
      id,
      name: shortPeerId(id),
      pairedAtMs: 0,
      addresses: [...addresses],
      instanceStart: 0,
      lastSeenMs: undefined,
      keys: undefined,
    }
    return new PeerFile(store, record, false)
  }

  get isPaired(): boolean {
    return this.#isPaired
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

  /** The pairing is complete; it is on disk when this returns. */
  paired(name: string, keys: PairingKeys, wallMs: number): void {
    this.#record = {
      ...this.#record,
      name: cleanName(name, this.id),
      keys,
      pairedAtMs: Math.floor(wallMs),
      lastSeenMs: Math.floor(wallMs),
    }
    this.#store.savePeer(this.#record)
    this.#isPaired = true
  }

  /** What the peer said of itself: its instance, and where it can be dialed. */
  learned(greeting: Greeting, wallMs: number): void {
    const { start } = greeting.instance
    const announced = greeting.addresses.filter(isPlain)
    const addresses = announced.length === 0 ? this.addresses : merge(this.addresses, announced)
    if (start === this.instanceStart && sameList(addresses, this.addresses)) return
    this.#change({ instanceStart: start, addresses, lastSeenMs: Math.floor(wallMs) })
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

  /** What cannot be stored is kept in memory, and is stored with the next change: a full disk is no reason to lose a peer. */
  #change(change: Partial<Omit<PeerRecord, 'id'>>): void {
    this.#record = { ...this.#record, ...change }
    if (!this.#isPaired) return
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
