// Whatever has happened to the file: either everything in it is read as it was written, or it is refused and left alone.
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import fc from 'fast-check'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { testPeer, testPeerId } from '../../test/conformance/store.ts'
import { databasePath } from './database.ts'
import { DamagedDatabaseError, NewerDatabaseError, StoreError } from './errors.ts'
import { openSqliteStore, readStore } from './sqlite.ts'

let dir: string
let path: string
let good: Buffer
const peers = Array.from({ length: 12 }, (_, n) => testPeer(n))

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'holdfast-damage-'))
  path = databasePath(dir)
  const store = openSqliteStore(dir)
  for (const peer of peers) store.savePeer(peer)
  store.saveSetting('port', '4000')
  store.nextInstanceStart(7000)
  store.close()
  good = readFileSync(path)
})
afterEach(() => rmSync(dir, { recursive: true, force: true }))

/** True if the damage was noticed, and nothing changed; false if it did not matter. */
function noticed(bytes: Uint8Array): boolean {
  writeFileSync(path, bytes)
  try {
    const store = openSqliteStore(dir)
    try {
      expect(store.peers()).toStrictEqual(peers)
      expect(store.setting('port')).toBe('4000')
      expect(store.nextInstanceStart(0)).toBe(8)
    } finally {
      store.close()
    }
    return false
  } catch (error) {
    expect([DamagedDatabaseError, NewerDatabaseError]).toContain((error as Error).constructor)
    expect((error as Error).message).toContain(`'${path}'`)
    expect(readFileSync(path).equals(bytes)).toBe(true)
    return true
  }
}

function edit(sql: string): void {
  const db = new DatabaseSync(path)
  db.exec(sql)
  db.close()
}

it('notices a file that is cut short, at any length', () => {
  for (let length = 0; length < good.length; length += 97)
    expect(noticed(good.subarray(0, length)), `${length}`).toBe(true)
})

it('notices random bytes and text', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 5000 }), (bytes) => noticed(bytes)))
  expect(noticed(Buffer.from('name: alice\n'))).toBe(true)
})

it('notices every flipped bit that matters', () => {
  fc.assert(
    fc.property(fc.nat({ max: good.length - 1 }), fc.nat({ max: 7 }), (at, bit) => {
      const bytes = Buffer.from(good)
      bytes.writeUInt8(bytes.readUInt8(at) ^ (1 << bit), at)
      noticed(bytes)
    }),
    { numRuns: 300 },
  )
})

it('notices a page that was overwritten', () => {
  for (let page = 0; page < good.length; page += 4096) {
    const bytes = Buffer.from(good)
    bytes.fill(0, page, page + 4096)
    noticed(bytes)
  }
})

it.each([
  ['a name', `UPDATE peer SET name = 'mallory' WHERE name = 'peer 3'`, testPeerId(3)],
  ['a huge number', `UPDATE peer SET last_seen_ms = 9223372036854775807 WHERE name = 'peer 3'`, testPeerId(3)],
  ['a list that is none', `UPDATE peer SET addresses = '{}' WHERE name = 'peer 3'`, testPeerId(3)],
  ['a key alone', `UPDATE peer SET send_key = NULL WHERE name = 'peer 3'`, testPeerId(3)],
  ['a block', `UPDATE peer SET blocked = 1 WHERE name = 'peer 4'`, testPeerId(4)],
  ['a pause that is neither yes nor no', `UPDATE peer SET paused = 2 WHERE name = 'peer 3'`, testPeerId(3)],
  ['a relation', `UPDATE peer SET relation = 'guest' WHERE name = 'peer 3'`, testPeerId(3)],
  ['a way to hold', `UPDATE peer SET hold = 'always' WHERE name = 'peer 3'`, testPeerId(3)],
  ['a timeout', `UPDATE peer SET idle_timeout_ms = NULL WHERE name = 'peer 3'`, testPeerId(3)],
  ['a keep-alive', `UPDATE peer SET keep_alive = '{"mode":' WHERE name = 'peer 3'`, testPeerId(3)],
  ['a protocol', `UPDATE peer SET protocols = NULL WHERE name = 'peer 3'`, testPeerId(3)],
  ['who chose its name', `UPDATE peer SET named = 0 WHERE name = 'peer 3'`, testPeerId(3)],
  ['an id', `UPDATE peer SET id = 'nobody' WHERE name = 'peer 3'`, 'nobody'],
  ['a setting', `UPDATE setting SET value = '22'`, `setting 'port'`],
  ['the start number', 'UPDATE instance SET start = 3', 'start number'],
])('names the row in which %s was changed', (_, sql, named) => {
  edit(sql)
  for (const open of [openSqliteStore, readStore]) {
    expect(() => open(dir)).toThrow(
      expect.objectContaining({ code: 'database-damaged', message: expect.stringContaining(named) }),
    )
  }
})

it('names the row that was changed under an open store', () => {
  const store = openSqliteStore(dir)
  edit(`UPDATE peer SET name = 'mallory' WHERE name = 'peer 3'`)
  expect(() => store.peers()).toThrow(testPeerId(3))
  expect(() => store.peer(testPeerId(3))).toThrow(DamagedDatabaseError)
  expect(store.peer(testPeerId(4))).toStrictEqual(testPeer(4))
  store.close()
})

it('refuses a database of the future, naming both versions, and leaves it alone', () => {
  edit('PRAGMA user_version = 7; CREATE TABLE outbox (x)')
  const before = readFileSync(path)
  for (const open of [openSqliteStore, readStore]) {
    expect(() => open(dir)).toThrow(expect.objectContaining({ code: 'database-newer', found: 7, supported: 2 }))
    expect(() => open(dir)).toThrow(/has version 7 and this Holdfast reads up to version 2/)
  }
  expect(readFileSync(path).equals(before)).toBe(true)
})

it('refuses a database of another program', () => {
  rmSync(path)
  edit('CREATE TABLE bookmarks (url)')
  expect(() => openSqliteStore(dir)).toThrow(/not a database of Holdfast/)
})

it('refuses to start anew where only the journal is left', () => {
  rmSync(path)
  writeFileSync(`${path}-wal`, 'frames')
  expect(() => openSqliteStore(dir)).toThrow(DamagedDatabaseError)
  expect(existsSync(path)).toBe(false)
})

it('says so when the database is a folder', () => {
  rmSync(path)
  mkdirSync(path)
  expect(() => openSqliteStore(dir)).toThrow(StoreError)
})

it('says so when another program has locked the database', () => {
  const other = new DatabaseSync(path)
  other.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE')
  expect(() => readStore(dir)).toThrow(/another program has locked it; close that program/)
  other.close()
}, 10_000)

it('starts over after a crash while the database was made', () => {
  rmSync(path)
  writeFileSync(`${path}.new`, 'half')
  openSqliteStore(dir).close()
  expect(readdirSync(dir)).toEqual(['holdfast.db'])
})

it.skipIf(process.platform === 'win32')('makes a restored database private again', () => {
  chmodSync(path, 0o644)
  openSqliteStore(dir).close()
  expect(noticed(good)).toBe(false)
})
