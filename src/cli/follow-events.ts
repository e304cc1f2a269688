import { setTimeout as sleep } from 'node:timers/promises'
import type { EventView } from '../daemon/contract/event.ts'
import type { Control } from './control.ts'
import { DaemonUnreachableError } from './errors.ts'

/** How long to wait before a daemon that has gone is looked for again. */
const retryMs = 1_000

export interface FollowEventsOptions {
  /** The id of the last event that is known; default: from now on. */
  readonly after?: string | undefined
  /** A full peer id: only events about this one. */
  readonly peer?: string | undefined
  readonly signal: AbortSignal
  /** The events come from now on. */
  readonly began?: () => void
  /** The daemon has gone, and is waited for. */
  readonly gone?: () => void
}

/** Events as they happen, across restarts of the daemon, until the signal is aborted; that ends them in order. */
export async function* followEvents(
  { api, daemon }: Pick<Control, 'api' | 'daemon'>,
  { after: known, peer, signal, began, gone }: FollowEventsOptions,
): AsyncGenerator<EventView, undefined> {
  let after = known
  let isFirst = true
  while (!signal.aborted) {
    try {
      const events = await api.events({ after, peer, signal })
      if (isFirst) began?.()
      isFirst = false
      for await (const event of events) {
        after = event.id
        yield event
      }
    } catch (error) {
      if (signal.aborted) return
      // Whoever knows an event has spoken to the daemon before.
      const wasNeverThere = isFirst && known === undefined
      if (wasNeverThere || !(error instanceof DaemonUnreachableError)) throw error
    }
    // That of this process ends with it.
    if (daemon === undefined) return
    gone?.()
    await sleep(retryMs, undefined, { signal }).catch(() => undefined)
  }
}
