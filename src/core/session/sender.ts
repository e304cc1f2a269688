import { ProtocolError } from '../errors.ts'
import { type Allocate, encodeText } from '../frame/bytes.ts'
import {
  DATA_HEADER_BYTES,
  DATA_PAYLOAD_BYTES_MAX,
  FIRST_SESSION_WINDOW_BYTES,
  frameTypes,
  UNACKNOWLEDGED_FRAMES_MAX,
} from '../frame/constants.ts'
import {
  encodeData,
  encodeFin,
  encodeOpen,
  encodeReset,
  encodeSessionWindow,
  encodeStop,
  encodeStreams,
  encodeWindow,
} from '../frame/encode.ts'
import type { SequenceRange } from '../frame/frames.ts'
import { TokenBucket, type TokenBucketOptions } from '../token-bucket.ts'
import { DataQueue } from './data-queue.ts'
import { FramePool } from './frame-pool.ts'
import { DATA_SHARE, SLOW_LINK_BYTES_PER_S, SMALL_PAYLOAD_BYTES } from './limits.ts'
import type { SessionLink } from './link.ts'
import { SendLog } from './send-log.ts'
import type { SessionOptions } from './session.ts'
import type { SessionStream } from './stream.ts'
import { StreamShares } from './stream-shares.ts'

/**
 * Acknowledgements that acknowledge nothing new, beside one for each frame that was sent or sent again. An honest receiver sends no more than one for each frame that
 * comes, copies included, of which the two in `atOnce` stand for what may be on its way; 0.1 and later need nothing of the rest, which is for others that acknowledge by the clock.
 */
export const ACKNOWLEDGEMENT_ALLOWANCE: TokenBucketOptions = { atOnce: 2 * UNACKNOWLEDGED_FRAMES_MAX, perSecond: 128 }

/** The sending direction of a session: puts what is due into numbered frames, as late as a link can take them, and keeps these until acknowledged. */
export class Sender {
  readonly #options: SessionOptions
  readonly #log = new SendLog()
  readonly #pool: FramePool
  readonly #data = new DataQueue()
  /** Streams that have frames other than data due. */
  readonly #due: SessionStream[] = []
  /** Where several links share the load: which stream goes where. `#data` is not used then. */
  readonly #shares: StreamShares | undefined
  /** The limits to tell the peer; undefined if it knows them. Those of a frame are the latest when it is written. */
  #sessionWindowDue: number | undefined
  #streamsDue: number | undefined
  /** The sum of the highest offsets sent, and the peer's limit for it. */
  #sentBytes = 0
  #limitBytes = FIRST_SESSION_WINDOW_BYTES
  #limitSequence = 0
  #unacknowledgedBytesLimit: number
  /** For acknowledgements without news. Most sessions never need it. */
  #allowance: TokenBucket | undefined
  /** Frames that were sent, or sent again, since it was asked last. */
  #sentFrames = 0

  constructor(options: SessionOptions) {
    this.#options = options
    this.#pool = new FramePool(options.allocate)
    this.#unacknowledgedBytesLimit = options.limits.unacknowledgedBytes
    if (options.limits.multipath === 'aggregate') this.#shares = new StreamShares()
  }

  /** Something is to be put on a link as soon as it takes it. */
  get hasWork(): boolean {
    const isControlDue = this.#due.length > 0 || this.#sessionWindowDue !== undefined || this.#streamsDue !== undefined
    return isControlDue || this.#log.waiting > 0 || !this.#data.isEmpty || this.#shares?.hasWork === true
  }

  /** Nothing waits and everything is acknowledged. */
  get isIdle(): boolean {
    return !this.hasWork && this.#log.frames === 0
  }

  /** Bytes kept until they are acknowledged, overhead included. */
  get unacknowledgedBytes(): number {
    return this.#log.bytes
  }

  streamDue(stream: SessionStream): void {
    this.#shares?.count(stream)
    if (stream.listed) return
    stream.listed = true
    const due = stream.share?.due ?? this.#due
    due.push(stream)
  }

  /** The peer is to be told of its new limits. */
  sessionWindowRose(limit: number): void {
    this.#sessionWindowDue = limit
  }

  streamsLimitRose(limit: number): void {
    this.#streamsDue = limit
  }

  /** The stream is over. */
  streamOver(stream: SessionStream): void {
    this.#shares?.remove(stream)
  }

  /** The links, or what is known of them, have changed. */
  linksChanged(links: readonly SessionLink[]): void {
    this.#shares?.linksChanged(links, this.#due)
  }

