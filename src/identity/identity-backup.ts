// Backing up, restoring and replacing the identity of a folder. None of it ever overwrites a key: each writes a new file whole, or refuses.
import { link, readFile, rename, stat, unlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { HoldfastError } from '../core/errors.ts'
import { readSmallFile } from '../store/small-file.ts'
import { generateIdentity, type Identity, identityFromPem, identityToPem } from './identity.ts'
import { IdentityNotSavedError, identityFileName, loadIdentity } from './identity-file.ts'
import { shortPeerId } from './peer-id.ts'
import { savePrivateFile } from './private-file.ts'

/** A PEM file of an Ed25519 key has about 120 bytes. */
const backupBytesMax = 4096

/** The folder has no identity to back up or to replace. */
class NoIdentityError extends HoldfastError {
  readonly code = 'identity-missing'
  constructor(dir: string) {
    super(`There is no identity in ${dir}; look whether it is the right folder (--dir)`)
  }
}

/** Something stands where a key was to be written; it was left as it is. */
class IdentityExistsError extends HoldfastError {
  readonly code = 'identity-exists'
  readonly path: string
  constructor(path: string, what: string, cure: string) {
    super(`${path} is there already${what}, and nothing was overwritten; ${cure}`)
    this.path = path
  }
}

/** The file that was given as a backup holds no identity, or cannot be read. */
class BackupUnusableError extends HoldfastError {
  readonly code = 'identity-backup-unusable'
  constructor(path: string, problem: string, options?: ErrorOptions) {
    super(`The backup ${path} cannot be used: ${problem}; nothing was changed`, options)
  }
}

/** Writes the identity of the folder `dir` into a new, private file. Throws `NoIdentityError`, `IdentityExistsError`, or what loading and saving an identity throws. */
export async function backUpIdentity(dir: string, path: string): Promise<Identity> {
  const identity = await loadIdentity(dir)
  if (identity === undefined) throw new NoIdentityError(dir)
  if (!(await save(path, identityToPem(identity)))) throw new IdentityExistsError(path, '', 'name a new file')
  return identity
}

/**
 * Puts the identity from a backup into the folder, which must be held by the caller. One that is the folder's own already changes nothing. Throws `BackupUnusableError`,
 * `IdentityExistsError` if the folder has another, or `IdentityNotSavedError`.
 */
export async function restoreIdentity(dir: string, backup: string): Promise<Identity> {
  const identity = await readBackup(backup)
  const path = join(dir, identityFileName)
  if (await save(path, identityToPem(identity))) return identity
  const present = await loadIdentity(dir)
  if (present?.id === identity.id) return identity
  const whose = present === undefined ? '' : ` (${present.id})`
  throw new IdentityExistsError(path, whose, 'move it to a safe place first, or restore into another folder')
}

/**
 * Gives the folder, which must be held by the caller, a new identity, and keeps the old one beside it as `kept`. A crash in between leaves the old one in force. Throws
 * `NoIdentityError`, `IdentityNotSavedError`, or what loading an identity throws.
 */
export async function replaceIdentity(dir: string): Promise<{ before: Identity; identity: Identity; kept: string }> {
  const before = await loadIdentity(dir)
  if (before === undefined) throw new NoIdentityError(dir)
  const path = join(dir, identityFileName)
  const kept = join(dir, `identity-${shortPeerId(before.id)}.pem`)
  const next = `${path}.next`
  const identity = generateIdentity()
  try {
    // One that a crash has left was never in force.
    await unlink(next).catch(() => undefined)
    await savePrivateFile(next, identityToPem(identity))
    await keep(path, kept)
    await rename(next, path)
  } catch (error) {
    await unlink(next).catch(() => undefined)
    throw error instanceof HoldfastError ? error : new IdentityNotSavedError(path, { cause: error })
  }
  return { before, identity, kept }
}

async function readBackup(path: string): Promise<Identity> {
  let pem: string
  try {
    const stats = await stat(path)
    if (!stats.isFile()) throw new BackupUnusableError(path, 'it is not a regular file')
    if (stats.size > backupBytesMax) throw new BackupUnusableError(path, `it is too large (${stats.size} bytes)`)
    pem = await readFile(path, 'utf8')
  } catch (error) {
    if (error instanceof HoldfastError) throw error
    const { code, message } = error as NodeJS.ErrnoException
    throw new BackupUnusableError(path, code === 'ENOENT' ? 'there is no such file' : message, { cause: error })
  }
  try {
    return identityFromPem(pem)
  } catch (error) {
    throw new BackupUnusableError(path, 'it does not hold a whole Ed25519 private key in PEM form', { cause: error })
  }
}

/** The codes of file systems without hard links, such as those of memory sticks. */
const noLinks: readonly unknown[] = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK']

/** Writes a private file; false if there is one already. */
async function save(path: string, text: string): Promise<boolean> {
  try {
    return await savePrivateFile(path, text)
  } catch (error) {
    if (!noLinks.includes((error as NodeJS.ErrnoException).code))
      throw new IdentityNotSavedError(path, { cause: error })
  }
  try {
    await writeFile(path, text, { flag: 'wx', mode: 0o600, flush: true })
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    // What was written of it is no backup.
    await unlink(path).catch(() => undefined)
    throw new IdentityNotSavedError(path, { cause: error })
  }
}

/** Gives a file a second name. One that has that name already has to be the same. */
async function keep(path: string, kept: string): Promise<void> {
  try {
    await link(path, kept)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    if ((await readSmallFile(kept, backupBytesMax)) === (await readSmallFile(path, backupBytesMax))) return
    throw new IdentityExistsError(kept, '', 'move it to a safe place first')
  }
}
