import type { Duplex } from 'node:stream'
import type { Timer } from '../clock.ts'
import { cleanName } from '../identity/name.ts'
import type { CodeChannel } from '../identity/pairing-code.ts'
import type { NodeContext } from '../node/context.ts'
import type { EventStream } from '../node/events/event-stream.ts'
import type { PairingRequest } from '../node/local/nearby-api.ts'
import type { RemotePeer } from '../node/peer/peer.ts'
import { withSignal } from '../node/timing/with-signal.ts'
import { AcceptQueue } from './accept-queue.ts'
import { type CodeAgreement, receiveDecision, sendDecision } from './code-exchange.ts'
import type { MessageStream } from './message-stream.ts'
import { PairingError, PairingRejectedError } from './messages.ts'
import { CodeRequest, inWords, outcomeOf } from './pairing-request.ts'
import type { PairingOutcome } from './ticket-exchange.ts'

/** People walk from one screen to the other. */
const PEOPLE_MS = 120_000
/** How long a rejection has to reach the other side before the connection is closed. */
const FAREWELL_MS = 2_000

export interface CodePairingHost {
  readonly context: NodeContext
  readonly events: EventStream
  /** The code is known: people are to be asked. */
  requested(request: PairingRequest): void
  /** Both have confirmed: stores the pairing. */
  confirmed(peer: RemotePeer, outcome: PairingOutcome): void
}

/** One pairing by code, from its first link to its end. It belongs to the session: the links under it may change. */
export class CodePairing {
  readonly peer: RemotePeer
  readonly direction: PairingRequest['direction']
  /** Where it came from, if it came in. */
  source: string | undefined
  /** Those that the initiator may have used, newest last. */
  readonly channels: CodeChannel[] = []
  /** Takes the streams that the initiator opens. */
  readonly put: (stream: Duplex) => void
  readonly #streams: AcceptQueue<Duplex>
  readonly #host: CodePairingHost
  readonly #controller = new AbortController()
  readonly #requested = Promise.withResolvers<CodeRequest>()
  readonly #ended = Promise.withResolvers<void>()
  /** Those who asked for it, here or over there, and have not given it up. */
  #askers = 0
  /** The one that has taken the place of this one. */
  #successor: CodePairing | undefined
  #request: CodeRequest | undefined
  #timer: Timer | undefined
  /** Ends what was begun with the peer's streams. */
  readonly #ends: (() => void)[]

