import type { Duplex } from 'node:stream'
import { NodeClosedError } from '../core/errors.ts'
import type { Attach, Greeting } from '../core/frame/frames.ts'
import type { PeerId } from '../identity/peer-id.ts'
import { pairingBytes, pairingExporterLabel } from '../identity/proof.ts'
import { decodeTicket, encodeTicket, type Ticket, ticketAddressesMax } from '../identity/ticket.ts'
import { answerPairing, initiatePairing, type PairingOutcome, type PairingParty } from '../pairing/exchange.ts'
import { PAIRING_PROTOCOL, PairingError } from '../pairing/messages.ts'
import { type IssuedTicket, TicketBook } from '../pairing/ticket-book.ts'
import type { NodeContext } from './context.ts'
import { DIAL_TIMEOUT_MS } from './dialer.ts'
import { InvalidArgumentError, RefusedError } from './errors.ts'
import type { Link } from './link.ts'
import { RemotePeer } from './peer.ts'
import { PeerFile } from './peer-file.ts'

/** Strangers that may be pairing at a time. */
const PROVISIONAL_PEERS_MAX = 8
/** From the attached link to the stored pairing. */
const PAIRING_TIMEOUT_MS = 10_000
/** A pairing whose link is lost in the middle is begun again. */
const TRIES = 3

export interface PairingDeskOptions {
  readonly context: NodeContext
  readonly name: string
  readonly randomBytes: (size: number) => Uint8Array
  registered(id: PeerId): RemotePeer | undefined
  /** The pairing is stored; from here on the peer is one of the node's. */
  adopt(peer: RemotePeer): void
}

/** Where strangers become peers: issues tickets, uses those of others, and watches over sessions that are provisional. */
export class PairingDesk {
  readonly #options: PairingDeskOptions
  readonly #book: TicketBook
  readonly #provisional = new Set<RemotePeer>()

  constructor(options: PairingDeskOptions) {
    this.#options = options
    this.#book = new TicketBook(options.randomBytes)
  }

  /** A ticket as text. Times in milliseconds. */
  ticket(addresses: readonly string[], expiresInMs: number): string {
    const { context } = this.#options
    if (!(expiresInMs >= 1_000))
      throw new InvalidArgumentError(`A ticket is good for a second or more, not ${expiresInMs} ms`)
    if (addresses.length === 0) {
      throw new InvalidArgumentError(
        'A node that does not listen cannot issue tickets; let it listen, or use a ticket of the other node',
      )
    }
    const wallMs = context.clock.wallNow()
    const { number, secret, expiresAt } = this.#book.issue(wallMs + expiresInMs, wallMs)
    return encodeTicket({
      issuer: context.id,
      number,
      secret,
      expiresAt,
      addresses: addresses.slice(0, ticketAddressesMax),
    })
  }

  /** Uses the ticket of another node. */
  async pair(text: string, signal: AbortSignal | undefined): Promise<RemotePeer> {
    const { context } = this.#options
    const ticket = decodeTicket(text)
    if (ticket.issuer === context.id)
      throw new PairingError('The ticket is from this very node; use it on the other machine')
    if (ticket.expiresAt <= context.clock.wallNow()) throw new PairingError('The ticket has expired; ask for a new one')
    if (ticket.addresses.length === 0)
      throw new PairingError('The ticket names no address; ask for one of a node that listens')
    for (let tries = 1; ; tries++) {
      try {
        return await this.#tryToPair(ticket, signal)
      } catch (error) {
        if (
          tries === TRIES ||
          signal?.aborted === true ||
          error instanceof PairingError ||
          error instanceof RefusedError
        )
          throw error
        if (context.closing) throw new NodeClosedError()
      }
    }
  }

  /** A stranger, or a peer, greets with the number of a ticket. The link is attached or refused when this returns. */
  arrived(link: Link, greeting: Greeting, attach: Attach, number: Uint8Array): RefusedError | undefined {
    const { context } = this.#options
    const id = link.channel.remoteId
    const ticket = this.#book.find(number, id, context.clock.wallNow())
    if (ticket === undefined) {
      return new RefusedError(
        'ticket-refused',
        'the ticket is not known here: it was used, has expired, or is not from this node',
      )
    }
    const known = this.#options.registered(id)
    if (known === undefined && this.#provisional.size >= PROVISIONAL_PEERS_MAX) {
      return new RefusedError('busy', 'too many others are pairing at the moment')
    }
    const peer = known ?? this.#createProvisional(id, greeting.addresses)
    const refused = peer.arrived(link, greeting, attach)
    if (refused === undefined) void this.#answer(peer, link, ticket)
    else this.#forget(peer)
    return refused
  }

