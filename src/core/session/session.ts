import { type HoldfastError, SessionLostError } from '../errors.ts'
import type { Allocate } from '../frame/bytes.ts'
import type { CloseCode } from '../frame/constants.ts'
import { encodeAck, encodeClose } from '../frame/encode.ts'
import type { AckFrame, PingFrame, PongFrame, ReliableFrame } from '../frame/frames.ts'
import type { LossReason } from '../peer/reasons.ts'
import type { MemoryBudget, SessionLimits } from './limits.ts'
import type { LinkObserver, SessionLink, SessionLinkOptions } from './link.ts'
import { LinkSet } from './link-set.ts'
import { Receiver } from './receiver.ts'
import { Sender } from './sender.ts'
import type { SessionStream } from './stream.ts'
import { StreamTable } from './stream-table.ts'

/** What a session tells its node. Calls come while an input is processed. */
export interface SessionHost extends LinkObserver {
  /** The peer opened a stream: give it an owner now. */
  streamOpened(stream: SessionStream): void
  /** More streams may be opened than before. */
  streamsAvailable(): void
  /** Write out what the link's outbox holds, then close its channel: at once, unless it says goodbye (`graceful`). */
  linkLost(link: SessionLink, reason: LossReason, graceful: boolean): void
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
  readonly #links: LinkSet
  #endedWith: HoldfastError | undefined

  constructor(options: SessionOptions, nowMs: number) {
    this.#options = options
    this.limits = options.limits
    this.budget = options.budget
    this.#host = options.host
    this.#streams = new StreamTable(this, options.isLower)
    this.#sender = new Sender(options)
    this.#links = new LinkSet(options, this.#sender, nowMs)
    this.#receiver = new Receiver(options, this.#sender, this.#streams, this.#links, nowMs)
  }

  get links(): readonly SessionLink[] {
    return this.#links.all
  }

  /** The link that carries frames now. */
  get active(): SessionLink | undefined {
    return this.#links.active
  }

  /** Another link should be dialed: fewer than are wanted answer and do well. */
  get wantsLink(): boolean {
    return this.#links.wantsAnother
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
    return this.#links.attach(options, nowMs)
  }

  /** The link is dead: what is in flight on it goes to another, now or when there is one. */
  loseLink(link: SessionLink, reason: LossReason, nowMs: number, graceful = false): void {
    this.#links.lose(link, reason, nowMs, graceful)
  }

