import { HoldfastError } from '../core/errors.ts'

/** The database of a node could not be read or written, for a cause outside of it: permissions, a full disk, a lock. */
export class StoreError extends HoldfastError {
  readonly code = 'store-failed'
}

/** A store was used after `close()`, or after its memory was handed on to another node. */
export class StoreClosedError extends HoldfastError {
  readonly code = 'store-closed'
}

/** What it means for a node to begin with an empty database. */
export const startAfresh = 'start without peers and pair them again'

/** The database is not what Holdfast wrote. It is left as it was found, for a repair to be possible. */
export class DamagedDatabaseError extends HoldfastError {
  readonly code = 'database-damaged'
  /** The database file. */
  readonly path: string
  /** `afresh`: what an empty database in its place means, as `Schema` has it. */
  constructor(
    path: string,
    what: string,
    { afresh = startAfresh, ...options }: ErrorOptions & { afresh?: string } = {},
  ) {
    super(
      `The database '${path}' is damaged (${what}); nothing was overwritten. Restore the file from a backup, ` +
        `or move it and its '-wal' and '-shm' files aside to ${afresh}`,
      options,
    )
    this.path = path
  }
}

/** The database was last written by a newer Holdfast, whose format this one does not know. */
export class NewerDatabaseError extends HoldfastError {
  readonly code = 'database-newer'
  readonly found: number
  readonly supported: number
  constructor(path: string, found: number, supported: number) {
    super(
      `The database '${path}' has version ${found} and this Holdfast reads up to version ${supported}; ` +
        `nothing was changed. Install the newer Holdfast that wrote it, or choose another folder`,
    )
    this.found = found
    this.supported = supported
  }
}

/** A value that was to be stored breaks a limit of the store; nothing was stored. */
export class InvalidRecordError extends HoldfastError {
  readonly code = 'invalid-record'
  /** The field at fault, for example `name`. */
  readonly field: string
  constructor(field: string, message: string) {
    super(message)
    this.field = field
  }
}

/** A change was made to a peer that is not paired, or not any more. */
export class PeerNotStoredError extends HoldfastError {
  readonly code = 'peer-not-stored'
  constructor(id: string) {
    super(`There is no paired peer '${id}' to change; pair with it first`)
  }
}

/** Another node, in this process or another, holds the folder. */
export class FolderInUseError extends HoldfastError {
  readonly code = 'folder-in-use'
  readonly dir: string
  /** The process that holds the folder, where it is known. */
  readonly pid: number | undefined
  constructor(dir: string, holder: string, cure: string, pid: number | undefined) {
    super(`The folder '${dir}' is in use by ${holder}; ${cure}, or choose another folder`)
    this.dir = dir
    this.pid = pid
  }
}

/** A row that is not what was written; the message says what is wrong with it, as a phrase. For use inside the store. */
export class BadRow extends Error {}

export const storeClosed = (): StoreClosedError =>
  new StoreClosedError('The store is closed; open the node again before using it')

const primary = {
  error: 1,
  perm: 3,
  busy: 5,
  locked: 6,
  readonly: 8,
  corrupt: 11,
  full: 13,
  cantOpen: 14,
  constraint: 19,
  notADb: 26,
}
const ioShortRead = 522

/**
 * Turns what `node:sqlite` or `node:fs` threw into an error of ours; `action` completes "Cannot …", for example `read the database`, and `afresh` says what an
 * empty database means.
 */
export function storeFailure(action: string, path: string, error: unknown, afresh = startAfresh): unknown {
  if (error instanceof HoldfastError || !(error instanceof Error)) return error
  const damaged = (what: string) => new DamagedDatabaseError(path, what, { cause: error, afresh })
  if (error instanceof BadRow) return damaged(error.message)
  const { code, errcode } = error as { code?: string; errcode?: number }
  const failed = (why: string, cure: string) =>
    new StoreError(`Cannot ${action} '${path}' because ${why}; ${cure}`, { cause: error })
  const noAccess = 'give this user permission to read and write the folder and its files, or choose another folder'

  if (code === 'ERR_INVALID_STATE') return storeClosed()
  if (code === 'ENOSPC' || code === 'EDQUOT') return failed('the disk is full', 'free some space and try again')
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') return failed(`access was refused (${code})`, noAccess)
  if (errcode === ioShortRead) return damaged('it ends too early')
  switch (errcode === undefined ? undefined : errcode & 0xff) {
    case primary.corrupt:
      return damaged('its structure is broken')
    case primary.notADb:
      return damaged('it is not a database')
    case primary.error:
    case primary.constraint: // values are checked before they get there
      return damaged(`its tables are not those of its version: ${error.message}`)
    case primary.full:
      return failed('the disk is full', 'free some space and try again')
    case primary.busy:
    case primary.locked:
      return failed('another program has locked it', 'close that program and try again')
    case primary.perm:
    case primary.readonly:
    case primary.cantOpen:
      return failed(`it cannot be opened for that (${error.message})`, noAccess)
    default:
      return failed(error.message, 'check the disk and the permissions of the folder and try again')
  }
}
