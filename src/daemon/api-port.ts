// The port of an API that was not told where to be served: kept in the node's folder, since open pages and commands remember it across restarts of the daemon.
import { randomBytes } from 'node:crypto'
import { rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { readSmallFile } from '../store/small-file.ts'

const FILE_NAME = 'api-port'
const FILE_BYTES_MAX = 16

/** Below it are ports that no daemon takes of its own accord. */
const PORT_MIN = 1_024

/** The port that the API had last. Undefined if none is known, or the file holds none. */
export async function keptPort(dir: string): Promise<number | undefined> {
  const text = (await readSmallFile(join(dir, FILE_NAME), FILE_BYTES_MAX).catch(() => undefined)) ?? ''
  const port = /^\d{1,5}\n?$/.test(text) ? Number(text) : 0
  return port >= PORT_MIN && port <= 65_535 ? port : undefined
}

/** Keeps it for the next start. What cannot be written costs a port at most, and is no reason not to serve. */
export async function keepPort(dir: string, port: number): Promise<void> {
  const path = join(dir, FILE_NAME)
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`
  try {
    await writeFile(temporary, `${port}\n`, { mode: 0o600, flag: 'wx' })
    await rename(temporary, path)
  } catch {
    await rm(temporary, { force: true }).catch(() => undefined)
  }
}
