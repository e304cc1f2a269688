import { ProtocolError } from '../errors.ts'
import { FIRST_STREAMS_LIMIT } from '../frame/constants.ts'
import { TokenBucket } from '../token-bucket.ts'
import { CANCELLED_STREAM_ALLOWANCE } from './limits.ts'
import type { Session } from './session.ts'
import { SessionStream } from './stream.ts'

/** The streams of a session by id: who may open how many, and which are over. */
export class StreamTable {
  readonly #session: Session
  /** None while there are no streams: most sessions rest. */
  #live: Map<number, SessionStream> | undefined
  /** 1 in the ids of own streams, 0 in the peer's, or the other way round. */
  readonly #ownBit: 0 | 1
  #ownOpened = 0
  #ownLimit = FIRST_STREAMS_LIMIT
  #ownLimitSequence = 0
  #peerHighest = 0
  #peerEnded = 0
  #peerLimit = FIRST_STREAMS_LIMIT
  /** Counts below the peer's highest of which nothing has come yet. */
  #skipped: Set<number> | undefined
  /** For streams that the peer cancels. Most sessions never need it. */
  #cancellations: TokenBucket | undefined

  constructor(session: Session, isLower: boolean) {
    this.#session = session
    this.#ownBit = isLower ? 1 : 0
  }

  get size(): number {
    return this.#live?.size ?? 0
  }

  all(): SessionStream[] {
    return this.#live === undefined ? [] : [...this.#live.values()]
  }

  /** How many streams the peer may have opened in all. */
  get peerLimit(): number {
    return this.#peerLimit
  }

  /** A new stream of one's own, or undefined while the peer allows no more. */
  open(protocol: string, priority: number, nowMs: number): SessionStream | undefined {
    if (this.#ownOpened >= this.#ownLimit) return undefined
    const id = 2 * ++this.#ownOpened + this.#ownBit
    const stream = new SessionStream(this.#session, id, true, priority, nowMs)
    stream.protocol = protocol
    this.#add(stream)
    return stream
  }

  /** The stream that a frame names, made if it is the peer's and new; undefined if it is over. */
  find(id: number, nowMs: number): SessionStream | undefined {
    const live = this.#live?.get(id)
    if (live !== undefined) return live
    const count = id >>> 1
    const isOwn = (id & 1) === this.#ownBit
    if (count === 0 || (isOwn && count > this.#ownOpened)) {
      throw new ProtocolError('stream-id', `Stream ${id} does not exist`)
    }
    if (isOwn) return undefined
    if (count > this.#peerLimit)
      throw new ProtocolError('stream-limit', `Stream ${id} is beyond the limit of ${this.#peerLimit}`)
    if (count <= this.#peerHighest && !this.#takeSkipped(count)) return undefined
    for (let between = this.#peerHighest + 1; between < count; between++) (this.#skipped ??= new Set()).add(between)
    this.#peerHighest = Math.max(this.#peerHighest, count)
    const stream = new SessionStream(this.#session, id, false, 0, nowMs)
    this.#add(stream)
    return stream
  }

  /** A stream is over; true if the peer's limit rose enough to tell it. */
  remove(stream: SessionStream, streamsMax: number): boolean {
    if (this.#live?.delete(stream.id) !== true) return false
    if (this.#live.size === 0) this.#live = undefined
    if (stream.openedBySelf) return false
    const limit = ++this.#peerEnded + streamsMax
    if (limit - this.#peerLimit < streamsMax / 2) return false
    this.#peerLimit = limit
    return true
  }

  /**
   * RESET or STOP of the peer. It cancels a stream that the peer has opened and that this side has neither ended nor stopped. Throws `ProtocolError` if the peer
   * does so too often.
   */
  countCancellation(stream: SessionStream, nowMs: number): void {
    if (stream.openedBySelf || stream.cancelled || stream.discarding || stream.send.state !== 'open') return
    stream.cancelled = true
    this.#cancellations ??= new TokenBucket(CANCELLED_STREAM_ALLOWANCE)
    if (this.#cancellations.take(nowMs)) return
    throw new ProtocolError(
      'reset-flood',
      `More streams were opened and cancelled than ${CANCELLED_STREAM_ALLOWANCE.perSecond} a second`,
    )
  }

  /** STREAMS: true if more may be opened than before. */
  limitRaised(limit: number, sequence: number): boolean {
    if (sequence > this.#ownLimitSequence ? limit < this.#ownLimit : limit > this.#ownLimit) {
      throw new ProtocolError('window-shrunk', `The limit of streams went from ${this.#ownLimit} to ${limit}`)
    }
    if (sequence < this.#ownLimitSequence) return false
    this.#ownLimitSequence = sequence
    this.#ownLimit = limit
    return true
  }

  #add(stream: SessionStream): void {
    this.#live ??= new Map()
    this.#live.set(stream.id, stream)
  }

  #takeSkipped(count: number): boolean {
    if (this.#skipped?.delete(count) !== true) return false
    if (this.#skipped.size === 0) this.#skipped = undefined
    return true
  }
}
