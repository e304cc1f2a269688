import { ProtocolError } from '../errors.ts'
import { ACKNOWLEDGEMENT_RANGES_MAX, FIRST_SESSION_WINDOW_BYTES } from '../frame/constants.ts'
import type { AckFrame, OpenFrame, ReliableFrame } from '../frame/frames.ts'
import {
  ACKNOWLEDGE_AFTER_BYTES,
  ACKNOWLEDGE_AFTER_FRAMES,
  ACKNOWLEDGE_AFTER_MS,
  ACKNOWLEDGE_SOON_AFTER_MS,
} from './limits.ts'
import type { LinkSet } from './link-set.ts'
import { ReceiveLog } from './receive-log.ts'
import { ReceiveWindow } from './receive-window.ts'
import type { Sender } from './sender.ts'
import type { SessionOptions } from './session.ts'
import type { SessionStream } from './stream.ts'
import type { StreamTable } from './stream-table.ts'

/** An acknowledgement goes with other frames when so much waits for it, or for so long. */
const RIDE_ALONG_AFTER_FRAMES = 16
const RIDE_ALONG_AFTER_BYTES = 64 * 1024
const RIDE_ALONG_AFTER_MS = 5

/** The receiving direction of a session: drops what it has seen, puts bytes in order, grants windows, and knows what to acknowledge. */
export class Receiver {
  readonly #options: SessionOptions
  readonly #sender: Sender
  readonly #streams: StreamTable
  readonly #links: LinkSet
  readonly #log = new ReceiveLog()
  readonly #window: ReceiveWindow
  #receivedBytes = 0
  /** Bytes that no reader took, and that were credited to the session all the same. */
  #aheadBytes = 0
  /** What arrived since the last acknowledgement. */
  #newBytes = 0
  #newFrames = 0
  #acknowledgeAtMs = Infinity
  #acknowledgeNow = false

  constructor(options: SessionOptions, sender: Sender, streams: StreamTable, links: LinkSet, nowMs: number) {
    this.#options = options
    this.#sender = sender
    this.#streams = streams
    this.#links = links
    const { limits, budget } = options
    this.#window = new ReceiveWindow(FIRST_SESSION_WINDOW_BYTES, limits.sessionWindowBytesMax, budget, nowMs)
  }

  get cumulative(): number {
    return this.#log.cumulative
  }

  get windowLimit(): number {
    return this.#window.limit
  }

  /** When an acknowledgement is due; Infinity while nothing waits for one. */
  get acknowledgeAtMs(): number {
    return this.#acknowledgeNow ? -Infinity : this.#acknowledgeAtMs
  }

  /**
   * Whether an ACK should go with what is being sent anyway. Not with every little answer: in a quick exchange of small messages each
   * ACK would cost about as much as the message.
   */
  ridesAlong(nowMs: number): boolean {
    return (
      this.#acknowledgeAtMs - nowMs <= ACKNOWLEDGE_AFTER_MS - RIDE_ALONG_AFTER_MS ||
      this.#newFrames >= RIDE_ALONG_AFTER_FRAMES ||
      this.#newBytes >= RIDE_ALONG_AFTER_BYTES
    )
  }

