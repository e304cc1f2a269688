import { constants } from 'node:fs'
import { open } from 'node:fs/promises'

/**
 * The text of a small file that may be missing, and may be anything: undefined if there is none, or what is there is no regular file or larger than `bytesMax`. Does not wait
 * for anybody to write into a FIFO. Throws the system's error.
 */
export async function readSmallFile(path: string, bytesMax: number): Promise<string | undefined> {
  try {
    await using file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))
    const stats = await file.stat()
    return stats.isFile() && stats.size <= bytesMax ? await file.readFile('utf8') : undefined
  } catch (error) {
    // A socket cannot be opened.
    if (['ENOENT', 'ENOTDIR', 'ENXIO'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined
    throw error
  }
}
