// What was said of a network that worked. Each side counts for itself.

export interface FalseAlarms {
  /** Times at which the peer was said to be in doubt. */
  suspicions: number
  /** Links that fell silent and were given up, also where another stood beside them. */
  losses: number
  /** Links that gave way to another: after a suspicion a second one is dialed, and the first one goes when it stands. */
  replaced: number
  /** Times at which the peer had no link left. */
  disconnects: number
  /** All of the losses and replacements, by what was given as the reason. */
  readonly reasons: Record<string, number>
}

export function noAlarms(): FalseAlarms {
  return { suspicions: 0, losses: 0, replaced: 0, disconnects: 0, reasons: {} }
}

/** A link was lost for this reason, as far as it is known. */
export function addLoss(alarms: FalseAlarms, reason = 'closed'): void {
  alarms.reasons[reason] = (alarms.reasons[reason] ?? 0) + 1
  if (reason === 'superseded' || reason === 'duplicate' || reason === 'not-wanted') alarms.replaced++
  else alarms.losses++
}
