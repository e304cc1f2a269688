// Waiting for a daemon that starts, or that is started again after it was killed.
import { duration } from '../node/events/duration.ts'
import { type FolderHolder, folderHolder } from '../store/folder.ts'
import { findDaemon, isServing, webAddress } from './find-daemon.ts'
import { pause } from './retrying-calls.ts'
import { note } from './terminal/output.ts'

/** A process that has held the folder for no longer than this may be a daemon that starts, or a command that is done in a moment. */
const startingMsMax = 5_000
const lookMs = 50
/** A wait for a daemon that starts is explained after this time. */
const unexplainedMsMax = 1_000

export interface AwaitDaemonOptions {
  readonly signal?: AbortSignal
  /** How long to wait for a daemon that was killed and has not been started again since, or that holds the folder and does not answer. Default 0. */
  readonly restartMsMax?: number
}

/**
 * Like `findDaemon`, and waits for a daemon that is on its way. A daemon may be starting as long as the folder is held by a process that has had it for 5 s at most.
 * Throws what `findDaemon` throws, or the reason of the signal.
 */
export async function awaitDaemon(
  dir: string,
  { signal = new AbortController().signal, restartMsMax = 0 }: AwaitDaemonOptions = {},
): ReturnType<typeof findDaemon> {
  const beganMs = performance.now()
  let restartEndMs: number | undefined
  let isExplained = false
  for (;;) {
    signal.throwIfAborted()
    const found = await findDaemon(dir)
    if (isServing(found)) return found
    if (restartEndMs === undefined) {
      isExplained = restartMsMax > 0 && (await isExpected(dir))
      restartEndMs = isExplained ? beganMs + restartMsMax : beganMs
      if (isExplained)
        note(
          `holdfast: No daemon answers for ${dir}, though one ran there; waiting up to ${duration(restartMsMax)} until it is back`,
        )
    }
    const nowMs = performance.now()
    const holder = await newHolder(dir)
    if (nowMs >= restartEndMs && (holder === undefined || nowMs > restartEndMs + startingMsMax)) return found
    if (!isExplained && nowMs - beganMs > unexplainedMsMax) {
      isExplained = true
      const pid = holder?.pid === undefined ? '' : ` (pid ${holder.pid})`
      note(`holdfast: Waiting for the process that uses ${dir}${pid}; a daemon may be starting`)
    }
    await pause(lookMs, signal)
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

/** A daemon that stops in order takes its file along. */
async function isExpected(dir: string): Promise<boolean> {
  if ((await webAddress(dir)) !== undefined) return true
  return (await folderHolder(dir).catch(() => undefined)) !== undefined
}
