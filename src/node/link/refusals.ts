import type { HoldfastError } from '../../core/errors.ts'
import type { RefusalCode } from '../../core/frame/constants.ts'
import type { KnownRelation } from '../context.ts'
import { IdentityInUseError, RefusedError, UnreachableError } from '../errors.ts'
import { explain } from '../events/event-explain.ts'

/** What a refusal means for people, where that is always the same. */
const texts: Readonly<Partial<Record<RefusalCode, string>>> = {
  'identity-in-use': explain('identity-in-use'),
  'stale-attach': 'a newer connection has taken its place',
  'not-paired': 'the pairing was ended there; pair again',
  blocked: 'this node was blocked there',
}
/** Refusals that dialing again cannot cure. */
const FINAL_REFUSALS: ReadonlySet<string> = new Set(['not-paired', 'version', 'identity-in-use', 'blocked'])

/** The refusal with its usual words. */
export function refusal(code: RefusalCode): RefusedError {
  return new RefusedError(code, texts[code] ?? '')
}

/** Why the link that an answer came on cannot be used. */
export function wrongAnswer(code: RefusalCode): HoldfastError {
  if (code !== 'identity-in-use') return refusal(code)
  return new IdentityInUseError(`A later run of the peer is known here than the one that answered: ${explain(code)}`)
}

/** The refusal in `error` that dialing again cannot cure, if no address gave another reason. */
export function finalRefusal(error: unknown): RefusedError | undefined {
  const errors: unknown[] = error instanceof AggregateError ? error.errors : [error]
  const final = errors.filter((one) => one instanceof RefusedError && FINAL_REFUSALS.has(one.refusal))
  return final.length === errors.length ? (final[0] as RefusedError) : undefined
}

/**
 * Whether a final refusal may be taken back without a word. A member needs no pairing: the other side may have the network's secret a moment later, or again. And
 * who was blocked hears of the end of that from a link of the other side, unless that one does not come.
 */
export function mayPass(code: RefusalCode, known: KnownRelation, peerMayCome: boolean): boolean {
  if (code === 'not-paired') return known === 'member'
  return code === 'blocked' && known !== 'host' && !peerMayCome
}

/** One error for people, of those that several addresses gave. */
export function inOne(error: unknown): Error {
  if (!(error instanceof AggregateError)) return error instanceof Error ? error : new Error(String(error))
  const errors: unknown[] = error.errors
  // A peer that refuses says the same at each of its addresses.
  const messages = new Set(errors.map((one) => (one instanceof Error ? one.message : String(one))))
  return (
    finalRefusal(error) ??
    new UnreachableError(`No address led to the other node (${[...messages].join('; ')})`, { cause: error })
  )
}