  constructor(host: CodePairingHost, peer: RemotePeer, direction: PairingRequest['direction'], timeoutMs: number) {
    this.#host = host
    this.peer = peer
    this.direction = direction
    this.#streams = new AcceptQueue(this.signal)
    this.put = (stream) => this.#streams.put(stream)
    this.#ends = [peer.streams.pairingRuns('issuer')]
    this.#requested.promise.catch(() => undefined)
    this.#limit(timeoutMs, 'The other side did not answer in time; try again')
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  /** Undefined until both sides have the code. */
  get request(): CodeRequest | undefined {
    return this.#request
  }

  /** People have nothing more to decide, though the other side may still have to be told. */
  get isOver(): boolean {
    return this.#request?.state === 'failed' || this.#request?.state === 'paired'
  }

  /** Resolves when nothing is left of it. */
  get ended(): Promise<void> {
    return this.#ended.promise
  }

  /**
   * Somebody here asks for it. Resolves when both sides have the code; rejects when it comes to nothing before, or with the reason of the signal. Whoever aborts that speaks for itself alone: the pairing
   * ends with the last of those who asked for it.
   */
  async asked(signal: AbortSignal | undefined): Promise<CodeRequest> {
    this.#askers++
    const gaveUp = (): void => this.#askerLeft(signal?.reason as Error)
    signal?.addEventListener('abort', gaveUp, { once: true })
    const settled = (): void => signal?.removeEventListener('abort', gaveUp)
    void this.#requested.promise.then(({ peer }) => peer.then(settled, settled), settled)
    return withSignal(this.#requested.promise, signal)
  }

  /** The other node has asked, of its own accord: it is not for those who join it here to end it by their signals. */
  askedByPeer(): void {
    this.#askers++
  }

  /** The next stream that the initiator opens. */
  next(): Promise<Duplex> {
    return this.#streams.next()
  }

  abort(reason: Error): void {
    this.#controller.abort(reason)
  }

  /** The other side's pairing with this node takes the place of this one. */
  replacedBy(other: CodePairing): void {
    this.#successor = other
    other.#askers += this.#askers
    this.#requested.resolve(other.#requested.promise)
    this.abort(new PairingError('The other side has asked at the same time'))
  }

  /** Asks the people, and stores the pairing when both have confirmed. Rejects with the reason if it comes to nothing. */
  async compare(agreement: CodeAgreement, messages: MessageStream, address: string): Promise<void> {
    const { clock } = this.#host.context
    this.#limit(PEOPLE_MS, 'The two people did not both confirm the code in time; try again')
    const request = new CodeRequest({
      id: this.peer.id,
      name: cleanName(agreement.name, this.peer.id),
      address,
      direction: this.direction,
      code: agreement.code,
      expiresAtMs: clock.wallNow() + PEOPLE_MS,
      decided: (isConfirmed) => this.#decided(isConfirmed, messages),
    })
    this.#request = request
    const theirs = receiveDecision(messages).then((isConfirmed) => {
      if (!isConfirmed) throw new PairingRejectedError('peer')
    })
    // Nothing more comes before this side has confirmed as well, unless the other one takes it back, or is gone.
    const withdrawn = theirs.then(() => messages.next()).then(() => Promise.reject(new PairingRejectedError('peer')))
    const confirmed = Promise.all([theirs, request.confirmed])
    const both = withSignal(Promise.race([confirmed, withdrawn]), this.signal)
    this.#host.requested(request)
    const { id, name, direction, code, expiresAtMs } = request
    this.#host.events.emit({ type: 'pairing:requested', id, name, address, direction, code, expiresAtMs })
    this.#requested.resolve(request)
    await both
    this.#host.confirmed(this.peer, agreement)
    void messages.end()
    request.paired(this.peer)
    this.#told('paired', '')
  }

  failed(error: unknown): void {
    const said = this.#request === undefined ? error : inWords(error)
    this.#requested.reject(said)
    this.#fail(said as Error)
  }

  /** It is over, however it went. */
  end(): void {
    this.#timer?.cancel()
    for (const end of this.#ends) end()
    this.#ended.resolve()
  }

  #askerLeft(reason: Error): void {
    if (this.#successor !== undefined) this.#successor.#askerLeft(reason)
    else if (--this.#askers === 0) this.abort(reason)
  }

  #decided(isConfirmed: boolean, messages: MessageStream): void {
    sendDecision(messages, isConfirmed)
    if (isConfirmed) {
      // The other side may store the pairing first, and go on at once with streams of its own.
      this.#ends.push(this.peer.streams.pairingRuns('initiator'))
      return
    }
    const error = new PairingRejectedError('self')
    this.#fail(error)
    this.#limit(FAREWELL_MS, error)
    void messages.end().then(() => this.abort(error))
  }

  #fail(error: Error): void {
    const request = this.#request
    if (request === undefined || request.state === 'failed' || request.state === 'paired') return
    request.failed(error)
    this.#told(outcomeOf(error), error.message)
  }

  #told(outcome: 'paired' | ReturnType<typeof outcomeOf>, message: string): void {
    const { id, name } = this.#request ?? { id: this.peer.id, name: this.peer.name }
    this.#host.events.emit({ type: 'pairing:ended', id, name, direction: this.direction, outcome, message })
  }

  #limit(ms: number, reason: string | Error): void {
    this.#timer?.cancel()
    const error = typeof reason === 'string' ? new PairingError(reason) : reason
    this.#timer = this.#host.context.clock.after(ms, () => this.abort(error))
  }
}
