import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { PeerId } from '../identity/peer-id.ts'
import {
  createDatabase,
  databaseExists,
  databasePath,
  inspect,
  migrations,
  openForWriting,
  reading,
} from './database.ts'
import { BadRow, PeerNotStoredError, storeClosed, storeFailure } from './errors.ts'
import { checkedCopy, checkId, checkSetting, instanceStartAfter } from './record.ts'
import {
  instanceRow,
  parseInstance,
  parsePeer,
  parseSetting,
  peerColumns,
  peerRow,
  type Row,
  settingRow,
} from './rows.ts'
import type { PeerRecord, Store } from './store.ts'

const columns = peerColumns(migrations.length)
const selectPeers = (version: number): string =>
  `SELECT ${peerColumns(version).join(', ')} FROM peer ORDER BY paired_at_ms, id`
// Not INSERT OR REPLACE: that deletes the old row, and with it what will refer to it one day.
const savePeer = `INSERT INTO peer (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})
  ON CONFLICT (id) DO UPDATE SET ${columns
    .slice(1)
    .map((column) => `${column} = excluded.${column}`)
    .join(', ')}`
const selectSettings = 'SELECT key, value, checksum FROM setting ORDER BY key'
const selectInstance = 'SELECT start, checksum FROM instance'

/** What a folder's database held at one moment. */
export type StoredData = Pick<Store, 'peers' | 'setting'>

/**
 * Opens the database of the folder `dir`, which the caller holds (`holdFolder`); makes it if there is none. Every row is read
 * once before anything may be written.
 * Throws `DamagedDatabaseError`, `NewerDatabaseError` or, for a cause outside of the database, `StoreError`.
 */
export function openSqliteStore(dir: string): Store {
  const path = databasePath(dir)
  return attempt('open the database', path, () => {
    if (databaseExists(path)) inspect(path, readAll)
    else createDatabase(path)
    const db = openForWriting(path)
    try {
      return new SqliteStore(path, db)
    } catch (error) {
      db.close()
      throw error
    }
  })
}

/**
 * Reads the database of the folder `dir` once and lets go of it; undefined if there is none. Needs no hold: it can be called
 * while another process holds the folder. Throws as `openSqliteStore` does.
 */
export function readStore(dir: string): StoredData | undefined {
  const path = databasePath(dir)
  return attempt('read the database', path, () => {
    if (!databaseExists(path)) return undefined
    const { peers, settings } = inspect(path, readAll)
    return { peers: () => peers, setting: (key) => settings.get(key) }
  })
}

class SqliteStore implements Store {
  readonly #path: string
  readonly #db: DatabaseSync
  readonly #peers: StatementSync
  readonly #peer: StatementSync
  readonly #savePeer: StatementSync
  readonly #removePeer: StatementSync
  readonly #instance: StatementSync
  readonly #saveInstance: StatementSync
  readonly #setting: StatementSync
  readonly #saveSetting: StatementSync

  constructor(path: string, db: DatabaseSync) {
    this.#path = path
    this.#db = db
    this.#peers = reading(db, selectPeers(migrations.length))
    this.#peer = reading(db, `SELECT ${columns.join(', ')} FROM peer WHERE id = ?`)
    this.#savePeer = db.prepare(savePeer)
    this.#removePeer = db.prepare('DELETE FROM peer WHERE id = ?')
    this.#instance = reading(db, selectInstance)
    this.#saveInstance = db.prepare('INSERT OR REPLACE INTO instance (one, start, checksum) VALUES (1, ?, ?)')
    this.#setting = reading(db, 'SELECT key, value, checksum FROM setting WHERE key = ?')
    this.#saveSetting = db.prepare('INSERT OR REPLACE INTO setting (key, value, checksum) VALUES (?, ?, ?)')
  }

  peers(): PeerRecord[] {
    return this.#attempt('read', () => rows(this.#peers).map(parsePeer))
  }

  peer(id: PeerId): PeerRecord | undefined {
    return this.#attempt('read', () => optional(this.#peer.get(id), parsePeer))
  }

  savePeer(record: PeerRecord): void {
    this.#attempt('write to', () => {
      checkId(record.id)
      this.#savePeer.run(...peerRow(checkedCopy(record)))
    })
  }

  // Reading and writing need no transaction around them: one process holds the folder, and nothing of it runs in between.
  updatePeer(id: PeerId, change: Partial<Omit<PeerRecord, 'id'>>): void {
    const before = this.peer(id)
    if (before === undefined) throw new PeerNotStoredError(id)
    this.savePeer({ ...before, ...change, id })
  }

  saveLastSeen(moments: ReadonlyMap<PeerId, number>): void {
    this.#attempt('write to', () => {
      this.#db.exec('BEGIN')
      try {
        for (const [id, lastSeenMs] of moments) {
          const record = this.peer(id)
          if (record !== undefined) this.#savePeer.run(...peerRow(checkedCopy({ ...record, lastSeenMs })))
        }
        this.#db.exec('COMMIT')
      } catch (error) {
        if (this.#db.isTransaction) this.#db.exec('ROLLBACK')
        throw error
      }
    })
  }

  removePeer(id: PeerId): void {
    this.#attempt('write to', () => this.#removePeer.run(id))
  }

  nextInstanceStart(wallNowMs: number): number {
    return this.#attempt('write to', () => {
      const start = instanceStartAfter(optional(this.#instance.get(), parseInstance) ?? 0, wallNowMs)
      this.#saveInstance.run(...instanceRow(start))
      return start
    })
  }

  setting(key: string): string | undefined {
    return this.#attempt('read', () => optional(this.#setting.get(key), parseSetting)?.value)
  }

  saveSetting(key: string, value: string): void {
    this.#attempt('write to', () => {
      checkSetting(key, value)
      this.#saveSetting.run(...settingRow(key, value))
    })
  }

  close(): void {
    if (this.#db.isOpen) this.#db.close()
  }

  #attempt<T>(action: string, work: () => T): T {
    if (!this.#db.isOpen) throw storeClosed()
    return attempt(`${action} the database`, this.#path, work)
  }
}

function readAll(db: DatabaseSync, version: number): { peers: PeerRecord[]; settings: Map<string, string> } {
  const peers = rows(reading(db, selectPeers(version))).map(parsePeer)
  const settings = rows(reading(db, selectSettings)).map(parseSetting)
  if (rows(reading(db, selectInstance)).map(parseInstance).length > 1) throw new BadRow('it has several start numbers')
  return { peers, settings: new Map(settings.map(({ key, value }) => [key, value])) }
}

const rows = (statement: StatementSync): Row[] => statement.all()
const optional = <T>(row: Row | undefined, parse: (row: Row) => T): T | undefined => row && parse(row)

function attempt<T>(action: string, path: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw storeFailure(action, path, error)
  }
}