  /** Ends all pairings that are under way. */
  close(): void {
    for (const peer of this.#provisional) peer.stop(new NodeClosedError())
  }

  async #tryToPair(ticket: Ticket, signal: AbortSignal | undefined): Promise<RemotePeer> {
    const peer = this.#options.registered(ticket.issuer) ?? this.#createProvisional(ticket.issuer, ticket.addresses)
    const limit = this.#limit(peer, DIAL_TIMEOUT_MS + PAIRING_TIMEOUT_MS, signal)
    try {
      const link = await peer.dialForPairing(ticket.addresses, ticket.number, limit.signal)
      const party = this.#party(ticket, this.#options.context.id, ticket.issuer, link)
      const outcome = await initiatePairing(party, () => peer.streams.open(PAIRING_PROTOCOL, { signal: limit.signal }))
      this.#confirm(peer, outcome)
      return this.#options.registered(peer.id) ?? peer
    } catch (error) {
      throw limit.signal.aborted ? limit.signal.reason : error
    } finally {
      limit.clear()
      this.#forget(peer)
    }
  }

  async #answer(peer: RemotePeer, link: Link, ticket: IssuedTicket): Promise<void> {
    const limit = this.#limit(peer, PAIRING_TIMEOUT_MS, undefined)
    const streams = new Arrivals<Duplex>(limit.signal)
    peer.streams.pairingBegins((stream) => streams.put(stream), 2)
    try {
      const party = this.#party(ticket, peer.id, this.#options.context.id, link)
      await answerPairing(
        party,
        () => streams.next(),
        (outcome) => {
          ticket.usedBy = peer.id
          this.#confirm(peer, outcome)
        },
      )
    } catch {
      // The other side is told by the end of its session; here, a stranger's failure is nobody's business.
    } finally {
      limit.clear()
      peer.streams.pairingEnded()
      this.#forget(peer)
    }
  }

  #party(ticket: Pick<Ticket, 'number' | 'secret'>, initiator: PeerId, issuer: PeerId, link: Link): PairingParty {
    const { name, randomBytes } = this.#options
    const exporter = link.channel.exportKeyingMaterial(pairingExporterLabel, pairingBytes)
    return { initiator, issuer, ticketNumber: ticket.number, secret: ticket.secret, exporter, name, randomBytes }
  }

  #confirm(peer: RemotePeer, outcome: PairingOutcome): void {
    const known = this.#options.registered(peer.id)
    const stored = known ?? peer
    stored.file.paired(outcome.name, outcome.keys, this.#options.context.clock.wallNow())
    this.#provisional.delete(peer)
    if (known === undefined) this.#options.adopt(peer)
  }

  #createProvisional(id: PeerId, addresses: readonly string[]): RemotePeer {
    const { context } = this.#options
    const peer = new RemotePeer(
      context,
      PeerFile.provisional(context.store, id, addresses.slice(0, ticketAddressesMax)),
    )
    this.#provisional.add(peer)
    return peer
  }

  /** Lets go of a peer that did not become one. */
  #forget(peer: RemotePeer): void {
    if (this.#provisional.delete(peer))
      peer.stop(new PairingError('The pairing did not come about; try again'), 'the pairing failed')
  }

  /** A signal that ends a pairing after a time, with the peer's last link, or with the caller's own signal. */
  #limit(
    peer: RemotePeer,
    timeoutMs: number,
    signal: AbortSignal | undefined,
  ): { signal: AbortSignal; clear: () => void } {
    const controller = new AbortController()
    const abort = (why: string) => (): void => controller.abort(new PairingError(why))
    const timer = this.#options.context.clock.after(
      timeoutMs,
      abort('The other side did not complete the pairing in time; try again'),
    )
    const lost = (): void => controller.abort(new Error('The connection was lost in the middle of the pairing'))
    const cancelled = (): void => controller.abort(signal?.reason)
    peer.on('disconnected', lost)
    if (signal?.aborted === true) cancelled()
    signal?.addEventListener('abort', cancelled)
    return {
      signal: controller.signal,
      clear: () => {
        timer.cancel()
        peer.off('disconnected', lost)
        signal?.removeEventListener('abort', cancelled)
      },
    }
  }
}

/** Hands on what arrives to whoever asks for it, in order. */
class Arrivals<T> {
  readonly #arrived: T[] = []
  #taker: ((item: T) => void) | undefined
  readonly #signal: AbortSignal

  constructor(signal: AbortSignal) {
    this.#signal = signal
  }

  put(item: T): void {
    const taker = this.#taker
    this.#taker = undefined
    if (taker === undefined) this.#arrived.push(item)
    else taker(item)
  }

  next(): Promise<T> {
    const item = this.#arrived.shift()
    if (item !== undefined) return Promise.resolve(item)
    return new Promise((resolve, reject) => {
      this.#taker = resolve
      this.#signal.addEventListener('abort', () => reject(this.#signal.reason as Error), { once: true })
    })
  }
}
