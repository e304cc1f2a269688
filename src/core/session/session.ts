import { type HoldfastError, SessionLostError } from '../errors.ts'
import type { Allocate } from '../frame/bytes.ts'
import type { CloseCode } from '../frame/constants.ts'
import { encodeAck, encodeClose } from '../frame/encode.ts'
import type { AckFrame, PingFrame, PongFrame, ReliableFrame } from '../frame/frames.ts'
import type { MemoryBudget, SessionLimits } from './limits.ts'
import { type LinkObserver, SessionLink, type SessionLinkOptions } from './link.ts'
import { preferredLink } from './link-choice.ts'
import { Receiver, type ReceiverContext } from './receiver.ts'
import { redundantLinks } from './redundancy.ts'
import { Sender, type SenderContext } from './sender.ts'
import type { SessionStream } from './stream.ts'
import { StreamTable } from './stream-table.ts'

/** Why a session let go of a link. */
export type LinkLoss =
  | 'no-answer'
  | 'acknowledgement-stalled'
  | 'superseded'
  | 'duplicate'
  | 'transport'
  | 'session-ended'

/** What a session tells its node. Calls come while an input is processed. */
export interface SessionHost extends LinkObserver {
  /** The peer opened a stream: give it an owner now. */
  streamOpened(stream: SessionStream): void
  /** More streams may be opened than before. */
  streamsAvailable(): void
  /** Write out what the link's outbox holds, then close its channel: at once, unless it says goodbye (`graceful`). */
  linkLost(link: SessionLink, loss: LinkLoss, graceful: boolean): void
  /** Nothing has been heard for too long: dial another beside it. */
  linkSuspect(link: SessionLink): void
  linkRecovered(link: SessionLink): void
  /** The session is over; every stream has been told. */
  ended(error: HoldfastError): void
  /** Something is due: call `pump` for each link soon. */
  wake(): void
}

export interface SessionOptions {
  readonly isLower: boolean
  readonly limits: SessionLimits
  readonly budget: MemoryBudget
  readonly host: SessionHost
  /** From 0 to below 1; for the jitter of pings. */
  readonly random: () => number
  readonly allocate: Allocate
}

/**
 * The conversation with one run of a peer, over any number of links. A machine: every input comes with the time; afterwards `pump` is called
 * for each link and its outbox written, and `advance` is called when `nextDeadlineMs` has come.
 *
 *                 attach                 last link lost
 *     (begins) ───────────▶ connected ◀─────────────────▶ without a link ──retention──▶ ended
 *                               └──────── violation, goodbye, restart of the peer ──────▶ ended
 */
export class Session {
  readonly limits: SessionLimits
  readonly budget: MemoryBudget
  readonly #host: SessionHost
  readonly #options: SessionOptions
  readonly #streams: StreamTable
  readonly #sender: Sender
  readonly #receiver: Receiver
  /** Replaced when it changes, never changed in place. */
  #links: readonly SessionLink[] = []
  #active: SessionLink | undefined
  /** Counts what happens to links. */
  #order = 0
  /** Where bytes came from last. */
  #heardLast: SessionLink | undefined
  #linklessSinceMs: number | undefined
  #endedWith: HoldfastError | undefined

  constructor(options: SessionOptions, nowMs: number) {
    this.#options = options
    this.limits = options.limits
    this.budget = options.budget
    this.#host = options.host
    this.#linklessSinceMs = nowMs
    this.#streams = new StreamTable(this, options.isLower)
    this.#sender = new Sender(this.#senderContext())
    this.#receiver = new Receiver(this.#receiverContext(), nowMs)
  }

  get links(): readonly SessionLink[] {
    return this.#links
  }

  /** The link that carries frames now. */
  get active(): SessionLink | undefined {
    return this.#active
  }

  get endedWith(): HoldfastError | undefined {
    return this.#endedWith
  }

  /** The highest number up to which all frames were received. */
  get received(): number {
    return this.#receiver.cumulative
  }

  /** Nothing waits to be sent or acknowledged. */
  get isIdle(): boolean {
    return this.#sender.isIdle && this.#streams.all().every((stream) => !stream.send.isUnsent)
  }

  get unacknowledgedBytes(): number {
    return this.#sender.unacknowledgedBytes
  }

  get streamCount(): number {
    return this.#streams.size
  }

  // Links

