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
  /** Milliseconds since 1970. */
  readonly expiresAt: number
  /** Who has paired with it; only they may come again. */
  usedBy: PeerId | undefined
}

/** The tickets that a node has issued and that have not expired. */
export class TicketBook {
  readonly #randomBytes: (size: number) => Uint8Array
  #tickets: IssuedTicket[] = []

  constructor(randomBytes: (size: number) => Uint8Array) {
    this.#randomBytes = randomBytes
  }

  issue(expiresAt: number, wallMs: number): IssuedTicket {
    const ticket: IssuedTicket = {
      number: this.#randomBytes(ticketNumberLength),
      secret: this.#randomBytes(ticketSecretLength),
      expiresAt,
      usedBy: undefined,
    }
    this.#tickets = [...this.#tickets.filter((other) => other.expiresAt > wallMs), ticket].slice(-TICKETS_MAX)
    return ticket
  }

  /** The ticket of that number, if `peer` may pair with it now. */
  find(number: Uint8Array, peer: PeerId, wallMs: number): IssuedTicket | undefined {
    const ticket = this.#tickets.find((other) => equalBytes(other.number, number))
    if (ticket === undefined || ticket.expiresAt <= wallMs) return undefined
    return ticket.usedBy === undefined || ticket.usedBy === peer ? ticket : undefined
  }

  /** Marks the ticket as used by `peer`; throws if another one was quicker, or time has run out. */
  use(ticket: IssuedTicket, peer: PeerId, wallMs: number): void {
    if (this.find(ticket.number, peer, wallMs) === undefined) {
      throw new PairingError('The ticket was used by another node, or has expired; ask for a new one')
    }
    ticket.usedBy = peer
  }
}