  /** Bytes arrived on the link. */
  heard(link: SessionLink, nowMs: number): void {
    this.#links.heard(link, nowMs)
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
    if (this.#endedWith !== undefined) return
    this.#links.framesCame(nowMs)
    this.#receiver.data(sequence, stream, offset, payload, complete, nowMs)
  }

  reliableReceived(frame: ReliableFrame, nowMs: number): void {
    if (this.#endedWith !== undefined) return
    this.#links.framesCame(nowMs)
    this.#receiver.frame(frame, nowMs)
  }

  acknowledgementReceived({ cumulative, ranges }: Omit<AckFrame, 'type'>, nowMs: number): void {
    if (this.#endedWith === undefined) this.#sender.acknowledged(cumulative, ranges, nowMs)
  }

  pingReceived(link: SessionLink, { token }: PingFrame, nowMs: number): void {
    link.pingReceived(token, nowMs)
  }

  pongReceived(link: SessionLink, { token }: PongFrame, nowMs: number): void {
    this.#links.pongReceived(link, token, nowMs)
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
    this.#sender.streamQueued(stream, this.#links.active, nowMs)
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
    this.#sender.streamOver(stream)
    if (!this.#streams.remove(stream, this.limits.streamsMax)) return
    this.#sender.streamsLimitRose(this.#streams.peerLimit)
    this.#host.wake()
  }

  // Time and output

  /** Puts all that is due and fits into the link's outbox. */
  pump(link: SessionLink, nowMs: number): void {
    if (link.gone || !link.room) return
    link.pumpProbes(this.#options.allocate, nowMs)
    if (link === this.#links.active) this.#sender.pump(link, nowMs)
    else this.#sender.pumpShare(link, nowMs)
    if (link.signDue) this.#acknowledge(link)
    if (!this.#links.acknowledgesOn(link)) return
    if (this.#receiver.acknowledgeAtMs <= nowMs || (link.outboxBytes > 0 && this.#receiver.ridesAlong(nowMs)))
      this.#acknowledge(link)
  }

  #acknowledge(link: SessionLink): void {
    link.signDue = false
    this.#links.acknowledge(link, encodeAck(this.#options.allocate, this.#receiver.takeAcknowledgement()))
  }

  /** Whether `pump` would have something for a link. After most of what arrives it would not. */
  hasWork(nowMs: number): boolean {
    if (this.#sender.hasWork || this.#receiver.acknowledgeAtMs <= nowMs) return true
    return this.#links.all.some((link) => link.hasWork)
  }

  /** When `advance` has something to do at the earliest; Infinity if nothing. */
  get nextDeadlineMs(): number {
    if (this.#endedWith !== undefined) return Infinity
    let deadlineMs = Math.min(this.#lostAtMs, this.#links.nextDeadlineMs)
    if (this.#links.takesAcknowledgement) deadlineMs = Math.min(deadlineMs, this.#receiver.acknowledgeAtMs)
    return deadlineMs
  }

  advance(nowMs: number): void {
    if (this.#endedWith !== undefined) return
    if (nowMs >= this.#lostAtMs) {
      this.#end('session-lost', new SessionLostError('it was without a link for too long'), nowMs, false)
      return
    }
    this.#links.advance(nowMs)
    this.#host.wake()
  }

  /** This node did not run for a while: every link is probed at once, and none is given up for what happened before. */
  probe(nowMs: number): void {
    for (const link of this.#links.all) link.probe(nowMs)
    this.#host.wake()
  }

  // The end

  /** Says goodbye on every link and ends the session. */
  close(code: CloseCode, text: string, reason: LossReason, error: HoldfastError, nowMs: number): void {
    if (this.#endedWith !== undefined) return
    // Without a last acknowledgement, on whichever link comes first, the other side could not tell that what it wrote had arrived.
    const acknowledgement = encodeAck(this.#options.allocate, this.#receiver.takeAcknowledgement())
    const goodbye = encodeClose(this.#options.allocate, { scope: 'session', code, text })
    for (const link of this.#links.all) {
      link.put(acknowledgement)
      link.put(goodbye)
    }
    this.#end(reason, error, nowMs, true)
  }

  /** Says on every link that it is let go of, and why; the session stays, and goes on with the next link. */
  release(code: CloseCode, reason: LossReason, nowMs: number): void {
    for (const link of this.#links.all) {
      link.put(encodeClose(this.#options.allocate, { scope: 'link', code, text: '' }))
      this.loseLink(link, reason, nowMs, true)
    }
  }

  /** Ends the session without a word. */
  end(reason: LossReason, error: HoldfastError, nowMs: number): void {
    if (this.#endedWith === undefined) this.#end(reason, error, nowMs, false)
  }

  #end(reason: LossReason, error: HoldfastError, nowMs: number, graceful: boolean): void {
    this.#endedWith = error
    for (const link of this.#links.all) this.loseLink(link, reason, nowMs, graceful)
    this.#sender.close()
    this.#receiver.close()
    // First the node, so that whoever opens a stream when another one fails gets none of this session.
    this.#host.ended(error)
    for (const stream of this.#streams.all()) {
      stream.receive.window.close()
      stream.owner?.failed(error)
    }
  }

  /** When it has been without a link for too long. */
  get #lostAtMs(): number {
    const sinceMs = this.#links.emptySinceMs
    return sinceMs === undefined ? Infinity : sinceMs + this.limits.retentionMs
  }
}
