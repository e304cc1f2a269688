import type { Clock } from '../clock.ts'
import { equalBytes } from '../core/frame/bytes.ts'
import type { PeerId } from '../identity/peer-id.ts'
import { ticketNumberLength, ticketSecretLength } from '../identity/ticket.ts'
import { PairingError } from './messages.ts'

/** Tickets that one node may have open at a time; the oldest is dropped for a new one. */
const TICKETS_MAX = 64

/** A ticket that this node has issued. */
export interface IssuedTicket {
  readonly number: Uint8Array
  readonly secret: Uint8Array
  /** Milliseconds since 1970; as the ticket itself says. */
  readonly expiresAt: number
  /** On the monotonic clock. */
  readonly expiresAtClockMs: number
  /** Who has paired with it; only they may come again. */
  usedBy: PeerId | undefined
}

/** What a node looks at to know whether its own ticket is too old. */
export type TicketClock = Pick<Clock, 'now' | 'wallNow'>

/**
 * The tickets that a node has issued. One has expired when either clock says so: the wall's may be set back, and the other one stands still while the machine sleeps. Those that
 * have are remembered as long as there is room, so that whoever comes with one is told why it is refused.
 */
export class TicketBook {
  readonly #randomBytes: (size: number) => Uint8Array
  readonly #clock: TicketClock
  #tickets: IssuedTicket[] = []

  constructor(clock: TicketClock, randomBytes: (size: number) => Uint8Array) {
    this.#clock = clock
    this.#randomBytes = randomBytes
  }

  issue(expiresInMs: number): IssuedTicket {
    const ticket: IssuedTicket = {
      number: this.#randomBytes(ticketNumberLength),
      secret: this.#randomBytes(ticketSecretLength),
      expiresAt: this.#clock.wallNow() + expiresInMs,
      expiresAtClockMs: this.#clock.now() + expiresInMs,
      usedBy: undefined,
    }
    const expired = this.#tickets.filter((other) => this.#hasExpired(other))
    const open = this.#tickets.filter((other) => !expired.includes(other))
    this.#tickets = [...expired, ...open, ticket].slice(-TICKETS_MAX)
    return ticket
  }

  /** The ticket of that number, if `peer` may pair with it now, or why it may not. */
  find(number: Uint8Array, peer: PeerId): IssuedTicket | 'unknown' | 'expired' {
    const ticket = this.#tickets.find((other) => equalBytes(other.number, number))
    if (ticket === undefined) return 'unknown'
    if (this.#hasExpired(ticket)) return 'expired'
    return ticket.usedBy === undefined || ticket.usedBy === peer ? ticket : 'unknown'
  }

  /** Marks the ticket as used by `peer`; throws if another one was quicker, or time has run out. */
  use(ticket: IssuedTicket, peer: PeerId): void {
    if (this.find(ticket.number, peer) !== ticket) {
      throw new PairingError('The ticket was used by another node, or has expired; ask for a new one')
    }
    ticket.usedBy = peer
  }

  #hasExpired({ expiresAt, expiresAtClockMs }: IssuedTicket): boolean {
    return expiresAt <= this.#clock.wallNow() || expiresAtClockMs <= this.#clock.now()
  }
}
