// Where the API of the daemon of a folder is: written for the command line, which looks there first.
import { randomBytes } from 'node:crypto'
import { rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

const FILE_NAME = 'daemon.json'

/** What it says. */
export interface DaemonFile {
  readonly url: string
  readonly pid: number
  readonly startedAtMs: number
}

/** Writes it, over one that a killed daemon left. Returns how to remove it. */
export async function announce(dir: string, announced: DaemonFile): Promise<() => Promise<void>> {
  const path = join(dir, FILE_NAME)
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`
  try {
    await writeFile(temporary, `${JSON.stringify(announced)}\n`, { mode: 0o600, flag: 'wx' })
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
  // The folder is held by this process until the node is closed, so the file is still its own.
  return () => rm(path, { force: true })
}

/** Removes what a killed daemon left. The caller holds the folder. */
export async function retractStale(dir: string): Promise<void> {
  await rm(join(dir, FILE_NAME), { force: true })
}
