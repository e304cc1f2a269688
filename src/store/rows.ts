// Rows of the database to records and back. SQLite has no checksums of its own, and a flipped bit in a key would show up
// weeks later as a peer that cannot be reached, so every row carries one.
import type { SQLInputValue, SQLOutputValue } from 'node:sqlite'
import { crc32 } from 'node:zlib'
import type { KeepAlive } from '../core/health/keep-alive.ts'
import { checkWholeNumber } from './checks.ts'
import { BadRow } from './errors.ts'
import { checkedCopy, checkId, checkSetting } from './record.ts'
import { defaultChoices, type PeerChoices } from './settings.ts'
import type { PeerRecord } from './store.ts'

/** A row as `node:sqlite` gives it, its integers read as bigint. */
export type Row = Record<string, SQLOutputValue>

const columnsOfVersion1 = [
  'id',
  'name',
  'paired_at_ms',
  'addresses',
  'instance_start',
  'last_seen_ms',
  'send_key',
  'receive_key',
]
const columnsOfVersion2 = [
  ...columnsOfVersion1,
  'relation',
  'paused',
  'blocked',
  'hold',
  'idle_timeout_ms',
  'keep_alive',
  'protocols',
  'named',
]

/** The columns of a peer's row in a database of `version`, in the order of `peerRow`; the checksum is the last. */
export function peerColumns(version: number): readonly string[] {
  return [...(version === 1 ? columnsOfVersion1 : columnsOfVersion2), 'checksum']
}

/** The checksum of a row: CRC-32 over the JSON list of its values, in which bytes are written in hexadecimal digits. */
export function checksumOf(...values: SQLInputValue[]): number {
  return crc32(JSON.stringify(values.map(plain)))
}

function plain(value: SQLInputValue): SQLInputValue {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex')
  return typeof value === 'bigint' ? Number(value) : value
}

/** What is bound to the statement that writes a peer. */
export function peerRow(record: PeerRecord): SQLInputValue[] {
  const { keys, keepAlive, protocols } = record
  const values = [
    record.id,
    record.name,
    record.pairedAtMs,
    JSON.stringify(record.addresses),
    record.instanceStart,
    record.lastSeenMs ?? null,
    keys?.send ?? null,
    keys?.receive ?? null,
    record.relation,
    Number(record.paused),
    Number(record.blocked),
    record.connectPolicy,
    record.idleTimeoutMs ?? null,
    keepAlive === undefined ? null : JSON.stringify(keepAlive),
    protocols === 'all' ? null : JSON.stringify(protocols),
    Number(record.named),
  ]
  return [...values, checksumOf(...values)]
}

/** The record of a row that was read with the `peerColumns` of its version; throws `BadRow`. */
export function parsePeer(row: Row): PeerRecord {
  return parsed(`the row of peer '${String(row['id'])}'`, () => {
    const id = row['id']
    checkId(id)
    const { checksum, ...values } = row
    if (checksumOf(...Object.values(values)) !== number(checksum)) throw new Error('Its checksum does not match')
    const send = bytesOrNull(row['send_key'])
    const receive = bytesOrNull(row['receive_key'])
    if ((send === null) !== (receive === null)) throw new Error('One of its two keys is missing')
    return checkedCopy({
      id,
      name: text(row['name']),
      pairedAtMs: number(row['paired_at_ms']),
      addresses: JSON.parse(text(row['addresses'])) as string[],
      instanceStart: number(row['instance_start']),
      lastSeenMs: optional(row['last_seen_ms'], number),
      keys: send && receive ? { send, receive } : undefined,
      ...(row['relation'] === undefined ? defaultChoices : parseChoices(row)),
    })
  })
}

/** Values that no record may hold are found afterwards, with those of all other fields. */
function parseChoices(row: Row): PeerChoices {
  return {
    relation: text(row['relation']) as PeerRecord['relation'],
    paused: flag(row['paused']),
    blocked: flag(row['blocked']),
    connectPolicy: text(row['hold']) as PeerRecord['connectPolicy'],
    idleTimeoutMs: optional(row['idle_timeout_ms'], number),
    keepAlive: optional(row['keep_alive'], (value) => JSON.parse(text(value)) as KeepAlive),
    protocols: optional(row['protocols'], (value) => JSON.parse(text(value)) as string[]) ?? 'all',
    named: flag(row['named']),
  }
}

/** What is bound to the statement that writes a setting. */
export const settingRow = (key: string, value: string): [string, string, number] => [key, value, checksumOf(key, value)]

/** The setting of a row; throws `BadRow`. */
export function parseSetting(row: Row): { readonly key: string; readonly value: string } {
  return parsed(`the row of setting '${String(row['key'])}'`, () => {
    const key = text(row['key'])
    const value = text(row['value'])
    checkSetting(key, value)
    if (settingRow(key, value)[2] !== number(row['checksum'])) throw new Error('Its checksum does not match')
    return { key, value }
  })
}

/** What is bound to the statement that writes the node's own start number. */
export const instanceRow = (start: number): [number, number] => [start, checksumOf(start)]

/** The start number of a row; throws `BadRow`. */
export function parseInstance(row: Row): number {
  return parsed('the row of the start number', () => {
    const start = number(row['start'])
    if (instanceRow(start)[1] !== number(row['checksum'])) throw new Error('Its checksum does not match')
    return start
  })
}

export function parsed<T>(what: string, parse: () => T): T {
  try {
    return parse()
  } catch (error) {
    throw new BadRow(`${what} does not parse: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    })
  }
}

function text(value: SQLOutputValue | undefined): string {
  if (typeof value !== 'string') throw new Error('A text is missing')
  return value
}

export function number(value: SQLOutputValue | undefined): number {
  const result = typeof value === 'bigint' ? Number(value) : value
  checkWholeNumber('number', result)
  return result
}

export function flag(value: SQLOutputValue | undefined): boolean {
  const bit = number(value)
  if (bit > 1) throw new Error('A yes or no is neither')
  return bit === 1
}

export function optional<T>(
  value: SQLOutputValue | undefined,
  parse: (value: SQLOutputValue | undefined) => T,
): T | undefined {
  return value === null ? undefined : parse(value)
}

function bytesOrNull(value: SQLOutputValue | undefined): Uint8Array | null {
  if (value === null || value instanceof Uint8Array) return value
  throw new Error('A key is not bytes')
}
