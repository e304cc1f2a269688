import { type LossReason, lossReasons } from '../core/peer/reasons.ts'
import { causeOf } from '../node/events/event-explain.ts'

/** Why a link or a peer was lost, in words; a reason of a later daemon, which is not known here, stands for itself. */
export function lossCause(reason: string): string {
  return isLossReason(reason) ? causeOf(reason) : reason
}

function isLossReason(reason: string): reason is LossReason {
  return (lossReasons as readonly string[]).includes(reason)
}
