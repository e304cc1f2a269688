import type { EventView } from '../daemon/contract/event.ts'
import { EventsUnreadError } from '../daemon/server-sent-events.ts'
import type { Control } from './control.ts'
import { mayPass, pause, retryMsMin } from './retrying-calls.ts'

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
  /** The daemon has gone, and is waited for; called once until it is back. */
  readonly gone?: (error: Error) => void
  /** It is back, and the events go on. */
  readonly back?: () => void
}

/** Events as they happen, across restarts of the daemon, until the signal is aborted; that ends them in order. */
export async function* followEvents(
  { api, daemon }: Pick<Control, 'api' | 'daemon'>,
  { after: known, peer, signal, began, gone, back }: FollowEventsOptions,
): AsyncGenerator<EventView, undefined> {
  let after = known
  let isFirst = true
  let isGone = false
  while (!signal.aborted) {
    // A client that was cut off because it read too slowly goes on at once. Where the daemon has ended, that fails at once.
    let delayMs = retryMsMin
    try {
      const events = await api.events({ after, peer, signal })
      if (isFirst) began?.()
      isFirst = false
      if (isGone) back?.()
      isGone = false
      for await (const event of events) {
        after = event.id
        yield event
      }
      if (daemon === undefined) return
    } catch (error) {
      if (signal.aborted) return
      // Whoever knows an event has spoken to the daemon before.
      const wasNeverThere = isFirst && known === undefined
      if (wasNeverThere || !mayPass(error)) throw error
      // The daemon of this process ends with it.
      if (daemon === undefined && !(error instanceof EventsUnreadError)) return
      if (!isGone) gone?.(error)
      isGone = true
      delayMs = retryMs
    }
    await pause(delayMs, signal).catch(() => undefined)
  }
}
