// One process at a time may hold a node's folder. The lock is an exclusive transaction on a small SQLite database that is
// never written to: SQLite has the right system call for every platform, and the system lets go of it however the process
// ends, so no lock outlives its holder. It is not the lock of the node's own database, which others may read meanwhile.
//
// Never open the file `lock` by other means in this process: on POSIX systems closing any descriptor of a file drops all locks
// that the process has on it.
import { closeSync, existsSync, openSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { lstat, realpath, stat } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join, resolve } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { makeFolder } from '../identity/make-folder.ts'
import { FolderInUseError, StoreError, storeFailure } from './errors.ts'
import { readSmallFile } from './small-file.ts'

/** The right of this process to a folder. */
export interface FolderHold {
  /** The folder, as an absolute path without symbolic links. */
  readonly dir: string
  /** Lets go of the folder. Further calls do nothing. */
  release(): void
}

interface Holder {
  readonly pid: number
  readonly host: string
}

/** A pid and the longest name of a host. */
const HOLDER_BYTES_MAX = 1_024

/** The locks of this process. A connection that nothing refers to would be collected as garbage, and its lock with it. */
const held = new Map<string, DatabaseSync>()

/**
 * Two processes that start at once can each keep the other from the lock for an instant, and one that is just ending still
 * has it: a few tries, over about a quarter of a second.
 */
const pausesMs = [10, 25, 50, 150]

/**
 * Takes the folder `dir` for this process, and makes it (for this user alone) if it is missing.
 * Throws `FolderInUseError` if it is held already, by this process too, and `StoreError` if it cannot be used at all.
 */
export async function holdFolder(dir: string): Promise<FolderHold> {
  const real = await folder(resolve(dir))
  const lockPath = join(real, 'lock')
  const holderPath = join(real, 'lock.holder')

  let lock = tryLock(lockPath)
  for (const pauseMs of pausesMs) {
    if (lock !== undefined || held.has(real)) break
    await sleep(pauseMs * (0.5 + Math.random()))
    lock = tryLock(lockPath)
  }
  if (lock === undefined) throw await inUse(real, holderPath)

  held.set(real, lock)
  noteHolder(holderPath)
  return {
    dir: real,
    release() {
      if (held.get(real) !== lock) return
      held.delete(real)
      try {
        rmSync(holderPath, { force: true }) // before the lock goes: afterwards it may be our successor's
      } catch {
        // It is only information.
      } finally {
        lock.close()
      }
    },
  }
}

export interface FolderHolder {
  /** Undefined where it left no word of itself. */
  readonly pid: number | undefined
  /** When it took the folder, by the clock of the file system, in milliseconds since 1970; now, where it left no word. */
  readonly sinceMs: number
}

/**
 * The process that holds the folder, which must be there; undefined if none does. Makes nothing in it. Throws the system's error, or `StoreError`, where that cannot be found
 * out.
 */
export async function folderHolder(dir: string): Promise<FolderHolder | undefined> {
  const real = await realpath(dir)
  const holderPath = join(real, 'lock.holder')
  const sinceMs = (await stat(holderPath).catch(() => undefined))?.mtimeMs ?? Date.now()
  if (held.has(real)) return { pid: process.pid, sinceMs }
  if (!existsSync(join(real, 'lock'))) return undefined
  const lock = tryLock(join(real, 'lock'))
  lock?.close()
  if (lock !== undefined) return undefined
  return { pid: (await readHolder(holderPath))?.pid, sinceMs }
}

async function folder(dir: string): Promise<string> {
  try {
    await makeFolder(dir)
    return await realpath(dir)
  } catch (error) {
    const { code = '', path = dir } = error as NodeJS.ErrnoException
    // A link whose target is missing is there, and is no folder.
    const isLink = code === 'EEXIST' && (await lstat(path)).isSymbolicLink()
    const problem = isLink ? 'a symbolic link that leads nowhere' : notFolders[code]
    if (problem === undefined) throw storeFailure('make the folder', dir, error)
    throw new StoreError(`'${path}' is ${problem}; choose another folder`, { cause: error })
  }
}

/** What a path is that no folder can be made of, by the system's code. */
const notFolders: Readonly<Record<string, string>> = {
  EEXIST: 'not a folder but a file',
  ENOTDIR: 'not a folder but a file',
  ENAMETOOLONG: 'longer than a path may be',
  // Everything above it is there, or was made.
  ENOENT: 'in a file system that takes no folders',
}

/** The lock, or undefined if another holds it. */
function tryLock(path: string): DatabaseSync | undefined {
  let db: DatabaseSync | undefined
  try {
    createPrivate(path)
    if (!statSync(path).isFile()) throw foreignLock(path)
    db = new DatabaseSync(path)
    // The journal is in memory, so that no file is left by a crash. The write, never committed, is there to fail where the file
    // can only be read: SQLite opens such a file all the same, and then quietly makes an exclusive transaction a shared one.
    db.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE; PRAGMA user_version = 1')
    return db
  } catch (error) {
    db?.close()
    const primary = ((error as { errcode?: number }).errcode ?? 0) & 0xff
    if (primary === 5) return undefined // SQLITE_BUSY
    if (primary === 26 || primary === 11) {
      throw foreignLock(path, error)
    }
    if (primary === 10 || primary === 15) {
      throw new StoreError(`The file system of '${path}' cannot lock files; choose a folder on a local disk`, {
        cause: error,
      })
    }
    throw storeFailure('take the lock', path, error)
  }
}

function foreignLock(path: string, cause?: unknown): StoreError {
  return new StoreError(
    `The lock file '${path}' is not one of Holdfast's; make sure that no node uses the folder, delete the file and try again`,
    { cause },
  )
}

function createPrivate(path: string): void {
  try {
    closeSync(openSync(path, 'wx', 0o600))
  } catch (error) {
    if ((error as { code?: string }).code !== 'EEXIST') throw error
  }
}

/** For the message of whoever comes second, and nothing else: it may be missing or out of date. */
function noteHolder(path: string): void {
  const draft = `${path}.new`
  try {
    // Whatever stands in its place is not written into: it may be a FIFO, which would wait for a reader.
    rmSync(draft, { force: true })
    writeFileSync(draft, JSON.stringify({ pid: process.pid, host: hostname() }), { mode: 0o600, flag: 'wx' })
    renameSync(draft, path)
  } catch {
    // A full disk is reported by what needs it.
  }
}

async function inUse(dir: string, holderPath: string): Promise<FolderInUseError> {
  if (held.has(dir)) {
    return new FolderInUseError(
      dir,
      `another node of this process (pid ${process.pid})`,
      'close that node',
      process.pid,
    )
  }
  const holder = await readHolder(holderPath)
  if (holder === undefined) return new FolderInUseError(dir, 'another process', 'stop that process', undefined)
  const where = holder.host === hostname() ? '' : ` on ${holder.host}`
  return new FolderInUseError(dir, `another process (pid ${holder.pid}${where})`, 'stop that process', holder.pid)
}

async function readHolder(path: string): Promise<Holder | undefined> {
  try {
    const text = (await readSmallFile(path, HOLDER_BYTES_MAX)) ?? ''
    const { pid, host } = JSON.parse(text) as Partial<Record<keyof Holder, unknown>>
    if (!Number.isSafeInteger(pid) || typeof host !== 'string' || !/^[\w.-]{1,255}$/.test(host)) return undefined
    return host === hostname() && !isRunning(pid as number) ? undefined : { pid: pid as number, host }
  } catch {
    return undefined
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0) // signals nothing
    return true
  } catch (error) {
    return (error as { code?: string }).code === 'EPERM' // another user's
  }
}
