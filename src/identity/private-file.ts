// Files that hold a secret: for their owner alone, made once and whole, never overwritten.
import { randomBytes } from 'node:crypto'
import { constants } from 'node:fs'
import { type FileHandle, link, open, unlink } from 'node:fs/promises'
import { dirname } from 'node:path'

/** Permissions for anybody but the owner. */
const othersMask = 0o077

/** What was found where a private file is looked for. */
export type PrivateFile =
  | { readonly kind: 'none' }
  | { readonly kind: 'text'; readonly text: string }
  /** Others than the owner may open it. */
  | { readonly kind: 'exposed'; readonly mode: number }
  /** Something is there that cannot be used; `problem` is the rest of a sentence. */
  | { readonly kind: 'unusable'; readonly problem: string; readonly cause?: unknown }

/** Reads a private file of at most `bytesMax` bytes. Never throws. */
export async function readPrivateFile(path: string, bytesMax: number): Promise<PrivateFile> {
  try {
    // Without O_NONBLOCK a FIFO in this place would hang the start.
    const file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))
    try {
      return await readOpened(file, bytesMax)
    } finally {
      await file.close()
    }
  } catch (error) {
    // Where there is no folder there is no file; making the folder will say what stands in its place.
    if (['ENOENT', 'ENOTDIR'].includes(codeOf(error) ?? '')) return { kind: 'none' }
    return { kind: 'unusable', problem: readProblem(error), cause: error }
  }
}

async function readOpened(file: FileHandle, bytesMax: number): Promise<PrivateFile> {
  const stats = await file.stat()
  if (!stats.isFile()) return { kind: 'unusable', problem: 'it is not a regular file' }
  // Windows reports no such permissions.
  if (process.platform !== 'win32' && (stats.mode & othersMask) !== 0)
    return { kind: 'exposed', mode: stats.mode & 0o777 }
  if (stats.size === 0) return { kind: 'unusable', problem: 'it is empty' }
  if (stats.size > bytesMax) return { kind: 'unusable', problem: `it is too large (${stats.size} bytes)` }
  return { kind: 'text', text: await file.readFile('utf8') }
}

/** Writes a file whole or not at all; false if there is one already. Throws the system's error. */
export async function savePrivateFile(path: string, text: string): Promise<boolean> {
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
    if (codeOf(error) === 'EEXIST') return false
    throw error
  } finally {
    await unlink(temporary)
  }
  await syncFolder(dirname(path))
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
  if (codeOf(error) === 'EACCES') return 'this user may not read it; chown makes it yours if it is meant to be'
  return error instanceof Error ? error.message : String(error)
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined
}