  /** What an ACK says now; nothing is due after it. */
  takeAcknowledgement(): Omit<AckFrame, 'type'> {
    this.#newBytes = 0
    this.#newFrames = 0
    this.#acknowledgeAtMs = Infinity
    this.#acknowledgeNow = false
    return { cumulative: this.#log.cumulative, ranges: this.#log.ranges(ACKNOWLEDGEMENT_RANGES_MAX) }
  }

  /** A part of a DATA frame. */
  data(sequence: number, id: number, offset: number, payload: Uint8Array, complete: boolean, nowMs: number): void {
    if (this.#log.has(sequence)) {
      if (complete) this.#acknowledgeNow = true
      return
    }
    const stream = this.#streams.find(id, nowMs)
    const isNext = sequence === this.#log.cumulative + 1
    if (complete) this.#received(sequence, payload.length, nowMs)
    else this.#newBytes += payload.length
    if (stream === undefined) return
    const { receive } = stream
    if (isNext && offset > receive.offset && !receive.isOver) {
      throw new ProtocolError(
        'offset-gap',
        `Bytes from ${offset} came where ${receive.offset} was next, though no frame is missing`,
      )
    }
    this.#count(receive.advance(offset + payload.length))
    let fresh = receive.accept(offset, payload)
    while (fresh !== undefined) {
      this.#hand(stream, fresh, nowMs)
      fresh = receive.nextSegment()
    }
  }

  /** Any other reliable frame. */
  frame(frame: ReliableFrame, nowMs: number): void {
    if (this.#log.has(frame.sequence)) {
      this.#acknowledgeNow = true
      return
    }
    this.#received(frame.sequence, 0, nowMs)
    switch (frame.type) {
      case 'sessionWindow':
        this.#sender.sessionWindowRaised(frame.limit, frame.sequence)
        break
      case 'streams':
        if (this.#streams.limitRaised(frame.limit, frame.sequence)) this.#options.host.streamsAvailable()
        break
      case 'unknownReliable':
        break
      default: {
        const stream = this.#streams.find(frame.stream, nowMs)
        if (stream !== undefined) this.#streamFrame(stream, frame, nowMs)
        else if (frame.type === 'open') throw reopened(frame.stream)
      }
    }
  }

  /** The stream's reader takes bytes again. */
  deliver(stream: SessionStream, nowMs: number): void {
    const { queue } = stream.receive
    while (stream.owner?.wants === true) {
      const bytes = queue.shift()
      if (bytes === undefined) return
      stream.owner.received(bytes)
      this.#consumed(stream, bytes.length, nowMs)
    }
  }

  /** Nobody reads this stream any more: what it holds and what still comes counts as read. */
  discard(stream: SessionStream, nowMs: number): void {
    stream.discarding = true
    const { bytes } = stream.receive.queue
    stream.receive.queue.clear()
    if (bytes > 0) this.#consumed(stream, bytes, nowMs)
  }

  /** Gives back the memory that windows had grown to. */
  close(): void {
    this.#window.close()
    this.#options.budget.give(this.#aheadBytes)
    this.#aheadBytes = 0
  }

  #streamFrame(
    stream: SessionStream,
    frame: Exclude<ReliableFrame, { type: 'sessionWindow' | 'streams' | 'unknownReliable' }>,
    nowMs: number,
  ): void {
    switch (frame.type) {
      case 'open':
        this.#open(stream, frame, nowMs)
        break
      case 'window':
        stream.send.limitRaised(frame.limit, frame.sequence)
        this.#sender.streamWindowRaised(stream)
        break
      case 'fin':
        this.#acknowledgeSoon(nowMs)
        this.#count(stream.receive.announce(frame.size))
        if (stream.receive.sized(frame.size)) this.#ended(stream)
        break
      case 'reset':
        this.#acknowledgeSoon(nowMs)
        this.#streams.countCancellation(stream, nowMs)
        this.#reset(stream, frame.size, frame.code, nowMs)
        break
      case 'stop':
        this.#streams.countCancellation(stream, nowMs)
        stream.reset(frame.code)
        stream.peerStopCode = frame.code
        stream.owner?.receivedStop(frame.code)
        break
    }
  }

  #open(stream: SessionStream, frame: OpenFrame, nowMs: number): void {
    if (stream.openedBySelf) throw new ProtocolError('stream-id', `Stream ${stream.id} belongs to the other side`)
    if (stream.protocol !== undefined) throw reopened(stream.id)
    stream.protocol = frame.protocol
    stream.priority = frame.priority
    const { receive } = stream
    const { state } = receive
    this.#options.host.streamOpened(stream)
    if (stream.peerStopCode !== undefined) stream.owner?.receivedStop(stream.peerStopCode)
    this.deliver(stream, nowMs)
    if (state === 'ended') this.#ended(stream)
    else if (state === 'reset') this.#tellReset(stream)
  }

