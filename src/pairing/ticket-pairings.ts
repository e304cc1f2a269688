import { addAbortSignal, type Duplex } from 'node:stream'
import { NodeClosedError } from '../core/errors.ts'
import type { Attach, Greeting } from '../core/frame/frames.ts'
import { comparePeerIds, type PeerId } from '../identity/peer-id.ts'
import { pairingBytes, pairingExporterLabel } from '../identity/proof.ts'
import { decodeTicket, encodeTicket, type Ticket, ticketAddressesMax } from '../identity/ticket.ts'
import type { NodeContext } from '../node/context.ts'
import { DIAL_TIMEOUT_MS } from '../node/dial/dialer.ts'
import { InvalidArgumentError, NodeFullError, RefusedError } from '../node/errors.ts'
import type { Link } from '../node/link/link.ts'
import type { RemotePeer } from '../node/peer/peer.ts'
import { atEndOfTurn } from '../node/timing/end-of-turn.ts'
import { withSignal } from '../node/timing/with-signal.ts'
import { AcceptQueue } from './accept-queue.ts'
import { PAIRING_PROTOCOL, PairingError, WrongSecretError } from './messages.ts'
import type { PairingCandidates } from './pairing-candidates.ts'
import type { PairingGuard } from './pairing-guard.ts'
import { isOutdated, isWorthRetrying, PAIRING_ATTEMPTS_MAX, PAIRING_RETRY_MS } from './pairing-retries.ts'
import { type IssuedTicket, TicketBook } from './ticket-book.ts'
import { answerPairing, initiatePairing, type PairingParty } from './ticket-exchange.ts'

/** From the attached link to the stored pairing. */
const PAIRING_TIMEOUT_MS = 10_000
/** Streams that one HELLO with a ticket entitles to. */
const PAIRING_STREAMS = 2
/** Links with one ticket that may be the one that counts. */
const EXPORTERS_MAX = 8

/** A pairing that is being answered. */
interface Answer {
  readonly ticket: IssuedTicket
  exporters: readonly Uint8Array[]
  readonly put: (stream: Duplex) => void
  /** Resolves when it is over, however it went. */
  readonly ended: Promise<void>
  readonly abort: (reason: Error) => void
}

export interface TicketPairingsOptions {
  readonly context: NodeContext
  readonly name: string
  readonly randomBytes: (size: number) => Uint8Array
  readonly candidates: PairingCandidates
  readonly guard: PairingGuard
  /** A pairing with this node begins. */
  begins(id: PeerId): void
}

/** Where strangers become peers: issues tickets, uses those of others, and watches over sessions that are provisional. */
export class TicketPairings {
  readonly #options: TicketPairingsOptions
  readonly #book: TicketBook
  /** Aborted when the node is closed. */
  readonly #running = new Set<AbortController>()
  /** Likewise; ends also those that wait. */
  readonly #closed = new AbortController()
  /** The last pairing with each issuer that was begun here. */
  readonly #turns = new Map<PeerId, Promise<void>>()
  /** Issuers with whom a pairing runs that was begun here. */
  readonly #initiating = new Set<PeerId>()
  /** The pairing that is being answered, for each initiator. */
  readonly #answering = new Map<PeerId, Answer>()

  constructor(options: TicketPairingsOptions) {
    this.#options = options
    this.#book = new TicketBook(options.context.clock, options.randomBytes)
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
    const { number, secret, expiresAt } = this.#book.issue(expiresInMs)
    const issued = { issuer: context.id, number, secret, expiresAt, addresses: addresses.slice(0, ticketAddressesMax) }
    return encodeTicket(issued)
  }

