// The identity on disk: a private file that is made once, whole, and never overwritten.
//
// The format is PKCS#8 in PEM (RFC 8410), not one of our own: it names its algorithm, every tool reads it, and
// `openssl pkey -in identity.pem -text` shows what it holds, so a backup can be checked without Holdfast.
import { randomBytes } from 'node:crypto'
import { constants } from 'node:fs'
import { type FileHandle, link, mkdir, open, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { HoldfastError } from '../core/errors.ts'
import { generateIdentity, type Identity, identityFromPem, identityToPem } from './identity.ts'

/** The name of the identity's file in a node's folder. */
export const identityFileName = 'identity.pem'
/** A PEM file of an Ed25519 key has about 120 bytes; anything beyond this is something else. */
const fileBytesMax = 4096
/** Permissions for anybody but the owner. */
const othersMask = 0o077

/** The identity's file is there but holds no identity. It is left as it is: a backup or a repair may save the peer id. */
export class DamagedIdentityError extends HoldfastError {
  readonly code = 'identity-damaged'
  readonly path: string
  constructor(path: string, problem: string, options?: ErrorOptions) {
    super(
      `The identity in ${path} cannot be used: ${problem}. Restore the file from a backup; ` +
        'or move it away to start with a new identity, which has to be paired anew with every peer',
      options,
    )
    this.path = path
  }
}

/** Other users of this machine may read the private key. */
export class ExposedIdentityError extends HoldfastError {
  readonly code = 'identity-exposed'
  readonly path: string
  constructor(path: string, mode: number) {
    super(
      `Other users may open the private key in ${path} (mode ${mode.toString(8).padStart(4, '0')}). ` +
        `Make it private with: chmod 600 '${path}'`,
    )
    this.path = path
  }
}

/** A new identity could not be written. */
export class IdentityNotSavedError extends HoldfastError {
  readonly code = 'identity-not-saved'
  readonly path: string
  constructor(path: string, options: ErrorOptions) {
    const problem = options.cause instanceof Error ? options.cause.message : String(options.cause)
    super(
      `A new identity could not be saved in ${path} (${problem}). Choose a folder on a local disk that you may write to`,
      options,
    )
    this.path = path
  }
}

/**
 * The identity kept in `dir`, made at the first call together with the folder. Processes that start at once end up
 * with one and the same. Throws `DamagedIdentityError`, `ExposedIdentityError` or `IdentityNotSavedError`.
 */
export async function loadOrCreateIdentity(dir: string): Promise<Identity> {
  const path = join(dir, identityFileName)
  const found = await load(path)
  if (found !== undefined) return found
  const made = generateIdentity()
  try {
    await mkdir(dir, { recursive: true, mode: 0o700 })
    if (await save(dir, path, identityToPem(made))) return made
  } catch (error) {
    throw new IdentityNotSavedError(path, { cause: error })
  }
  // Somebody else was quicker; theirs counts.
  const theirs = await load(path)
  if (theirs === undefined) throw new DamagedIdentityError(path, 'it disappears while it is being read')
  return theirs
}

async function load(path: string): Promise<Identity | undefined> {
  let pem: string
  try {
    // Without O_NONBLOCK a FIFO in this place would hang the start.
    const file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))
    try {
      pem = await readPrivate(file, path)
    } finally {
      await file.close()
    }
  } catch (error) {
    if (error instanceof HoldfastError) throw error
    // Where there is no folder there is no file; making the folder will say what stands in its place.
    if (['ENOENT', 'ENOTDIR'].includes(errorCode(error) ?? '')) return undefined
    throw new DamagedIdentityError(path, readProblem(error), { cause: error })
  }
  try {
    return identityFromPem(pem)
  } catch (error) {
    throw new DamagedIdentityError(path, 'it does not hold a whole Ed25519 private key in PEM form', { cause: error })
  }
}

async function readPrivate(file: FileHandle, path: string): Promise<string> {
  const stats = await file.stat()
  if (!stats.isFile()) throw new DamagedIdentityError(path, 'it is not a regular file')
  // Windows reports no such permissions.
  if (process.platform !== 'win32' && (stats.mode & othersMask) !== 0)
    throw new ExposedIdentityError(path, stats.mode & 0o777)
  if (stats.size === 0) throw new DamagedIdentityError(path, 'it is empty')
  if (stats.size > fileBytesMax) throw new DamagedIdentityError(path, `it is too large (${stats.size} bytes)`)
  return file.readFile('utf8')
}

/** Writes a file whole or not at all; false if there is one already. */
async function save(dir: string, path: string, text: string): Promise<boolean> {
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`
  const file = await open(temporary, 'wx', 0o600)
  try {
    try {
      await file.writeFile(text)
      await file.sync()
    } finally {
      await file.close()
    }
    // Unlike rename, link refuses to replace what is there.
    await link(temporary, path)
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false
    throw error
  } finally {
    await unlink(temporary)
  }
  await syncFolder(dir)
  return true
}

/** Makes the new name itself durable. Windows can neither do that nor needs it. */
async function syncFolder(dir: string): Promise<void> {
  if (process.platform === 'win32') return
  const folder = await open(dir, constants.O_RDONLY)
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

function readProblem(error: unknown): string {
  if (errorCode(error) === 'EACCES') return 'this user may not read it; chown makes it yours if it is meant to be'
  return error instanceof Error ? error.message : String(error)
}

function errorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined
}