  #reset(stream: SessionStream, size: number, code: number, nowMs: number): void {
    const { receive } = stream
    const more = receive.announce(size)
    if (receive.isOver) return
    this.#count(more)
    const unread = receive.unconsumed
    receive.reset(size)
    this.#credit(stream, unread, nowMs)
    stream.peerResetCode = code
    if (stream.protocol !== undefined) this.#tellReset(stream)
  }

  #tellReset(stream: SessionStream): void {
    if (!stream.discarding) stream.owner?.receivedReset(stream.peerResetCode)
    stream.finishIfOver()
  }

  /** Bytes that are next in order: to the reader, or kept for it. */
  #hand(stream: SessionStream, bytes: Uint8Array, nowMs: number): void {
    if (stream.discarding) {
      this.#consumed(stream, bytes.length, nowMs)
    } else if (stream.owner?.wants === true && stream.receive.queue.bytes === 0) {
      stream.owner.received(bytes)
      this.#consumed(stream, bytes.length, nowMs)
    } else {
      stream.receive.queue.push(bytes)
      this.#creditAhead(stream, bytes.length, nowMs)
    }
  }

  /**
   * Bytes that wait for their own reader should not stop the other streams: they are credited to the session at once, out of the node's
   * budget. Only when that is used up do they count against the session's window until they are read.
   */
  #creditAhead(stream: SessionStream, bytes: number, nowMs: number): void {
    const ahead = Math.min(bytes, this.#options.limits.sessionWindowBytesMax - this.#aheadBytes)
    if (ahead <= 0 || !this.#options.budget.take(ahead)) return
    this.#aheadBytes += ahead
    stream.creditedAhead += ahead
    this.#creditSession(ahead, nowMs)
  }

  /** Bytes of a stream are done with: what was not credited ahead is credited now. */
  #credit(stream: SessionStream, bytes: number, nowMs: number): void {
    const ahead = Math.min(bytes, stream.creditedAhead)
    stream.creditedAhead -= ahead
    this.#aheadBytes -= ahead
    this.#options.budget.give(ahead)
    if (bytes > ahead) this.#creditSession(bytes - ahead, nowMs)
  }

  #consumed(stream: SessionStream, bytes: number, nowMs: number): void {
    const { receive } = stream
    if (receive.isOver) return
    receive.consume(bytes)
    const raised = receive.window.consume(bytes, nowMs, this.#links.heardRoundTripMs)
    this.#credit(stream, bytes, nowMs)
    if (receive.state === 'ended') {
      this.#ended(stream)
    } else if (raised && receive.state === 'open' && !stream.discarding) {
      stream.windowDue = true
      this.#sender.streamDue(stream)
      this.#options.host.wake()
    }
  }

  #creditSession(bytes: number, nowMs: number): void {
    if (!this.#window.consume(bytes, nowMs, this.#links.heardRoundTripMs)) return
    this.#sender.sessionWindowRose(this.#window.limit)
    this.#options.host.wake()
  }

  #ended(stream: SessionStream): void {
    // A stream whose OPEN has not come yet is ended by it.
    if (stream.protocol === undefined) return
    if (!stream.discarding) stream.owner?.receivedEnd()
    stream.finishIfOver()
  }

  #count(more: number): void {
    this.#receivedBytes += more
    if (this.#receivedBytes > this.#window.limit) {
      throw new ProtocolError(
        'session-window-exceeded',
        `${this.#receivedBytes} bytes came against a window of ${this.#window.limit}`,
      )
    }
  }

  #received(sequence: number, bytes: number, nowMs: number): void {
    const hadGap = this.#log.hasGap
    this.#log.add(sequence)
    this.#newBytes += bytes
    this.#newFrames++
    if (this.#acknowledgeAtMs === Infinity) this.#acknowledgeAtMs = nowMs + ACKNOWLEDGE_AFTER_MS
    if (this.#log.hasGap !== hadGap) this.#acknowledgeSoon(nowMs)
    if (this.#newBytes >= ACKNOWLEDGE_AFTER_BYTES || this.#newFrames >= ACKNOWLEDGE_AFTER_FRAMES) {
      this.#acknowledgeNow = true
    }
  }

  #acknowledgeSoon(nowMs: number): void {
    this.#acknowledgeAtMs = Math.min(this.#acknowledgeAtMs, nowMs + ACKNOWLEDGE_SOON_AFTER_MS)
  }
}

function reopened(id: number): ProtocolError {
  return new ProtocolError('stream-reopened', `Stream ${id} was opened twice`)
}