  /** Uses the ticket of another node. */
  async pair(text: string, signal: AbortSignal | undefined): Promise<RemotePeer> {
    const { context, candidates } = this.#options
    const ticket = decodeTicket(text)
    if (ticket.issuer === context.id)
      throw new PairingError('The ticket is from this very node; use it on the other machine')
    if (ticket.addresses.length === 0)
      throw new PairingError('The ticket names no address; ask for one of a node that listens')
    if (!candidates.hasRoomToBecomePeer(ticket.issuer))
      throw new NodeFullError('This node has as many peers as its option peersMax allows; unpair one first')
    // One at a time with each issuer, and the same peer through all tries: the other side may remember the first.
    let peer = candidates.take(ticket.issuer, ticket.addresses)
    const turn = this.#turn(ticket.issuer)
    const until = signal === undefined ? this.#closed.signal : AbortSignal.any([signal, this.#closed.signal])
    try {
      until.throwIfAborted()
      await withSignal(turn.begins, until)
      for (let tries = 1; ; tries++) {
        try {
          return await this.#tryToPair(peer, ticket, until)
        } catch (error) {
          if (context.closing) throw new NodeClosedError()
          const anew = isOutdated(error) ? candidates.exchange(peer) : undefined
          if (anew !== undefined) {
            peer = anew
            continue
          }
          if (tries === PAIRING_ATTEMPTS_MAX || until.aborted || !isWorthRetrying(error)) throw error
          const waited = new Promise<void>((resolve) => context.clock.after(PAIRING_RETRY_MS * tries, resolve))
          await withSignal(waited, until)
        }
      }
    } finally {
      turn.end()
      candidates.giveBack(peer)
    }
  }

  /** A stranger, or a peer, greets with the number of a ticket. The link is attached or refused when this returns. */
  arrived(link: Link, greeting: Greeting, attach: Attach, number: Uint8Array): RefusedError | undefined {
    const { context, candidates, guard } = this.#options
    const id = link.channel.remoteId
    const held = guard.check('ticket', link.channel)
    if (held !== undefined) return held
    const ticket = this.#book.find(number, id)
    if (ticket === 'unknown') return guard.unknownTicket(link.channel)
    if (ticket === 'expired') return new RefusedError('ticket-refused', 'the ticket has expired; ask for a new one')
    if (!candidates.hasRoomToBecomePeer(id))
      return new RefusedError('full', 'this node has as many peers as it may have')
    // When both begin at once, the lower side's goes first; the other comes again.
    if (this.#initiating.has(id) && comparePeerIds(context.id, id) < 0) {
      return new RefusedError('busy', 'this node is pairing with that very one at the moment')
    }
    if (!candidates.hasRoomFor(id)) {
      return new RefusedError('busy', 'too many others are pairing at the moment')
    }
    const known = candidates.registered(id)
    // That it has a ticket's number does not let it in as what it has to prove first, nor past a later run of the same identity.
    const isUnproven = known && context.checkAnswer(link.channel, greeting, known.file.relation) !== undefined
    const isAnew = isUnproven || known?.connection.isOutdated(greeting.instance)
    const peer = known && isAnew ? candidates.takeAnew(known) : candidates.take(id, greeting.addresses)
    if (peer === undefined) return new RefusedError('busy', 'another pairing with that very one is not over yet')
    let refused: RefusedError | undefined
    try {
      refused = peer.arrived(link, greeting, attach)
    } catch (error) {
      candidates.giveBack(peer)
      throw error
    }
    if (refused === undefined) void this.#answer(peer, link, ticket)
    else candidates.giveBack(peer)
    return refused
  }

  /** Ends all pairings that are under way. */
  close(): void {
    this.#closed.abort(new NodeClosedError())
    for (const controller of this.#running) controller.abort(new NodeClosedError())
  }

  /** `begins` resolves when earlier pairings with `issuer` have ended; `end` lets the next one begin, once they have. */
  #turn(issuer: PeerId): { readonly begins: Promise<void>; end: () => void } {
    const begins = this.#turns.get(issuer) ?? Promise.resolve()
    const { promise: turn, resolve } = Promise.withResolvers<void>()
    this.#turns.set(issuer, turn)
    const end = (): void => {
      if (this.#turns.get(issuer) === turn) this.#turns.delete(issuer)
      resolve()
    }
    return { begins, end: () => void begins.then(end) }
  }

  async #tryToPair(peer: RemotePeer, ticket: Ticket, signal: AbortSignal): Promise<RemotePeer> {
    // Pairings of the same two follow one another, so that both sides end with the keys of the same one.
    const answer = this.#answering.get(peer.id)
    if (answer !== undefined) await withSignal(answer.ended, signal)
    this.#initiating.add(peer.id)
    this.#options.begins(peer.id)
    const over = peer.streams.pairingRuns('initiator')
    const limit = this.#limit(peer, DIAL_TIMEOUT_MS + PAIRING_TIMEOUT_MS, signal)
    try {
      const link = await peer.connection.dialOnce(ticket.addresses, limit.signal, { ticket: ticket.number })
      const party = this.#party(ticket, this.#options.context.id, ticket.issuer, link)
      const open = (): Promise<Duplex> => peer.streams.open(PAIRING_PROTOCOL, { signal: limit.signal })
      this.#options.candidates.confirm(peer, await initiatePairing(party, open))
      return peer
    } catch (error) {
      throw limit.signal.aborted ? limit.signal.reason : error
    } finally {
      limit.clear()
      this.#initiating.delete(peer.id)
      over()
    }
  }

