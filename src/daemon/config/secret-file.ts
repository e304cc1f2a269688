import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import { checkNetworkSecret } from '../../identity/network-secret.ts'
import { ConfigError, type Origin } from './errors.ts'

/** A secret has at most 1,024 characters of up to four bytes, and perhaps white space around it. */
const fileBytesMax = 8 * 1024
/**
 * Nobody else may read the secret, and the group must not change it. A group may read it: a service's files in /etc usually belong to root and to the
 * service's group.
 */
const exposingMode = 0o027

/** The secret of the network in a file. Throws `ConfigError`, for the setting at `origin`, if there is none or others can read it. */
export async function readNetworkSecret(path: string, origin: Origin | undefined): Promise<string> {
  const refuse = (why: string, cause?: unknown): ConfigError =>
    new ConfigError([{ origin, text: `The network secret in ${path} cannot be used: ${why}` }], { cause })
  try {
    await using file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))
    const stats = await file.stat()
    if (!stats.isFile()) throw refuse('it is not a regular file')
    if (process.platform !== 'win32' && (stats.mode & exposingMode) !== 0) {
      const mode = (stats.mode & 0o777).toString(8).padStart(4, '0')
      throw refuse(`other users may open it (mode ${mode}); make it private with: chmod 600 '${path}'`)
    }
    if (stats.size > fileBytesMax) throw refuse(`it is too large (${stats.size} bytes)`)
    const secret = await file.readFile('utf8')
    checkNetworkSecret(secret)
    return secret
  } catch (error) {
    if (error instanceof ConfigError) throw error
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'ENOENT')
      throw refuse(`there is no such file; make one with: (umask 077; openssl rand -hex 32 > '${path}')`, error)
    throw refuse(code === 'EACCES' ? 'this user may not read it' : message, error)
  }
}
