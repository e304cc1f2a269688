// Rows of the database to records and back. SQLite has no checksums of its own, and a flipped bit in a key would show up
// weeks later as a peer that cannot be reached, so every row carries one.
import type { SQLOutputValue } from 'node:sqlite'
import { crc32 } from 'node:zlib'
import { BadRow } from './errors.ts'
import { checkedCopy, checkId, checkSetting, checkWholeNumber } from './record.ts'
import type { PeerRecord } from './store.ts'

/** A row as `node:sqlite` gives it, its integers read as bigint. */
export type Row = Record<string, SQLOutputValue>

/** The values of a peer's row, in the order of `peerColumns`. */
export type PeerRow = [
  string,
  string,
  number,
  string,
  number,
  number | null,
  Uint8Array | null,
  Uint8Array | null,
  number,
]

export const peerColumns =
  'id, name, paired_at_ms, addresses, instance_start, last_seen_ms, send_key, receive_key, checksum'

const checksumOf = (...values: (string | number | null)[]): number => crc32(JSON.stringify(values))
const hex = (bytes: Uint8Array | null): string | null => bytes && Buffer.from(bytes).toString('hex')

/** What is bound to the statement that writes a peer. */
export function peerRow(record: PeerRecord): PeerRow {
  const { id, name, pairedAtMs, instanceStart, lastSeenMs = null, keys } = record
  const [send, receive] = keys ? [keys.send, keys.receive] : [null, null]
  const addresses = JSON.stringify(record.addresses)
  const checksum = checksumOf(id, name, pairedAtMs, addresses, instanceStart, lastSeenMs, hex(send), hex(receive))
  return [id, name, pairedAtMs, addresses, instanceStart, lastSeenMs, send, receive, checksum]
}

/** The record of a row; throws `BadRow`. */
export function parsePeer(row: Row): PeerRecord {
  return parsed(`the row of peer '${String(row['id'])}'`, () => {
    const id = row['id']
    checkId(id)
    const send = bytesOrNull(row['send_key'])
    const receive = bytesOrNull(row['receive_key'])
    if ((send === null) !== (receive === null)) throw new Error('One of its two keys is missing')
    const record = checkedCopy({
      id,
      name: text(row['name']),
      pairedAtMs: number(row['paired_at_ms']),
      addresses: JSON.parse(text(row['addresses'])) as string[],
      instanceStart: number(row['instance_start']),
      lastSeenMs: row['last_seen_ms'] === null ? undefined : number(row['last_seen_ms']),
      keys: send && receive ? { send, receive } : undefined,
    })
    if (peerRow(record)[8] !== number(row['checksum'])) throw new Error('Its checksum does not match')
    return record
  })
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

function parsed<T>(what: string, parse: () => T): T {
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

function number(value: SQLOutputValue | undefined): number {
  const result = typeof value === 'bigint' ? Number(value) : value
  checkWholeNumber('number', result)
  return result
}

function bytesOrNull(value: SQLOutputValue | undefined): Uint8Array | null {
  if (value === null || value instanceof Uint8Array) return value
  throw new Error('A key is not bytes')
}
