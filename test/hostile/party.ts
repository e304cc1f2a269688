import { type HoldfastError, PeerShutDownError, ProtocolError, RefusedByPeerError } from '../../src/core/errors.ts'
import { features } from '../../src/core/frame/constants.ts'
import { FrameDecoder, type FrameHandler } from '../../src/core/frame/decode.ts'
import { encodeAttach, encodeGreeting, encodeRefuse } from '../../src/core/frame/encode.ts'
import type { Attach, CloseFrame, Frame, Greeting, Instance } from '../../src/core/frame/frames.ts'
import type { BandChange } from '../../src/core/health/link-health.ts'
import type { LossReason } from '../../src/core/peer/reasons.ts'
import { Association, type AttachOutcome, type EarlierAssociation } from '../../src/core/session/association.ts'
import { defaultSessionLimits, MemoryBudget, type SessionLimits } from '../../src/core/session/limits.ts'
import type { SessionLink } from '../../src/core/session/link.ts'
import { Session, type SessionHost } from '../../src/core/session/session.ts'
import type { SessionStream } from '../../src/core/session/stream.ts'
import { reasonOfClose } from '../../src/node/link/link.ts'
import { Reader } from './reader.ts'
import type { Lane, Wire, WireEnd } from './wire.ts'

export const allocate = (size: number): Uint8Array => new Uint8Array(size)

export interface PartyOptions {
  readonly isLower: boolean
  readonly instance?: Instance
  readonly limits?: Partial<SessionLimits>
  readonly budgetBytes?: number
  readonly random?: () => number
  /** Whether streams of the other side are read at once. Default true. */
  readonly reads?: boolean
  readonly knownStart?: number
  readonly firstGeneration?: number
  readonly firstDial?: number
  /** What its greetings offer. Default: all there is. */
  readonly features?: readonly number[]
  readonly earlier?: EarlierAssociation | undefined
}

export function instanceOf(start: number, fill = 0): Instance {
  return { start, random: new Uint8Array(8).fill(fill) }
}

/** A node reduced to its core: the association with one peer, its sessions, and links over wires. It does what src/node does, in little. */
export class Party implements SessionHost {
  readonly association: Association
  readonly budget: MemoryBudget
  readonly limits: SessionLimits
  readonly options: PartyOptions
  readonly instance: Instance
  nowMs = 0
  readonly ends = new Map<SessionLink, PartyLink>()
  /** Streams that the other side opened. */
  readonly opened: Reader[] = []
  readonly losses: LossReason[] = []
  readonly suspects: number[] = []
  readonly recoveries: number[] = []
  readonly endings: HoldfastError[] = []
  readonly refusals: string[] = []
  readonly probes: { link: number; answered: boolean; change: BandChange | undefined }[] = []
  streamsAvailableCalls = 0

  constructor(options: PartyOptions) {
    this.options = options
    this.instance = options.instance ?? instanceOf(1, options.isLower ? 1 : 2)
    this.limits = { ...defaultSessionLimits, ...options.limits }
    this.budget = new MemoryBudget(options.budgetBytes ?? 256 * 1024 * 1024)
    this.association = new Association({
      ownInstance: this.instance,
      isLower: options.isLower,
      knownStart: options.knownStart ?? 0,
      firstGeneration: options.firstGeneration ?? 0,
      firstDial: options.firstDial ?? 0,
      earlier: options.earlier,
      createSession: (nowMs) => this.#createSession(nowMs),
    })
  }

