import { PairingError } from '../pairing/messages.ts'
import { RefusedError } from './errors.ts'

/** A pairing whose link is lost in the middle, or that meets a busy node, is begun again after a while. */
export const TRIES = 4
export const TRY_AGAIN_AFTER_MS = 1_000
/** Refusals that may pass. */
const PASSING_REFUSALS: ReadonlySet<string> = new Set(['busy', 'shutting-down', 'stale-attach'])

/** Whether a pairing that failed so is worth another try. */
export function mayPass(error: unknown): boolean {
  return error instanceof RefusedError ? PASSING_REFUSALS.has(error.refusal) : !(error instanceof PairingError)
}
