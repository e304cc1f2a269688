// Databases as earlier versions of Holdfast wrote them, kept in `fixtures`: made by the code of their time, never by today's.
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { testPeer, testPeerId } from '../../test/conformance/store.ts'
import { databasePath, inspect, migrations } from './database.ts'
import { defaultChoices } from './settings.ts'
import { openSqliteStore, readStore } from './sqlite.ts'

let dir: string
let path: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'holdfast-migrations-'))
  path = databasePath(dir)
})
afterEach(() => rmSync(dir, { recursive: true, force: true }))

describe('a database of version 1', () => {
  const fixture = join(import.meta.dirname, 'fixtures', 'version-1.db')
  const peers = [
    testPeer(1, defaultChoices),
    testPeer(2, { addresses: [], lastSeenMs: undefined, keys: undefined, instanceStart: 0, ...defaultChoices }),
    testPeer(3, { name: 'Zoë 佐江', ...defaultChoices }),
  ]
  beforeEach(() => copyFileSync(fixture, path))

  it('is read as it is, and left alone, by who only looks', () => {
    const stored = readStore(dir)
    expect(stored?.peers()).toStrictEqual(peers)
    expect(stored?.setting('port')).toBe('4000')
    expect(readFileSync(path).equals(readFileSync(fixture))).toBe(true)
  })

  it('is brought up to date when it is opened, keeping everything, with checksums that cover the new columns', () => {
    for (let round = 0; round < 2; round++) {
      const store = openSqliteStore(dir)
      expect(store.peers()).toStrictEqual(peers)
      expect(store.setting('port')).toBe('4000')
      expect(store.nextInstanceStart(0)).toBe(8 + round)
      store.close()
    }
    expect(inspect(path, (_, version) => version)).toBe(migrations.length)
    const db = new DatabaseSync(path)
    db.exec(`UPDATE peer SET blocked = 1 WHERE name = 'peer 1'`)
    db.close()
    expect(() => openSqliteStore(dir)).toThrow(testPeerId(1))
  })

  it('can be changed like any other once it is up to date', () => {
    const store = openSqliteStore(dir)
    store.updatePeer(testPeerId(1), { blocked: true, protocols: ['chat/1'] })
    store.close()
    const expected = testPeer(1, { ...defaultChoices, blocked: true, protocols: ['chat/1'] })
    expect(readStore(dir)?.peers()).toStrictEqual([expected, ...peers.slice(1)])
  })

  it('is refused and left alone where a row of it is damaged', () => {
    const db = new DatabaseSync(path)
    db.exec(`UPDATE peer SET name = 'mallory' WHERE name = 'peer 1'`)
    db.close()
    const damaged = readFileSync(path)
    for (const open of [openSqliteStore, readStore]) {
      expect(() => open(dir)).toThrow(expect.objectContaining({ code: 'database-damaged' }))
    }
    expect(readFileSync(path).equals(damaged)).toBe(true)
  })

  it('is refused where any of its bits that matter was flipped, or read as it was written', () => {
    const good = readFileSync(fixture)
    for (let at = 0; at < good.length; at += 61) {
      const bytes = Buffer.from(good)
      bytes.writeUInt8(bytes.readUInt8(at) ^ (1 << (at % 8)), at)
      writeFileSync(path, bytes)
      try {
        const store = openSqliteStore(dir)
        expect(store.peers()).toStrictEqual(peers)
        store.close()
      } catch (error) {
        expect(error).toMatchObject({ code: expect.stringMatching(/^database-(damaged|newer)$/) })
        expect(readFileSync(path).equals(bytes)).toBe(true)
      }
      for (const suffix of ['-wal', '-shm']) rmSync(`${path}${suffix}`, { force: true })
    }
  })
})