  get #features(): readonly number[] {
    return this.options.features ?? [features.status]
  }

  get session(): Session {
    const { session } = this.association
    if (session === undefined) throw new Error('There is no session')
    return session
  }

  /** The numbers of the links that are attached, in order. */
  get linkIds(): number[] {
    return (this.association.session?.links ?? []).map(({ id }) => id).toSorted((a, b) => a - b)
  }

  /** A stream of this side's own. */
  open(protocol = 'test', priority = 4): Reader {
    const stream = this.session.openStream(protocol, priority, this.nowMs)
    if (stream === undefined) throw new Error('No more streams are allowed')
    return new Reader(stream)
  }

  /** Begins a handshake; false while too many are under way. */
  dial(wire: Wire, rank = 0): PartyLink | undefined {
    const attach = this.association.dialing()
    if (attach === undefined) return undefined
    const link = new PartyLink(this, wire.back, wire.there, rank, attach)
    link.write(encodeGreeting(allocate, 'hello', this.#greeting), encodeAttach(allocate, attach))
    return link
  }

  listen(wire: Wire, rank = 0): PartyLink {
    return new PartyLink(this, wire.there, wire.back, rank, undefined)
  }

  /** Writes out what is due. */
  flush(): void {
    for (const [sessionLink, link] of this.ends) {
      while (sessionLink.room && !sessionLink.gone) {
        this.session.pump(sessionLink, this.nowMs)
        if (sessionLink.outboxBytes === 0) break
        sessionLink.room = link.write(...sessionLink.takeOutbox())
      }
    }
  }

  get nextDeadlineMs(): number {
    return this.association.session?.nextDeadlineMs ?? Infinity
  }

  advance(): void {
    this.association.session?.advance(this.nowMs)
  }

  // For links.

  get #greeting(): Greeting {
    return {
      minor: 0,
      features: this.#features,
      name: 'party',
      instance: this.instance,
      addresses: [],
      ticket: undefined,
      observed: undefined,
      network: undefined,
      relation: undefined,
      pairing: undefined,
    }
  }

  /** HELLO and ATTACH came. */
  arrived(link: PartyLink, greeting: Greeting, attach: Attach): void {
    const outcome = this.association.arrived(greeting.instance, attach, link.rank, this.nowMs)
    if ('refused' in outcome) {
      this.refusals.push(outcome.refused)
      link.write(encodeRefuse(allocate, { code: outcome.refused, text: '' }))
      link.close()
      return
    }
    link.write(
      encodeGreeting(allocate, 'answer', this.#greeting),
      encodeAttach(allocate, this.association.reply(attach.link)),
    )
    this.#attached(link, greeting, outcome)
  }

  /** ANSWER and ATTACH came. */
  answered(link: PartyLink, dialed: Attach, greeting: Greeting, attach: Attach): void {
    const outcome = this.association.answered(dialed.link, greeting.instance, attach, link.rank, this.nowMs)
    if ('refused' in outcome) {
      this.refusals.push(outcome.refused)
      link.close()
    } else {
      this.#attached(link, greeting, outcome)
    }
  }

  broke(error: ProtocolError): void {
    this.association.session?.close('violation', `${error.rule}: ${error.message}`, 'protocol-error', error, this.nowMs)
  }

  #attached(link: PartyLink, greeting: Greeting, outcome: Exclude<AttachOutcome, { refused: unknown }>): void {
    link.sessionLink = outcome.link
    outcome.link.sendsStatus = [greeting.features, this.#features].every((offered) => offered.includes(features.status))
    this.ends.set(outcome.link, link)
  }

  #createSession(nowMs: number): Session {
    const { isLower, random = () => 0.5 } = this.options
    return new Session({ isLower, limits: this.limits, budget: this.budget, host: this, random, allocate }, nowMs)
  }

  // What the session tells.

  streamOpened(stream: SessionStream): void {
    this.opened.push(new Reader(stream, this.options.reads ?? true))
  }

  streamsAvailable(): void {
    this.streamsAvailableCalls++
  }

  linkLost(sessionLink: SessionLink, reason: LossReason, graceful: boolean): void {
    this.losses.push(reason)
    const link = this.ends.get(sessionLink)
    this.ends.delete(sessionLink)
    if (graceful) link?.write(...sessionLink.takeOutbox())
    link?.close()
    const { session } = this.association
    if (session === undefined || session.endedWith !== undefined || session.active === undefined) return
    session.active.put(encodeAttach(allocate, this.association.restatement(session.active)))
  }

  linkProbed(link: SessionLink, answered: boolean): void {
    this.probes.push({ link: link.id, answered, change: link.takeBandChange() })
  }

  linkSuspect(link: SessionLink): void {
    this.suspects.push(link.id)
  }

  linkRecovered(link: SessionLink): void {
    this.recoveries.push(link.id)
  }

  ended(error: HoldfastError): void {
    this.endings.push(error)
    this.association.sessionEnded()
  }

  wake(): void {
    // Everything is flushed after each step.
  }
}

