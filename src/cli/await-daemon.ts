import { setTimeout } from 'node:timers/promises'
import { type FolderHolder, folderHolder } from '../store/folder.ts'
import { findDaemon, isServing } from './find-daemon.ts'
import { note } from './terminal/output.ts'

/** A process that has held the folder for no longer than this may be a daemon that starts, or a command that is done in a moment. */
const startingMsMax = 5_000
const lookMs = 50
/** A wait that is longer is explained. */
const unexplainedMsMax = 1_000

/**
 * Like `findDaemon`, and waits for a daemon that is starting: as long as the folder is held by a process that has had it for 5 s at most. Throws what `findDaemon` throws, or the
 * signal's reason.
 */
export async function awaitDaemon(dir: string, signal?: AbortSignal): ReturnType<typeof findDaemon> {
  const beganMs = performance.now()
  let isExplained = false
  for (;;) {
    signal?.throwIfAborted()
    const found = await findDaemon(dir)
    if (isServing(found)) return found
    const waitedMs = performance.now() - beganMs
    const holder = await newHolder(dir)
    if (holder === undefined || waitedMs > startingMsMax) return found
    // With --json standard error is for objects.
    if (waitedMs > unexplainedMsMax && !isExplained && !process.argv.includes('--json')) {
      isExplained = true
      const pid = holder.pid === undefined ? '' : ` (pid ${holder.pid})`
      note(`holdfast: Waiting for the process that uses ${dir}${pid}; a daemon may be starting`)
    }
    await setTimeout(lookMs)
  }
}

/** Another process took the folder a moment ago. */
export async function isJustTaken(dir: string): Promise<boolean> {
  return (await newHolder(dir)) !== undefined
}

async function newHolder(dir: string): Promise<FolderHolder | undefined> {
  const holder = await folderHolder(dir).catch(() => undefined)
  if (holder === undefined || holder.pid === process.pid) return undefined
  return Date.now() - holder.sinceMs > startingMsMax ? undefined : holder
}
