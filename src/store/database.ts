// The database file: made whole or not at all, looked at before anything may write to it, and brought up to date.
import { accessSync, chmodSync, closeSync, constants, fsyncSync, openSync, renameSync, rmSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { BadRow, DamagedDatabaseError, NewerDatabaseError, startAfresh } from './errors.ts'
import { checksumOf } from './rows.ts'

/** Where the database of the node in `dir` stands. */
export const databasePath = (dir: string): string => join(dir, 'holdfast.db')

/** What is to be in a database file. */
export interface Schema {
  /** In the header of every database of the kind: another program's database is refused, not filled with our tables. */
  readonly applicationId: number
  /** Migration n brings a database from version n to n + 1. */
  readonly steps: readonly string[]
  /** What to do when the file is beyond repair, for the error: `… move it aside to`. */
  readonly afresh: string
}

/** How long a call waits for another program that writes to the database, such as a shell that somebody opened on it. */
const busyTimeoutMs = 1000

const sqliteReadOnly = 8

/**
 * The steps of a node's own database. Never change one that was released; append. `checksum_of` gives the checksum of a row with
 * these values (rows.ts); all rows were read, and theirs compared, just before.
 */
export const migrations: readonly string[] = [
  `CREATE TABLE peer (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    paired_at_ms INTEGER NOT NULL,
    addresses TEXT NOT NULL, -- a JSON list of text, best first: always read and written as a whole
    instance_start INTEGER NOT NULL,
    last_seen_ms INTEGER,
    send_key BLOB,
    receive_key BLOB,
    checksum INTEGER NOT NULL -- CRC-32, see rows.ts
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE setting (key TEXT PRIMARY KEY, value TEXT NOT NULL, checksum INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE instance (one INTEGER PRIMARY KEY CHECK (one = 1), start INTEGER NOT NULL, checksum INTEGER NOT NULL) STRICT;`,
  // The defaults are for the rows that exist; every row that is written later has a value of its own.
  `ALTER TABLE peer ADD COLUMN relation TEXT NOT NULL DEFAULT 'paired';
  ALTER TABLE peer ADD COLUMN paused INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE peer ADD COLUMN blocked INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE peer ADD COLUMN hold TEXT NOT NULL DEFAULT 'always';
  ALTER TABLE peer ADD COLUMN idle_timeout_ms INTEGER;
  ALTER TABLE peer ADD COLUMN keep_alive TEXT; -- a JSON object; none for that of the node
  ALTER TABLE peer ADD COLUMN protocols TEXT; -- a JSON list of text; none for all
  ALTER TABLE peer ADD COLUMN named INTEGER NOT NULL DEFAULT 0;
  UPDATE peer SET checksum = checksum_of(id, name, paired_at_ms, addresses, instance_start, last_seen_ms, send_key, receive_key,
    relation, paused, blocked, hold, idle_timeout_ms, keep_alive, protocols, named);`,
]

/** Its peers, its settings and its start number. The application's id is "HFST". */
export const nodeSchema: Schema = { applicationId: 0x48465354, steps: migrations, afresh: startAfresh }

// EXTRA is FULL in WAL mode, and durable too where the file system forces SQLite back to a rollback journal.
// fullfsync matters on macOS alone, where a plain fsync leaves data in the disk's cache.
// secure_delete overwrites the keys of a peer that was removed.
const durable =
  'PRAGMA synchronous = EXTRA; PRAGMA fullfsync = ON; PRAGMA checkpoint_fullfsync = ON; PRAGMA secure_delete = ON; PRAGMA cell_size_check = ON; PRAGMA trusted_schema = OFF'

/** Whether there is a database; throws `DamagedDatabaseError` if only its journal is left, which a new one would swallow. */
export function databaseExists(path: string, { afresh }: Schema = nodeSchema): boolean {
  const found = statSync(path, { throwIfNoEntry: false })
  // SQLite would wait for ever for somebody to write into a FIFO.
  if (found !== undefined && !found.isFile() && !found.isDirectory())
    throw new DamagedDatabaseError(path, 'it is not a regular file', { afresh })
  for (const journal of ['-wal', '-shm', '-journal'].map((suffix) => path + suffix)) {
    if (statSync(journal, { throwIfNoEntry: false })?.isFile() === false)
      throw new DamagedDatabaseError(path, `its journal '${journal}' is not a regular file`, { afresh })
  }
  if (found !== undefined) return true
  if ((statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0) > 0) {
    throw new DamagedDatabaseError(path, `it is missing while its journal '${path}-wal' is there`, { afresh })
  }
  return false
}

/**
 * Runs `read` on a connection that cannot write, after checking that the file is whole and ours.
 * Reading first is what lets a damaged database be left byte for byte as it was: a connection that may write would replay
 * and delete the journal of a crash on closing.
 */
export function inspect<T>(
  path: string,
  read: (db: DatabaseSync, version: number) => T,
  { applicationId, steps }: Schema = nodeSchema,
): T {
  const db = new DatabaseSync(path, { readOnly: true, timeout: busyTimeoutMs })
  try {
    db.exec('PRAGMA cell_size_check = ON; PRAGMA trusted_schema = OFF; BEGIN') // one snapshot, while a node may be writing
    if (pragma(db, 'application_id') !== applicationId) throw new BadRow('it is not a database of Holdfast')
    const version = pragma(db, 'user_version')
    if (typeof version !== 'number' || version < 1) throw new BadRow(`its version is ${String(version)}`)
    if (version > steps.length) throw new NewerDatabaseError(path, version, steps.length)
    const check = pragma(db, 'quick_check')
    if (check !== 'ok') throw new BadRow(String(check).replaceAll('\n', ' '))
    return read(db, version)
  } finally {
    db.close()
  }
}

/** Opens a database that `inspect` has found good, for writing, at the newest version. */
export function openForWriting(path: string, schema: Schema = nodeSchema): DatabaseSync {
  keepPrivate(path)
  const db = new DatabaseSync(path, { timeout: busyTimeoutMs })
  try {
    db.exec(durable)
    db.exec('PRAGMA journal_mode = WAL')
    migrate(db, schema)
    // SQLite opens a file that may only be read all the same; better to find out now than at the first pairing.
    db.exec(`BEGIN; PRAGMA user_version = ${schema.steps.length}; ROLLBACK`)
    return db
  } catch (error) {
    db.close()
    if ((error as { errcode?: number }).errcode === sqliteReadOnly && mayWrite(path)) {
      throw new BadRow('its header forbids writing', { cause: error })
    }
    throw error
  }
}

/** Makes an empty database under another name and moves it into place, so that an empty file is always damage, never a start. */
export function createDatabase(path: string, schema: Schema = nodeSchema): void {
  const draft = `${path}.new`
  for (const leftover of [draft, `${draft}-journal`, `${draft}-wal`, `${draft}-shm`]) rmSync(leftover, { force: true })
  closeSync(openSync(draft, 'wx', 0o600)) // SQLite gives its journals the mode of the database
  const db = new DatabaseSync(draft)
  try {
    // A draft that a crash leaves behind is thrown away, so it is written through to the disk once, when it is whole.
    db.exec(`${durable}; PRAGMA synchronous = OFF; PRAGMA journal_mode = MEMORY`)
    migrate(db, schema)
    db.exec('PRAGMA journal_mode = WAL')
  } finally {
    db.close()
  }
  sync(draft, 'r+') // Windows syncs only what is open for writing
  renameSync(draft, path)
  if (process.platform !== 'win32') sync(dirname(path), 'r') // folders cannot be opened there; NTFS journals the rename
}

/** A statement that reads. Integers are read as bigint, since one above 2⁵³ would otherwise throw before the row can be named. */
export function reading(db: DatabaseSync, sql: string): StatementSync {
  const statement = db.prepare(sql)
  statement.setReadBigInts(true)
  return statement
}

function migrate(db: DatabaseSync, { applicationId, steps }: Schema): void {
  const version = Number(pragma(db, 'user_version'))
  if (version === steps.length) return
  db.function('checksum_of', { varargs: true, useBigIntArguments: true }, (...values) => BigInt(checksumOf(...values)))
  db.exec('BEGIN IMMEDIATE')
  for (const step of steps.slice(version)) db.exec(step)
  db.exec(`PRAGMA application_id = ${applicationId}; PRAGMA user_version = ${steps.length}; COMMIT`)
}

function pragma(db: DatabaseSync, name: string): unknown {
  return Object.values(db.prepare(`PRAGMA ${name}`).get() ?? {})[0]
}

function mayWrite(path: string): boolean {
  try {
    accessSync(path, constants.W_OK)
    accessSync(dirname(path), constants.W_OK)
    return true
  } catch {
    return false
  }
}

function keepPrivate(path: string): void {
  // A database restored from a backup often comes back readable by everyone, and it holds the keys of the pairings.
  if (process.platform !== 'win32' && (statSync(path).mode & 0o077) !== 0) chmodSync(path, 0o600)
}

function sync(path: string, flags: 'r' | 'r+'): void {
  const file = openSync(path, flags)
  try {
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}
