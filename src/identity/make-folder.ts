import { mkdir, stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'

/**
 * Makes a folder for this user alone, with those above it that are missing. Throws the system's error. Node's own recursive `mkdir` never ends where a file system takes
 * no folders and says that the one above is missing, as /proc does.
 */
export async function makeFolder(dir: string): Promise<void> {
  const missing: string[] = []
  for (let path = resolve(dir); !(await isMade(path)); path = dirname(path)) missing.push(path)
  // What another process has made meanwhile is as good.
  for (const path of missing.reverse()) await mkdir(path, { mode: 0o700 }).catch((error) => isFolder(path, error))
}

/** Makes one folder, or finds it; false if the one above it is missing. */
async function isMade(path: string): Promise<boolean> {
  try {
    await mkdir(path, { mode: 0o700 })
  } catch (error) {
    if (codeOf(error) === 'ENOENT' && dirname(path) !== path) return false
    await isFolder(path, error)
  }
  return true
}

/** Throws `error`, unless a folder is there. */
async function isFolder(path: string, error: unknown): Promise<void> {
  const found = await stat(path).catch(() => undefined)
  if (found?.isDirectory() !== true) throw error
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined
}
