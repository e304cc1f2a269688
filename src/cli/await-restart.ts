import { duration } from '../node/events/duration.ts'
import { folderHolder } from '../store/folder.ts'
import { type FoundDaemon, findDaemon, isServing, webAddress } from './find-daemon.ts'
import { pause } from './retrying-calls.ts'
import { note } from './terminal/output.ts'

const lookAgainMs = 200

/**
 * The daemon of the folder, which may be on its way: waited for, for so long at most, if it was killed and has not been started again since, or if somebody holds the folder who does not answer. Undefined
 * if nothing tells of one, or it did not come. Throws what `findDaemon` throws, and the reason of the signal.
 */
export async function awaitRestart(dir: string, waitMs: number, signal: AbortSignal): Promise<FoundDaemon | undefined> {
  if (waitMs <= 0) return undefined
  const endMs = performance.now() + waitMs
  for (let isFirst = true; ; isFirst = false) {
    const found = await findDaemon(dir)
    if (isServing(found)) return found
    if (isFirst) {
      if (!(await isExpected(dir))) return undefined
      note(
        `holdfast: No daemon answers for ${dir}, though one ran there; waiting up to ${duration(waitMs)} until it is back`,
      )
    }
    if (performance.now() >= endMs) return undefined
    await pause(lookAgainMs, signal)
  }
}

/** A daemon that stops in order takes its file along. */
async function isExpected(dir: string): Promise<boolean> {
  if ((await webAddress(dir)) !== undefined) return true
  return (await folderHolder(dir).catch(() => undefined)) !== undefined
}
