import type { AddressOutcome } from '../../core/dial/address-book.ts'
import { WrongPeerError } from '../../transport/tcp/tcp-errors.ts'
import { OwnAddressError, RefusedError, UnreachableError } from '../errors.ts'
import type { RaceOutcome } from './race.ts'

/** What a candidate's outcome in a race says of its address, for the address book; undefined: nothing. */
export function addressOutcome(outcome: RaceOutcome, error: unknown): AddressOutcome | undefined {
  if (outcome === 'reached' || outcome === 'overtaken') return outcome
  if (error instanceof WrongPeerError) return 'wrong-peer'
  // The peer itself has refused: the address is right. And where this node itself answers is no address of the peer, for as long as that is so.
  if (error instanceof RefusedError || error instanceof OwnAddressError) return undefined
  // Called off since another attempt succeeded, perhaps at this very address; or it had its full time.
  if (outcome === 'aborted' && !(error instanceof UnreachableError)) return undefined
  return 'failed'
}
