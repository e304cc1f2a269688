import { IdentityInUseError, RefusedError } from '../node/errors.ts'
import { PairingError } from './messages.ts'

/** A pairing whose link is lost in the middle, or that meets a busy node, is begun again after a while. */
export const PAIRING_ATTEMPTS_MAX = 4
export const PAIRING_RETRY_MS = 1_000
/** Refusals that may pass. */
const PASSING_REFUSALS: ReadonlySet<string> = new Set(['busy', 'shutting-down', 'stale-attach'])

/** Whether a pairing that failed so is worth another try. */
export function isWorthRetrying(error: unknown): boolean {
  return error instanceof RefusedError ? PASSING_REFUSALS.has(error.refusal) : !(error instanceof PairingError)
}

/** Whether the other side showed an instance that began before one that is known here, at one of its addresses at least. */
export function isOutdated(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.some(isOutdated)
  return error instanceof IdentityInUseError || (error instanceof Error && isOutdated(error.cause))
}
