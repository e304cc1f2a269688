// What a record may hold. Checked on the way in, so that a bad value fails where it arises, and on the way out,
// since a file on disk is no more trustworthy than a peer.
import { type PeerId, parsePeerId } from '../identity/peer-id.ts'
import { checkWholeNumber, isShowable, refuse } from './checks.ts'
import { checkChoices, copyOfChoices } from './settings.ts'
import type { PeerRecord } from './store.ts'

/** The limits of what is stored of a peer. Longer values are refused, never cut. */
export const recordLimits = {
  /** Characters (code points) of a peer's name, of which one at least is no space. SPEC.md allows as many bytes. */
  nameCharsMax: 64,
  addressesMax: 16,
  /** UTF-16 units of one address; SPEC.md allows as many bytes. */
  addressCharsMax: 255,
  /** A start number is 48 bits long on the wire (SPEC.md, HELLO). */
  instanceStartMax: 2 ** 48 - 1,
  settingKeyCharsMax: 128,
  settingValueCharsMax: 65_536,
  /** Bytes of each of a pairing's keys. */
  keyBytes: 32,
} as const

/** Throws `InvalidRecordError` if `name` cannot be the name of a peer. */
function checkName(name: unknown): asserts name is string {
  if (typeof name !== 'string') refuse('name', 'The name of a peer must be text')
  if (name.trim() === '') refuse('name', 'The name of a peer is empty; give it at least one character that is no space')
  // A string of more UTF-16 units than this has too many code points; no need to count those of a huge one.
  const chars = name.length > 2 * recordLimits.nameCharsMax ? name.length : Array.from(name).length
  if (chars > recordLimits.nameCharsMax) {
    refuse('name', `The name of a peer has ${chars} characters; shorten it to at most ${recordLimits.nameCharsMax}`)
  }
  if (!isShowable(name)) {
    refuse(
      'name',
      `The name ${JSON.stringify(name)} of a peer holds control characters or half characters; remove them`,
    )
  }
}

function checkAddresses(addresses: unknown): asserts addresses is readonly string[] {
  if (!Array.isArray(addresses)) refuse('addresses', 'The addresses of a peer must be a list')
  if (addresses.length > recordLimits.addressesMax) {
    refuse('addresses', `A peer has ${addresses.length} addresses; keep the best ${recordLimits.addressesMax}`)
  }
  for (const address of addresses as unknown[]) {
    if (typeof address !== 'string' || address === '')
      refuse('addresses', 'An address of a peer must be text, and not empty')
    if (address.length > recordLimits.addressCharsMax) {
      refuse(
        'addresses',
        `An address has ${address.length} characters; leave out what is longer than ${recordLimits.addressCharsMax}`,
      )
    }
    if (!isShowable(address)) {
      refuse(
        'addresses',
        `The address ${JSON.stringify(address)} holds control characters or half characters; leave it out`,
      )
    }
  }
}

function checkKeys(keys: PeerRecord['keys']): void {
  if (keys === undefined) return
  for (const key of [keys.send, keys.receive]) {
    if (!(key instanceof Uint8Array) || key.length !== recordLimits.keyBytes) {
      refuse('keys', `The keys of a pairing must be ${recordLimits.keyBytes} bytes each`)
    }
  }
}

/** Throws `InvalidRecordError` if `id` is not the text of a peer id. */
export function checkId(id: unknown): asserts id is PeerId {
  try {
    if (typeof id === 'string' && parsePeerId(id) === id) return
  } catch {
    // Reported below, with the field.
  }
  refuse('id', `'${String(id)}' is not a peer id in its usual form; use the id as the peer shows it`)
}

/** Returns a copy of `record` that shares nothing with it, or throws `InvalidRecordError`. The id is not looked at. */
export function checkedCopy(record: PeerRecord): PeerRecord {
  checkName(record.name)
  checkWholeNumber('pairedAtMs', record.pairedAtMs)
  checkAddresses(record.addresses)
  checkWholeNumber('instanceStart', record.instanceStart, recordLimits.instanceStartMax)
  if (record.lastSeenMs !== undefined) checkWholeNumber('lastSeenMs', record.lastSeenMs)
  checkKeys(record.keys)
  checkChoices(record)
  return copyOf(record)
}

/** A copy that shares nothing with `record` that can be changed. */
export function copyOf(record: PeerRecord): PeerRecord {
  const { id, name, pairedAtMs, instanceStart, lastSeenMs, keys } = record
  return {
    id,
    name,
    pairedAtMs,
    addresses: [...record.addresses],
    instanceStart,
    lastSeenMs,
    keys: keys && { send: Uint8Array.from(keys.send), receive: Uint8Array.from(keys.receive) },
    ...copyOfChoices(record),
  }
}

/** Throws `InvalidRecordError` if the setting cannot be stored. */
export function checkSetting(key: unknown, value: unknown): void {
  const { settingKeyCharsMax, settingValueCharsMax } = recordLimits
  if (typeof key !== 'string' || key === '' || key.length > settingKeyCharsMax || !key.isWellFormed()) {
    refuse('key', `The key of a setting must be text of 1 to ${settingKeyCharsMax} characters`)
  }
  if (typeof value !== 'string' || value.length > settingValueCharsMax || !value.isWellFormed()) {
    refuse('value', `The value of the setting '${key}' must be text of at most ${settingValueCharsMax} characters`)
  }
}

/** The rule of `Store.nextInstanceStart`. */
export function instanceStartAfter(last: number, wallNowMs: number): number {
  const start = Math.max(last + 1, Math.floor(wallNowMs / 1000))
  checkWholeNumber('instanceStart', start, recordLimits.instanceStartMax)
  return start
}

/** The order of `Store.peers`: oldest pairing first, then by id, so that every store gives the same. */
export const byPairing = (a: PeerRecord, b: PeerRecord): number =>
  a.pairedAtMs - b.pairedAtMs || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0)