  /** Answers the pairing of an initiator, which may come on several links at once, or again. */
  async #answer(peer: RemotePeer, link: Link, ticket: IssuedTicket): Promise<void> {
    const exporter = link.channel.exportKeyingMaterial(pairingExporterLabel, pairingBytes)
    const running = this.#answering.get(peer.id)
    if (running?.ticket === ticket) {
      running.exporters = [...running.exporters, exporter].slice(-EXPORTERS_MAX)
      peer.streams.pairingBegins(PAIRING_PROTOCOL, running.put, PAIRING_STREAMS)
      this.#options.candidates.giveBack(peer)
      return
    }
    running?.abort(new PairingError('The other side has begun with another ticket'))

    this.#options.begins(peer.id)
    const limit = this.#limit(peer, PAIRING_TIMEOUT_MS, undefined)
    const streams = new AcceptQueue<Duplex>(limit.signal)
    // Aborted, the streams fail, and with them everything that reads from them.
    const put = (stream: Duplex): void => streams.put(addAbortSignal(limit.signal, stream))
    const { promise: ended, resolve: end } = Promise.withResolvers<void>()
    const answer: Answer = { ticket, exporters: [exporter], put, ended, abort: limit.abort }
    this.#answering.set(peer.id, answer)
    peer.streams.pairingBegins(PAIRING_PROTOCOL, put, PAIRING_STREAMS)
    const over = peer.streams.pairingRuns('issuer')
    const { context, name, randomBytes, candidates, guard } = this.#options
    const { number, secret } = ticket
    const ids = { initiator: peer.id, issuer: context.id }
    try {
      await answerPairing(
        { ...ids, ticketNumber: number, secret, name, randomBytes, exporters: () => answer.exporters },
        () => streams.next(),
        (outcome) => {
          this.#book.use(ticket, peer.id)
          candidates.confirm(peer, outcome)
        },
      )
      guard.succeeded(link.channel)
    } catch (error) {
      // The other side is told by the end of its session; here, a stranger's failure is counted, and else nobody's business.
      if (error instanceof WrongSecretError) guard.failed('wrong-secret', link.channel)
    } finally {
      limit.clear()
      if (this.#answering.get(peer.id) === answer) this.#answering.delete(peer.id)
      end()
      peer.streams.pairingEnded(put)
      over()
      candidates.giveBack(peer)
    }
  }

  #party(ticket: Pick<Ticket, 'number' | 'secret'>, initiator: PeerId, issuer: PeerId, link: Link): PairingParty {
    const { name, randomBytes } = this.#options
    const exporter = link.channel.exportKeyingMaterial(pairingExporterLabel, pairingBytes)
    return { initiator, issuer, ticketNumber: ticket.number, secret: ticket.secret, exporter, name, randomBytes }
  }

  /** A signal that ends a pairing after a time, with the peer's last link, with the node, or with the caller's own signal. */
  #limit(
    peer: RemotePeer,
    timeoutMs: number,
    signal: AbortSignal | undefined,
  ): { readonly signal: AbortSignal; abort: (reason: Error) => void; clear: () => void } {
    const controller = new AbortController()
    this.#running.add(controller)
    const timer = this.#options.context.clock.after(timeoutMs, () =>
      controller.abort(new PairingError('The other side did not complete the pairing in time; try again')),
    )
    const lost = (): void => {
      // A link that takes the place of a dead one is attached in this very turn.
      atEndOfTurn(() => {
        if (peer.connection.isConnected) return
        controller.abort(new Error('The connection was lost in the middle of the pairing'))
      })
    }
    const cancelled = (): void => controller.abort(signal?.reason)
    peer.on('disconnected', lost)
    if (signal?.aborted === true) cancelled()
    signal?.addEventListener('abort', cancelled)
    return {
      signal: controller.signal,
      abort: (reason) => controller.abort(reason),
      clear: () => {
        this.#running.delete(controller)
        timer.cancel()
        peer.off('disconnected', lost)
        signal?.removeEventListener('abort', cancelled)
      },
    }
  }
}
