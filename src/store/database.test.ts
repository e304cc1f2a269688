import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  createDatabase,
  databaseExists,
  inspect,
  migrations,
  nodeSchema,
  openForWriting,
  type Schema,
} from './database.ts'
import { DamagedDatabaseError, InvalidRecordError, NewerDatabaseError, StoreError, storeFailure } from './errors.ts'

let dir: string
let path: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'holdfast-database-'))
  path = join(dir, 'holdfast.db')
})
afterEach(() => rmSync(dir, { recursive: true, force: true }))

const withSteps = (...steps: string[]): Schema => ({ ...nodeSchema, steps })
const thrown = (work: () => unknown): unknown => {
  try {
    return work()
  } catch (error) {
    return error
  }
}

describe('a database', () => {
  it('is made whole, private, in WAL mode, durable on return', () => {
    expect(databaseExists(path)).toBe(false)
    createDatabase(path)
    expect(databaseExists(path)).toBe(true)
    expect(readdirSync(dir)).toEqual(['holdfast.db'])
    if (process.platform !== 'win32') expect(statSync(path).mode & 0o777).toBe(0o600)

    const db = openForWriting(path)
    const pragma = (name: string) => Object.values(db.prepare(`PRAGMA ${name}`).get() ?? {})[0]
    expect(pragma('journal_mode')).toBe('wal')
    expect(pragma('synchronous')).toBe(3) // EXTRA
    expect(pragma('foreign_keys')).toBe(1)
    expect(pragma('busy_timeout')).toBe(1000)
    expect(pragma('user_version')).toBe(migrations.length)
    if (process.platform !== 'win32') {
      db.exec(`INSERT INTO setting VALUES ('a', 'b', 1)`)
      for (const file of readdirSync(dir)) expect(statSync(join(dir, file)).mode & 0o777).toBe(0o600)
    }
    db.close()
  })

  it('is brought up to date step by step, keeping its rows', () => {
    createDatabase(path, withSteps('CREATE TABLE a (x INTEGER) STRICT'))
    const old = openForWriting(path, withSteps('CREATE TABLE a (x INTEGER) STRICT'))
    old.exec('INSERT INTO a VALUES (1)')
    old.close()
    const steps = ['CREATE TABLE a (x INTEGER) STRICT', 'ALTER TABLE a ADD COLUMN y INTEGER', 'UPDATE a SET y = x + 1']
    openForWriting(path, withSteps(...steps)).close()
    expect(inspect(path, (db) => db.prepare('SELECT x, y FROM a').all(), withSteps(...steps))).toEqual([{ x: 1, y: 2 }])
    expect(() => inspect(path, () => {}, withSteps(...steps.slice(0, 2)))).toThrow(NewerDatabaseError)
  })

  it('stays at its version when a step fails', () => {
    const first = 'CREATE TABLE a (x INTEGER) STRICT'
    createDatabase(path, withSteps(first))
    expect(() => openForWriting(path, withSteps(first, 'CREATE TABLE b (x INTEGER) STRICT', 'nonsense'))).toThrow()
    expect(inspect(path, (db) => db.prepare('SELECT name FROM sqlite_schema').all(), withSteps(first))).toEqual([
      { name: 'a' },
    ])
  })

  it('of another kind is refused', () => {
    createDatabase(path, { ...nodeSchema, applicationId: 7 })
    expect(() => inspect(path, () => {})).toThrow('not a database of Holdfast')
  })

  it.skipIf(process.platform === 'win32')('is made private again where a backup came back readable by all', () => {
    createDatabase(path)
    chmodSync(path, 0o644)
    openForWriting(path).close()
    expect(statSync(path).mode & 0o777).toBe(0o600)
  })
})

describe('a failure of the database becomes', () => {
  const failure = (error: unknown) => storeFailure('write to the database', path, error)

  it('a full disk, with the cure, and leaves the store usable', () => {
    const db = new DatabaseSync(':memory:')
    db.exec('CREATE TABLE t (x); PRAGMA max_page_count = 3')
    const insert = db.prepare('INSERT INTO t VALUES (zeroblob(?))')
    const error = failure(thrown(() => insert.run(100_000)))
    expect(error).toBeInstanceOf(StoreError)
    expect((error as StoreError).message).toBe(
      `Cannot write to the database '${path}' because the disk is full; free some space and try again`,
    )
    insert.run(1)
    db.close()
  })

  it('damage, where a table is not as it was made', () => {
    const db = new DatabaseSync(':memory:')
    expect(failure(thrown(() => db.prepare('SELECT x FROM peer')))).toBeInstanceOf(DamagedDatabaseError)
    db.exec('CREATE TABLE t (x CHECK (x = 2))')
    expect(failure(thrown(() => db.exec('INSERT INTO t VALUES (1)')))).toBeInstanceOf(DamagedDatabaseError)
    db.close()
  })

  it.each([
    [{ code: 'ENOSPC' }, 'disk is full'],
    [{ code: 'EROFS' }, 'give this user permission'],
    [{ code: 'ERR_SQLITE_ERROR', errcode: 5 }, 'another program has locked it'],
    [{ code: 'ERR_SQLITE_ERROR', errcode: 1032 }, 'give this user permission'],
    [{ code: 'ERR_SQLITE_ERROR', errcode: 778 }, 'check the disk'],
    [{}, 'check the disk'],
  ])('a StoreError: %o', (fields, part) => {
    const error = failure(Object.assign(new Error('boom'), fields))
    expect(error).toBeInstanceOf(StoreError)
    expect((error as StoreError).message).toContain(part)
  })

  it('nothing else, where it is one of ours already, or no error at all', () => {
    const ours = new InvalidRecordError('name', 'No')
    expect(failure(ours)).toBe(ours)
    expect(failure('text')).toBe('text')
  })
})
