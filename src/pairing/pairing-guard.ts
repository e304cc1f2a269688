import type { Clock } from '../clock.ts'
import { addressParts } from '../core/dial/address-order.ts'
import type { PeerId } from '../identity/peer-id.ts'
import { RefusedError } from '../node/errors.ts'
import type { EventStream } from '../node/events/event-stream.ts'
import { admissionAddress } from '../transport/tcp/source.ts'
import type { Channel } from '../transport/transport.ts'
import { WrongTries } from './wrong-tries.ts'

/** Why a stranger's try to pair came to nothing. */
export type PairingRefusal = 'unknown-ticket' | 'wrong-secret' | 'code-not-confirmed'

const minuteMs = 60_000
/** By tickets, of one source. A ticket cannot be guessed, so this is for quiet more than for safety: it keeps guessing from costing anything. */
const ticketTries = { freeTries: 3, firstWaitMs: 1_000, waitMsMax: 5 * minuteMs, forgetMs: 15 * minuteMs }
/** Ticket numbers that nobody has, of all sources together. Who comes with the number of an open ticket does not wait for that. */
const unknownTickets = { freeTries: 64, firstWaitMs: 100, waitMsMax: 2_000, forgetMs: minuteMs }
/** By code: each try has one chance in a million, so the third is the last one for five minutes. */
const codeTries = { freeTries: 2, firstWaitMs: 5 * minuteMs, waitMsMax: 60 * minuteMs, forgetMs: 15 * minuteMs }

/** Slows and counts the wrong tries of strangers, each by the address that it comes from. */
export class PairingGuard {
  readonly #clock: Clock
  readonly #events: EventStream
  readonly #tickets = new WrongTries(ticketTries)
  readonly #unknown = new WrongTries(unknownTickets)
  readonly #codes = new WrongTries(codeTries)
  #count = 0

  constructor(clock: Clock, events: EventStream) {
    this.#clock = clock
    this.#events = events
  }

  /** The refusal if somebody at the other end of the channel has to wait. It counts as a try, and makes the wait no longer. */
  check(how: 'ticket' | 'code', channel: Channel): RefusedError | undefined {
    const tries = how === 'ticket' ? this.#tickets : this.#codes
    return this.#refusal(tries.waitMs(sourceOf(channel), this.#clock.now()))
  }

  /** It came with the number of a ticket that is not open here. */
  unknownTicket(channel: Channel): RefusedError {
    const nowMs = this.#clock.now()
    const held = this.#refusal(this.#unknown.waitMs('', nowMs))
    if (held !== undefined) return held
    this.#unknown.failed('', nowMs)
    this.failed('unknown-ticket', channel)
    return new RefusedError(
      'ticket-refused',
      'the ticket is not known here: it was used, has expired, or is not from this node',
    )
  }

  failed(reason: PairingRefusal, channel: Channel): void {
    const tries = reason === 'code-not-confirmed' ? this.#codes : this.#tickets
    const source = sourceOf(channel)
    const waitMs = tries.failed(source, this.#clock.now())
    this.#count++
    const id: PeerId = channel.remoteId
    this.#events.emit({ type: 'pairing:refused', id, source, reason, count: this.#count, waitMs })
  }

  /** It has paired. */
  succeeded(channel: Channel): void {
    this.#tickets.succeeded(sourceOf(channel))
    this.#codes.succeeded(sourceOf(channel))
  }

  #refusal(waitMs: number): RefusedError | undefined {
    if (waitMs === 0) return undefined
    this.#count++
    const seconds = Math.ceil(waitMs / 1_000)
    return new RefusedError('busy', `too many tries to pair have failed; the next one is looked at in ${seconds} s`)
  }
}

/** What counts as one source: an IPv4 address, or the /64 of an IPv6 address. */
export function sourceOf({ remoteAddress }: Channel): string {
  return admissionAddress(addressParts(remoteAddress)?.host ?? remoteAddress)
}
