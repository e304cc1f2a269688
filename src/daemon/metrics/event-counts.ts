import { type LossReason, lossReasons } from '../../index.ts'
import type { EventLog } from '../event-log.ts'

/** What events are counted for metrics, since the daemon was started. */
export class EventCounts {
  /** How often the last link to a peer was lost, by reason. */
  readonly losses = noLosses()
  /** How often any link was lost, by reason. */
  readonly linkLosses = noLosses()
  failovers = 0
  failedDials = 0

  constructor(log: Pick<EventLog, 'listen'>) {
    log.listen(({ type, data }) => {
      if (type === 'peer:disconnected') count(this.losses, data['reason'])
      else if (type === 'link:lost') count(this.linkLosses, data['reason'])
      else if (type === 'link:active') this.failovers++
      else if (type === 'dial:failed') this.failedDials++
    })
  }
}

function noLosses(): Map<LossReason, number> {
  return new Map(lossReasons.map((reason) => [reason, 0]))
}

function count(losses: Map<LossReason, number>, reason: unknown): void {
  const known = lossReasons.find((candidate) => candidate === reason)
  if (known !== undefined) losses.set(known, (losses.get(known) ?? 0) + 1)
}