/** A party's end of a wire: the handshake, then the frames of a link. */
export class PartyLink implements WireEnd, FrameHandler {
  readonly rank: number
  readonly number: number | undefined
  sessionLink: SessionLink | undefined
  readonly #party: Party
  readonly #incoming: Lane
  readonly #outgoing: Lane
  readonly #dialed: Attach | undefined
  readonly #decoder = new FrameDecoder(this)
  #greeting: Greeting | undefined
  #closed = false

  constructor(party: Party, incoming: Lane, outgoing: Lane, rank: number, dialed: Attach | undefined) {
    this.#party = party
    this.#incoming = incoming
    this.#outgoing = outgoing
    this.#dialed = dialed
    this.rank = rank
    this.number = dialed?.link
    incoming.to = this
    outgoing.from = this
  }

  write(...frames: readonly Uint8Array[]): boolean {
    return this.#outgoing.write(Buffer.concat(frames), this.#party.nowMs)
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#decoder.stop()
    if (this.#dialed !== undefined) this.#party.association.dialEnded(this.#dialed.link)
    this.#incoming.drop()
    this.#outgoing.end(this.#party.nowMs)
  }

  received(bytes: Uint8Array, nowMs: number): void {
    if (this.#closed) return
    try {
      if (this.sessionLink !== undefined) this.#party.session.heard(this.sessionLink, nowMs)
      this.#decoder.push(bytes)
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error
      if (this.sessionLink === undefined) this.close()
      else this.#party.broke(error)
    }
  }

  drained(): void {
    if (this.sessionLink !== undefined) this.sessionLink.room = true
  }

  closed(): void {
    if (this.#closed) return
    const { sessionLink } = this
    this.close()
    if (sessionLink !== undefined)
      this.#party.association.session?.loseLink(sessionLink, 'connection-reset', this.#party.nowMs)
  }

  data(sequence: number, stream: number, offset: number, payload: Uint8Array, complete: boolean): void {
    const { session, nowMs } = this.#party
    session.dataReceived(sequence, stream, offset, payload, complete, nowMs)
  }

  frame(frame: Frame): void {
    const party = this.#party
    const { sessionLink } = this
    switch (frame.type) {
      case 'hello':
      case 'answer':
        this.#greeting = frame
        return
      case 'refuse':
        party.refusals.push(frame.code)
        this.close()
        return
      case 'attach':
        if (sessionLink !== undefined) party.association.restated(sessionLink.id, frame, party.nowMs)
        else if (this.#dialed === undefined) party.arrived(this, this.#greeting!, frame)
        else party.answered(this, this.#dialed, this.#greeting!, frame)
        return
      case 'ack':
        party.session.acknowledgementReceived(frame, party.nowMs)
        return
      case 'ping':
        party.session.pingReceived(sessionLink!, frame, party.nowMs)
        return
      case 'pong':
        party.session.pongReceived(sessionLink!, frame, party.nowMs)
        return
      case 'close':
        this.#closeReceived(frame)
        break
      case 'status':
        sessionLink!.statusReceived(frame)
        break
      case 'unknownLink':
        break
      default:
        party.session.reliableReceived(frame, party.nowMs)
    }
  }

  #closeReceived(frame: CloseFrame): void {
    if (frame.scope === 'link') {
      this.closed()
      return
    }
    const error = frame.code === 'shutting-down' ? new PeerShutDownError() : new RefusedByPeerError(frame.text)
    this.#party.association.session?.end(reasonOfClose(frame), error, this.#party.nowMs)
  }
}
