// The token that whoever calls the API has to know: 32 random bytes in a private file of the node's folder, made at the first start.
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { join } from 'node:path'
import { HoldfastError } from '../../core/errors.ts'
import { readPrivateFile, savePrivateFile } from '../../identity/private-file.ts'

const FILE_NAME = 'api-token'
const TOKEN_BYTES = 32
/** 32 bytes in base64url, and perhaps the line break of an editor. */
const FILE_BYTES_MAX = 64
const form = /^[\w-]{43}$/

/** The file of the token is there but holds none, or is not private. It is left as it is. */
class TokenUnusableError extends HoldfastError {
  readonly code = 'api-token-unusable'
  constructor(path: string, problem: string, options?: ErrorOptions) {
    super(`The API's token in ${path} cannot be used: ${problem}`, options)
  }
}

/** A new token could not be written. */
class TokenNotSavedError extends HoldfastError {
  readonly code = 'api-token-not-saved'
  constructor(path: string, options: ErrorOptions) {
    const problem = options.cause instanceof Error ? options.cause.message : String(options.cause)
    super(
      `A new token for the API could not be saved in ${path} (${problem}). Make room, or choose a folder that you may write to`,
      options,
    )
  }
}

/** The token kept in the node's folder, which must be there; made at the first call. Throws `TokenUnusableError` or `TokenNotSavedError`. */
export async function loadOrCreateToken(dir: string): Promise<string> {
  const path = join(dir, FILE_NAME)
  const found = await load(path)
  if (found !== undefined) return found
  const made = randomBytes(TOKEN_BYTES).toString('base64url')
  try {
    if (await savePrivateFile(path, `${made}\n`)) return made
  } catch (error) {
    throw new TokenNotSavedError(path, { cause: error })
  }
  // Somebody else was quicker; theirs counts.
  const theirs = await load(path)
  if (theirs === undefined) throw new TokenUnusableError(path, 'it disappears while it is being read')
  return theirs
}

async function load(path: string): Promise<string | undefined> {
  const found = await readPrivateFile(path, FILE_BYTES_MAX)
  const cure = 'Remove the file, and a new token is made at the next start'
  switch (found.kind) {
    case 'none':
      return undefined
    case 'exposed':
      throw new TokenUnusableError(
        path,
        `other users may read it (mode ${found.mode.toString(8).padStart(4, '0')}). If nobody has, make it private with: chmod 600 '${path}'; otherwise remove it, and a new one is made at the next start`,
      )
    case 'unusable':
      throw new TokenUnusableError(path, `${found.problem}. ${cure}`, { cause: found.cause })
    case 'text': {
      const token = found.text.trim()
      if (!form.test(token)) throw new TokenUnusableError(path, `it holds no token. ${cure}`)
      return token
    }
  }
}

/** Whether a token that came with a request is the right one; how long that takes tells nothing about it. */
export function isToken(given: string, token: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(given), digest(token))
}