  attachLink(options: SessionLinkOptions, nowMs: number): SessionLink {
    const link = new SessionLink(options, nowMs, this.limits, this.#options.random, this.#host)
    const others = this.#links
    link.attachedOrder = ++this.#order
    link.pingDue = true
    this.#links = [...others, link]
    this.#linklessSinceMs = undefined
    this.#chooseActive()
    for (const other of others) {
      // What was dialed because another link fell silent takes its place, without a moment in which there is none.
      if (other.liveness.replaceable(nowMs)) this.loseLink(other, 'no-answer', nowMs)
      else other.pingDue = true
    }
    return link
  }

  /** The link is dead: what is in flight on it goes to another, now or when there is one. */
  loseLink(link: SessionLink, loss: LinkLoss, nowMs: number, graceful = false): void {
    if (link.gone) return
    link.gone = true
    this.#links = this.#links.filter((other) => other !== link)
    this.#sender.requeue(link)
    if (this.#links.length === 0) this.#linklessSinceMs = nowMs
    this.#chooseActive()
    this.#host.linkLost(link, loss, graceful)
    this.#host.wake()
  }

  /** Bytes arrived on the link. */
  heard(link: SessionLink, nowMs: number): void {
    link.heardOrder = ++this.#order
    this.#heardLast = link
    if (link.heard(nowMs)) {
      this.#chooseActive()
      this.#host.linkRecovered(link)
    }
    if (this.#links.length <= this.limits.linksWanted) return
    for (const extra of redundantLinks(this.#links, this.#options.isLower, this.limits.linksWanted)) {
      extra.put(this.#closeFrame('link', 'duplicate', ''))
      this.loseLink(extra, 'duplicate', nowMs, true)
    }
  }

  // Frames that arrive. All of these throw `ProtocolError`; the session must then be ended by `close`.

  dataReceived(
    sequence: number,
    stream: number,
    offset: number,
    payload: Uint8Array,
    complete: boolean,
    nowMs: number,
  ): void {
    if (this.#endedWith === undefined) this.#receiver.data(sequence, stream, offset, payload, complete, nowMs)
  }

  reliableReceived(frame: ReliableFrame, nowMs: number): void {
    if (this.#endedWith === undefined) this.#receiver.frame(frame, nowMs)
  }

  acknowledgementReceived({ cumulative, ranges }: Omit<AckFrame, 'type'>, nowMs: number): void {
    if (this.#endedWith === undefined) this.#sender.acknowledged(cumulative, ranges, nowMs)
  }

  pingReceived(link: SessionLink, { token }: PingFrame, nowMs: number): void {
    link.pingReceived(token, nowMs)
  }

  pongReceived(link: SessionLink, { token }: PongFrame, nowMs: number): void {
    link.liveness.pongReceived(token, nowMs)
  }

  // Streams

  /**
   * A new stream, or undefined while the peer allows no more; `streamsAvailable` says when it does. Its OPEN leaves with the next
   * `pump`; the caller sees to that, so that data can go with it.
   */
  openStream(protocol: string, priority: number, nowMs: number): SessionStream | undefined {
    if (this.#endedWith !== undefined) return undefined
    const stream = this.#streams.open(protocol, priority, nowMs)
    if (stream !== undefined) this.#sender.streamDue(stream)
    return stream
  }

  /** For `SessionStream`: it has bytes to send, or its end. */
  streamQueued(stream: SessionStream, nowMs: number): void {
    if (this.#endedWith !== undefined) return
    this.#sender.streamQueued(stream, this.#active, nowMs)
    this.#host.wake()
  }

  /** For `SessionStream`: it has a frame other than data to send. */
  streamDue(stream: SessionStream): void {
    if (this.#endedWith !== undefined) return
    this.#sender.streamDue(stream)
    this.#host.wake()
  }

  /** For `SessionStream`: its reader takes bytes again. */
  deliver(stream: SessionStream, nowMs: number): void {
    if (this.#endedWith === undefined) this.#receiver.deliver(stream, nowMs)
  }

  /** For `SessionStream`: nobody reads it any more. */
  discard(stream: SessionStream, nowMs: number): void {
    if (this.#endedWith === undefined) this.#receiver.discard(stream, nowMs)
  }

  /** For `SessionStream`: both halves are over. */
  streamOver(stream: SessionStream): void {
    stream.receive.window.close()
    if (!this.#streams.remove(stream, this.limits.streamsMax)) return
    this.#sender.streamsAreDue()
    this.#host.wake()
  }

  // Time and output

  /** Puts all that is due and fits into the link's outbox. */
  pump(link: SessionLink, nowMs: number): void {
    if (link.gone || !link.room) return
    link.pumpProbes(this.#options.allocate, nowMs)
    if (link === this.#active) this.#sender.pump(link, nowMs)
    if (link !== this.#acknowledgingLink) return
    if (this.#receiver.acknowledgeAtMs <= nowMs || (link.outboxBytes > 0 && this.#receiver.ridesAlong(nowMs))) {
      this.#acknowledge(link)
    }
  }

  /** Whether `pump` would have something for a link. After most of what arrives it would not. */
  hasWork(nowMs: number): boolean {
    if (this.#sender.hasWork || this.#receiver.acknowledgeAtMs <= nowMs) return true
    return this.#links.some((link) => link.hasWork)
  }

  /** When `advance` has something to do at the earliest; Infinity if nothing. */
  get nextDeadlineMs(): number {
    if (this.#endedWith !== undefined) return Infinity
    let deadlineMs = this.#linklessSinceMs === undefined ? Infinity : this.#linklessSinceMs + this.limits.retentionMs
    if (this.#acknowledgingLink?.room === true) deadlineMs = Math.min(deadlineMs, this.#receiver.acknowledgeAtMs)
    for (const link of this.#links) deadlineMs = Math.min(deadlineMs, link.liveness.deadlineMs(), this.#hedgeAtMs(link))
    return deadlineMs
  }

  advance(nowMs: number): void {
    if (this.#endedWith !== undefined) return
    if (this.#linklessSinceMs !== undefined && nowMs >= this.#linklessSinceMs + this.limits.retentionMs) {
      this.#end(new SessionLostError('it was without a link for too long'), nowMs, false)
      return
    }
    for (const link of this.#links) {
      if (this.#hedgeAtMs(link) <= nowMs) this.#hedge(link)
      this.#judge(link, nowMs)
    }
    this.#host.wake()
  }

  /** This node did not run for a while: every link is probed at once, and none is given up for what happened before. */
  probe(nowMs: number): void {
    for (const link of this.#links) link.probe(nowMs)
    this.#host.wake()
  }

  // The end

  /** Says goodbye on every link and ends the session. */
  close(code: CloseCode, text: string, error: HoldfastError, nowMs: number): void {
    if (this.#endedWith !== undefined) return
    // Without a last acknowledgement, on whichever link comes first, the other side could not tell that what it wrote had arrived.
    const acknowledgement = encodeAck(this.#options.allocate, this.#receiver.takeAcknowledgement())
    for (const link of this.#links) {
      link.put(acknowledgement)
      link.put(this.#closeFrame('session', code, text))
    }
    this.#end(error, nowMs, true)
  }

  /** Ends the session without a word. */
  end(error: HoldfastError, nowMs: number): void {
    if (this.#endedWith === undefined) this.#end(error, nowMs, false)
  }

  #end(error: HoldfastError, nowMs: number, graceful: boolean): void {
    this.#endedWith = error
    for (const link of this.#links) this.loseLink(link, 'session-ended', nowMs, graceful)
    this.#sender.close()
    this.#receiver.close()
    // First the node, so that whoever opens a stream when another one fails gets none of this session.
    this.#host.ended(error)
    for (const stream of this.#streams.all()) {
      stream.receive.window.close()
      stream.owner?.failed(error)
    }
  }

  #acknowledge(link: SessionLink): void {
    link.put(encodeAck(this.#options.allocate, this.#receiver.takeAcknowledgement()))
  }

  #judge(link: SessionLink, nowMs: number): void {
    const verdict = link.liveness.advance(nowMs)
    switch (verdict) {
      case 'fine':
        return
      case 'ping':
        link.pingDue = true
        return
      case 'suspect':
        link.pingDue = true
        this.#chooseActive()
        if (this.#active?.liveness.suspect === false) this.#sender.requeue(link)
        this.#host.linkSuspect(link)
        return
      case 'no-answer':
      case 'acknowledgement-stalled':
        this.loseLink(link, verdict, nowMs)
    }
  }

  /** When the frames of a silent link go to a healthy one as well. */
  #hedgeAtMs(link: SessionLink): number {
    if (this.#links.length < 2 || link.hedged || link.inFlightFrames === 0) return Infinity
    if (!this.#links.some((other) => other !== link && !other.liveness.suspect && !other.hedged)) return Infinity
    const waitMs = Math.min(2 * link.roundTrip.probeTimeoutMs, this.limits.liveness.suspectMsMax)
    return link.liveness.unansweredSinceMs + waitMs + link.drainMs
  }

  #hedge(link: SessionLink): void {
    link.hedged = true
    link.pingDue = true
    this.#sender.hedge(link)
    this.#chooseActive()
  }

  /** Acknowledgements go where frames come from: that link works, whatever the other side takes for its active one. */
  get #acknowledgingLink(): SessionLink | undefined {
    return this.#heardLast === undefined || this.#heardLast.gone ? this.#active : this.#heardLast
  }

  #chooseActive(): void {
    this.#active = preferredLink(this.#links, this.#active)
  }

  #closeFrame(scope: 'link' | 'session', code: CloseCode, text: string): Uint8Array {
    return encodeClose(this.#options.allocate, { scope, code, text })
  }

  #senderContext(): SenderContext {
    return {
      limits: this.limits,
      budget: this.budget,
      allocate: this.#options.allocate,
      sessionWindowLimit: () => this.#receiver.windowLimit,
      streamsLimit: () => this.#streams.peerLimit,
      streamEndAcknowledged(stream, by) {
        if (!stream.send.endAcknowledged(by)) return
        if (by === 'fin') stream.owner?.endAcknowledged()
        stream.finishIfOver()
      },
    }
  }

  #receiverContext(): ReceiverContext {
    return {
      limits: this.limits,
      budget: this.budget,
      sender: this.#sender,
      streams: this.#streams,
      roundTripMs: () => this.#active?.roundTrip.smoothedMs ?? 0,
      streamOpened: (stream) => this.#host.streamOpened(stream),
      streamsAvailable: () => this.#host.streamsAvailable(),
      wake: () => this.#host.wake(),
    }
  }
}