  /** A stream has new data or has ended; what its link takes goes into frames now. `best` is the link that carries what no other does. */
  streamQueued(stream: SessionStream, best: SessionLink | undefined, nowMs: number): void {
    if (stream.send.queuedBytes === 0) {
      this.streamDue(stream)
      return
    }
    const data = this.#queueOf(stream)
    data.add(stream)
    const link = this.#shares === undefined ? best : stream.share?.link
    if (link !== undefined && (this.#log.waiting === 0 || link !== best)) this.#pumpData(data, link, nowMs)
  }

  streamWindowRaised(stream: SessionStream): void {
    if (stream.send.sendableBytes > 0) this.#queueOf(stream).add(stream)
  }

  sessionWindowRaised(limit: number, sequence: number): void {
    if (sequence > this.#limitSequence ? limit < this.#limitBytes : limit > this.#limitBytes) {
      throw new ProtocolError('window-shrunk', `The session's window went from ${this.#limitBytes} to ${limit}`)
    }
    if (sequence < this.#limitSequence) return
    this.#limitBytes = limit
    this.#limitSequence = sequence
  }

  /** Throws `ProtocolError` for what was never sent, and for a flood of acknowledgements that bring nothing new. */
  acknowledged(cumulative: number, ranges: readonly SequenceRange[], nowMs: number): void {
    const isNews = this.#log.acknowledge(cumulative, ranges, (frame) => {
      frame.link?.frameAcknowledged(frame, nowMs)
      // A frame that was sent on two links may still wait to be written to the other one.
      if (!frame.repeated) this.#pool.release(frame.bytes)
      if (frame.ends === undefined) return
      frame.ends.endAcknowledged(frame.bytes[3] === frameTypes.fin ? 'fin' : 'reset')
    })
    if (!isNews) this.#countWithoutNews(nowMs)
    else if (this.#log.frames === 0) this.#pool.clear()
  }

  #countWithoutNews(nowMs: number): void {
    this.#allowance ??= new TokenBucket(ACKNOWLEDGEMENT_ALLOWANCE)
    this.#allowance.give(this.#sentFrames)
    this.#sentFrames = 0
    if (this.#allowance.take(nowMs)) return
    throw new ProtocolError(
      'acknowledgement-flood',
      `More acknowledgements without news came than one for each frame and ${ACKNOWLEDGEMENT_ALLOWANCE.perSecond} a second`,
    )
  }

  /** What is in flight on `link` is to be sent again. */
  requeue(link: SessionLink): void {
    this.#log.requeue(link)
  }

  /**
   * Likewise, but only what has no copy on another link that lives: two links that share one slow path would else fill it with copies.
   */
  hedge(link: SessionLink): void {
    this.#log.requeue(link, ({ copyOn }) => copyOn === undefined || copyOn.gone)
  }

  /** Fills the outbox of the link that carries all that no other does: frames of dead links first, then control, then data. */
  pump(link: SessionLink, nowMs: number): void {
    while (link.takesFrames) {
      const frame = this.#log.nextWaiting()
      if (frame === undefined) break
      this.#log.sentAgain(frame, link)
      this.#sentFrames++
      link.frameSent(frame, nowMs)
    }
    this.#pumpControl(link, nowMs)
    if (this.#shares === undefined) this.#pumpData(this.#data, link, nowMs)
    else this.pumpShare(link, nowMs)
  }

  /** Fills a link's outbox with what the streams that it was given have to send, where several links share the load. */
  pumpShare(link: SessionLink, nowMs: number): void {
    const share = this.#shares?.of(link)
    if (share === undefined) return
    this.#pumpDue(share.due, link, nowMs)
    this.#pumpData(share.data, link, nowMs)
  }

  /** Gives back the memory that this session had grown to. */
  close(): void {
    this.#options.budget.give(this.#unacknowledgedBytesLimit - this.#options.limits.unacknowledgedBytes)
    this.#unacknowledgedBytesLimit = this.#options.limits.unacknowledgedBytes
  }

  #pumpControl(link: SessionLink, nowMs: number): void {
    if (this.#sessionWindowDue !== undefined && this.#takesControl(link)) {
      const frame = encodeSessionWindow(this.#allocate, this.#log.nextSequence, this.#sessionWindowDue)
      this.#sessionWindowDue = undefined
      this.#send(link, nowMs, frame)
    }
    if (this.#streamsDue !== undefined && this.#takesControl(link)) {
      const frame = encodeStreams(this.#allocate, this.#log.nextSequence, this.#streamsDue)
      this.#streamsDue = undefined
      this.#send(link, nowMs, frame)
    }
    this.#pumpDue(this.#due, link, nowMs)
  }

  #pumpDue(due: SessionStream[], link: SessionLink, nowMs: number): void {
    let done = 0
    while (done < due.length && this.#takesControl(link)) {
      const stream = due[done]!
      if (this.#sendNextOf(stream, link, nowMs)) continue
      stream.listed = false
      done++
    }
    if (done > 0) due.splice(0, done)
  }

  /** Sends one frame that is due for a stream; false if none is left. */
  #sendNextOf(stream: SessionStream, link: SessionLink, nowMs: number): boolean {
    const { send } = stream
    const sequence = this.#log.nextSequence
    if (stream.openDue) {
      stream.openDue = false
      this.#send(
        link,
        nowMs,
        encodeOpen(this.#allocate, sequence, stream.id, stream.priority, encodeText(stream.protocol ?? '')),
      )
    } else if (stream.windowDue) {
      stream.windowDue = false
      this.#send(link, nowMs, encodeWindow(this.#allocate, sequence, stream.id, stream.receive.window.limit))
    } else if (stream.stopDue !== undefined) {
      this.#send(link, nowMs, encodeStop(this.#allocate, sequence, stream.id, stream.stopDue))
      stream.stopDue = undefined
    } else if (send.state === 'resetting') {
      send.resetSent()
      this.#send(link, nowMs, encodeReset(this.#allocate, sequence, stream.id, send.offset, send.resetCode), stream)
    } else if (send.state === 'ending' && send.queuedBytes === 0) {
      send.finSent()
      this.#send(link, nowMs, encodeFin(this.#allocate, sequence, stream.id, send.offset), stream)
    } else {
      return false
    }
    return true
  }

  #queueOf(stream: SessionStream): DataQueue {
    return this.#shares?.queueOf(stream, this.#log.nextSequence - this.#log.frames) ?? this.#data
  }

  #pumpData(data: DataQueue, link: SessionLink, nowMs: number): void {
    while (!data.isEmpty && link.takesFrames && this.#takesData(link)) {
      const stream = data.take()
      if (stream === undefined) return
      const { send } = stream
      const bytes = Math.min(send.sendableBytes, payloadBytesMax(link), this.#limitBytes - this.#sentBytes)
      if (bytes > 0) {
        if (stream.openDue) this.#sendNextOf(stream, link, nowMs)
        const frame = encodeData(this.#allocate, this.#log.nextSequence, stream.id, send.offset, bytes)
        send.take(frame, DATA_HEADER_BYTES, bytes)
        this.#sentBytes += bytes
        stream.lastSequence = this.#log.nextSequence
        this.#send(link, nowMs, frame)
        this.#shares?.count(stream)
      }
      if (send.sendableBytes > 0) data.add(stream)
      else if (send.queuedBytes === 0 && bytes > 0) {
        if (send.state === 'ending') this.#sendNextOf(stream, link, nowMs)
        stream.owner?.accepted()
      }
    }
  }

  /** Frames other than data may use the whole limit; no windows would deadlock behind data. */
  #takesControl(link: SessionLink): boolean {
    return link.takesControl && !this.#log.isFull
  }

  #takesData(link: SessionLink): boolean {
    if (this.#sentBytes >= this.#limitBytes || this.#log.frames >= DATA_SHARE * UNACKNOWLEDGED_FRAMES_MAX) return false
    return this.#log.bytes < DATA_SHARE * this.#unacknowledgedBytesLimit || this.#growLimit(link)
  }

  /** A fast link with a long round trip may keep more unacknowledged, as far as the node's budget goes. */
  #growLimit(link: SessionLink): boolean {
    const elsewhereBytes = this.#log.bytes - link.inFlightBytes
    const wanted = Math.min(
      (link.inFlightLimitBytes + elsewhereBytes) / DATA_SHARE,
      this.#options.limits.unacknowledgedBytesMax,
    )
    const more = Math.ceil(wanted - this.#unacknowledgedBytesLimit)
    if (more <= 0 || !this.#options.budget.take(more)) return false
    this.#unacknowledgedBytesLimit += more
    return true
  }

  #send(link: SessionLink, nowMs: number, bytes: Uint8Array, ends?: SessionStream): void {
    const frame = {
      sequence: this.#log.nextSequence,
      bytes,
      ends,
      link,
      acknowledged: false,
      skipTo: 0,
      repeated: false,
      copyOn: undefined,
      deliveredBytes: 0,
      deliveredMs: 0,
    }
    this.#log.append(frame)
    link.frameSent(frame, nowMs)
    this.#sentFrames++
  }

  get #allocate(): Allocate {
    return this.#pool.allocate
  }
}

function payloadBytesMax(link: SessionLink): number {
  return link.bytesPerSecond < SLOW_LINK_BYTES_PER_S ? SMALL_PAYLOAD_BYTES : DATA_PAYLOAD_BYTES_MAX
}
