import type { HoldfastError } from '../errors.ts'
import { FIRST_STREAM_WINDOW_BYTES } from '../frame/constants.ts'
import { ReceiveHalf } from './receive-half.ts'
import { ReceiveWindow } from './receive-window.ts'
import { SendHalf } from './send-half.ts'
import type { Session } from './session.ts'
import type { LinkShare } from './stream-shares.ts'

/** Who reads and writes a stream. Calls come while the session processes an input; they may call the stream back. */
export interface StreamOwner {
  /** Takes bytes now; while false they wait until `pull` is called. */
  readonly wants: boolean
  received(bytes: Uint8Array): void
  /** The other side has ended, and every byte was taken. */
  receivedEnd(): void
  /** The other side gave up sending. */
  receivedReset(code: number): void
  /** The other side gave up reading; what is written from now on goes nowhere. */
  receivedStop(code: number): void
  /** Everything written has been put into frames. */
  accepted(): void
  /** The other side's session holds all that was written, and the end. */
  endAcknowledged(): void
  /** The session ended before the stream did. */
  failed(error: HoldfastError): void
}

/** One stream of a session: its two halves, and which of its frames are due. */
export class SessionStream {
  readonly id: number
  readonly openedBySelf: boolean
  readonly send = new SendHalf()
  readonly receive: ReceiveHalf
  readonly #session: Session
  /** Undefined until the OPEN has come. */
  protocol: string | undefined
  priority: number
  owner: StreamOwner | undefined
  /** Frames that are due; the session sends them as soon as a link has room. */
  openDue: boolean
  windowDue = false
  stopDue: number | undefined
  /** It stands in the sender's list of streams with such frames. */
  listed = false
  /** It stands in the queue for data. */
  queued = false
  /** Where several links share the load, the part that it belongs to, and how many of its bytes are counted there. */
  share: LinkShare | undefined
  countedBytes = 0
  /** The number of the last frame with its data. */
  lastSequence = 0
  /** Bytes of its queue that the session's window does not count any more. */
  creditedAhead = 0
  /** Nobody reads it any more. */
  discarding = false
  /** The codes of the peer's RESET and STOP, kept for an OPEN that comes later. */
  peerResetCode = 0
  peerStopCode: number | undefined
  /** The peer has cancelled it, and that was counted. */
  cancelled = false

  constructor(session: Session, id: number, openedBySelf: boolean, priority: number, nowMs: number) {
    this.#session = session
    this.id = id
    this.openedBySelf = openedBySelf
    this.openDue = openedBySelf
    this.priority = priority
    const { limits, budget } = session
    this.receive = new ReceiveHalf(
      new ReceiveWindow(FIRST_STREAM_WINDOW_BYTES, limits.streamWindowBytesMax, budget, nowMs),
    )
  }

  /** Takes bytes to send. True: all are in frames already, and the array is free. False: it must not change until `accepted`. */
  write(bytes: Uint8Array, nowMs: number): boolean {
    if (this.send.state !== 'open') return true
    this.send.write(bytes)
    this.#session.streamQueued(this, nowMs)
    return this.send.queuedBytes === 0
  }

  /** Ends this side's half after what was written. */
  end(nowMs: number): void {
    this.send.end()
    this.#session.streamQueued(this, nowMs)
  }

  /** Ends this side's half at once and drops what was not sent yet. */
  reset(code: number): void {
    if (this.send.reset(code)) this.#session.streamDue(this)
  }

  /** Asks the other side to stop sending, and reads no more. */
  stop(code: number, nowMs: number): void {
    if (this.discarding) return
    if (this.receive.state === 'open') {
      this.stopDue = code
      this.#session.streamDue(this)
    }
    this.#session.discard(this, nowMs)
  }

  /** The owner takes bytes again. */
  pull(nowMs: number): void {
    this.#session.deliver(this, nowMs)
  }

  /** The other side holds all of this one's half, and its end. */
  endAcknowledged(by: 'fin' | 'reset'): void {
    if (!this.send.endAcknowledged(by)) return
    if (by === 'fin') this.owner?.endAcknowledged()
    this.finishIfOver()
  }

  /** Lets the session forget it, once both halves have ended and nothing about it is left to say. */
  finishIfOver(): void {
    if (this.receive.isOver && this.send.state === 'over' && this.protocol !== undefined) this.#session.streamOver(this)
  }
}
