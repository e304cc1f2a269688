// The identity on disk: a private file that is made once, whole, and never overwritten.
//
// The format is PKCS#8 in PEM (RFC 8410), not one of our own: it names its algorithm, every tool reads it, and
// `openssl pkey -in identity.pem -text` shows what it holds, so a backup can be checked without Holdfast.
import { join } from 'node:path'
import { HoldfastError } from '../core/errors.ts'
import { generateIdentity, type Identity, identityFromPem, identityToPem } from './identity.ts'
import { makeFolder } from './make-folder.ts'
import { readPrivateFile, savePrivateFile } from './private-file.ts'

/** The name of the identity's file in a node's folder. */
export const identityFileName = 'identity.pem'
/** A PEM file of an Ed25519 key has about 120 bytes; anything beyond this is something else. */
const fileBytesMax = 4096

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
    await makeFolder(dir)
    if (await savePrivateFile(path, identityToPem(made))) return made
  } catch (error) {
    throw new IdentityNotSavedError(path, { cause: error })
  }
  // Somebody else was quicker; theirs counts.
  const theirs = await load(path)
  if (theirs === undefined) throw new DamagedIdentityError(path, 'it disappears while it is being read')
  return theirs
}

/** The identity kept in `dir`; undefined if there is none. Throws `DamagedIdentityError` or `ExposedIdentityError`. */
export function loadIdentity(dir: string): Promise<Identity | undefined> {
  return load(join(dir, identityFileName))
}

async function load(path: string): Promise<Identity | undefined> {
  const found = await readPrivateFile(path, fileBytesMax)
  switch (found.kind) {
    case 'none':
      return undefined
    case 'exposed':
      throw new ExposedIdentityError(path, found.mode)
    case 'unusable':
      throw new DamagedIdentityError(path, found.problem, { cause: found.cause })
    case 'text':
      break
  }
  try {
    return identityFromPem(found.text)
  } catch (error) {
    throw new DamagedIdentityError(path, 'it does not hold a whole Ed25519 private key in PEM form', { cause: error })
  }
}
