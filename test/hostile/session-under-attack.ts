import type { ProtocolError } from '../../src/core/errors.ts'
import { FrameDecoder } from '../../src/core/frame/decode.ts'
import type { Frame } from '../../src/core/frame/frames.ts'
import { defaultSessionLimits, MemoryBudget, type SessionLimits } from '../../src/core/session/limits.ts'
import type { SessionLink } from '../../src/core/session/link.ts'
import { Session, type SessionHost } from '../../src/core/session/session.ts'
import type { SessionStream } from '../../src/core/session/stream.ts'
import { forge } from './forge.ts'
import { Reader } from './reader.ts'

/** One of the peer's streams, as an honest peer would count it. */
interface HostileStream {
  readonly id: number
  offset: number
  ended: boolean
}

const BUDGET_BYTES = 16 * 1024 * 1024
/** Frames that may be sent once more, and frames that are held back to overtake one another. */
const REMEMBERED_MAX = 64
const HELD_MAX = 16

/** A session whose peer sends what a test says. Each stream that the peer opens is read by every second reader, and not by the others. */
export class SessionUnderAttack implements SessionHost {
  readonly session: Session
  readonly limits: SessionLimits
  readonly budget = new MemoryBudget(BUDGET_BYTES)
  readonly readers: Reader[] = []
  endings = 0
  nowMs = 0
  readonly #link: SessionLink
  readonly #decoder: FrameDecoder
  readonly #streams: HostileStream[] = []
  readonly #own: Reader[] = []
  readonly #raised = new Map<string, number>()
  readonly #sent: Uint8Array[] = []
  readonly #held: Uint8Array[] = []
  #holding = false
  #sequence = 0
  #written = 0
  #highestSent = 0

  constructor(limits: Partial<SessionLimits> = {}) {
    this.limits = { ...defaultSessionLimits, ...limits }
    const { budget } = this
    const options = { isLower: true, limits: this.limits, budget, host: this, random: () => 0.5 }
    this.session = new Session({ ...options, allocate: (size) => new Uint8Array(size) }, 0)
    this.#link = this.session.attachLink({ id: 2, dialedBySelf: false, dialedByLower: false, rank: 0 }, 0)
    this.#decoder = new FrameDecoder({
      data: (sequence, stream, offset, payload, complete) =>
        this.session.dataReceived(sequence, stream, offset, payload, complete, this.nowMs),
      frame: (frame) => this.#frame(frame),
    })
  }

  // What the peer knows of an honest conversation.

  streamAt(which: number): HostileStream {
    const open = this.#streams.filter(({ ended }) => !ended)
    return open[which % Math.max(1, open.length)] ?? this.newStream()
  }

  newStream(): HostileStream {
    const stream = { id: 2 * (this.#streams.length + 1), offset: 0, ended: false }
    this.#streams.push(stream)
    return stream
  }

  /** The next number, or one that is off by `slip`; a gap is closed later by going on from the lowest number that is missing. */
  nextSequence(slip: number): number {
    if (slip === 0 || Math.abs(slip) > 10_000) return slip === 0 ? ++this.#sequence : Math.max(0, this.#sequence + slip)
    this.#sequence += Math.max(0, slip)
    return Math.max(0, this.#sequence)
  }

  /** One of this side's streams; opened now if there is none. */
  ownStream(which: number): number {
    if (this.#own.length === 0) this.useOwnStream(0, 1)
    return this.#own[which % this.#own.length]!.stream.id
  }

  /** A limit that is higher than the last one by `by`, or lower if `by` is negative. */
  raise(what: 'stream' | 'session' | 'streams', which: number, by: number): number {
    const key = what === 'stream' ? `${this.ownStream(which)}` : what
    const first = { stream: 262_144, session: 1_048_576, streams: 1_024 }[what]
    const limit = Math.min(2 ** 48 - 1, Math.max(0, (this.#raised.get(key) ?? first) + by))
    this.#raised.set(key, limit)
    return limit
  }

  // What the peer does.

  push(frame: Uint8Array): void {
    if (this.#holding && this.#held.length < HELD_MAX) {
      this.#held.push(frame)
      return
    }
    this.#sent.push(frame)
    if (this.#sent.length > REMEMBERED_MAX) this.#sent.shift()
    this.session.heard(this.#link, this.nowMs)
    this.#decoder.push(frame)
  }

  /** Frames are held back from now on, or come all at once, the last one first. */
  hold(): void {
    this.#holding = !this.#holding
    if (this.#holding) return
    for (const frame of this.#held.splice(0).toReversed()) this.push(frame)
  }

  /** A frame comes once more, unchanged. */
  repeat(which: number): void {
    const frame = this.#sent[which % Math.max(1, this.#sent.length)]
    if (frame !== undefined) this.push(frame)
  }

  /** Of some of what was sent, with a range behind a gap if there is room for one; or beyond all that, by `slip`. */
  acknowledge(slip: number, size: number): void {
    const cumulative = Math.max(0, Math.min(2 ** 48 - 1, this.#highestSent - (size % 20) + slip))
    const range = { first: cumulative + 2, last: cumulative + 2 + (size % 3) }
    this.push(forge.ack(cumulative, range.last <= this.#highestSent ? [range] : []))
  }

  // What the application does.

  useOwnStream(which: number, size: number): void {
    if (this.#own.length <= which) {
      const stream = this.session.openStream('own', which, this.nowMs)
      if (stream !== undefined) this.#own.push(new Reader(stream))
      return
    }
    const { stream } = this.#own[which]!
    if (size % 17 === 0) stream.reset(size)
    else if (size % 19 === 0) stream.end(this.nowMs)
    else if (size % 23 === 0) stream.stop(size, this.nowMs)
    else if (this.#written < 2_000_000 && stream.send.queuedBytes === 0) stream.write(new Uint8Array(size), this.nowMs)
    this.#written += size
  }

  read(which: number): void {
    const reader = this.readers[which]
    if (reader === undefined) return
    reader.wants = !reader.wants
    if (reader.wants) reader.stream.pull(this.nowMs)
  }

  pass(ms: number): void {
    this.nowMs += ms / 10
    if (this.session.nextDeadlineMs <= this.nowMs) this.session.advance(this.nowMs)
  }

  // What the tests ask.

  /** What `move` throws. */
  attempt(move: () => void): unknown {
    try {
      move()
      return undefined
    } catch (error) {
      return error
    }
  }

  /** Does what a node does after a violation; everything must be given back and every stream told. */
  endAfter(error: ProtocolError): void {
    const { session, budget } = this
    session.close('violation', error.rule, 'protocol-error', error, this.nowMs)
    if (session.endedWith !== error || this.endings !== 1) throw new Error('The session did not end as it should')
    if (budget.freeBytes !== BUDGET_BYTES)
      throw new Error(`${BUDGET_BYTES - budget.freeBytes} bytes were not given back`)
  }

  /** Bytes that wait for readers. */
  get keptBytes(): number {
    return this.readers.reduce((sum, { stream }) => sum + stream.receive.queue.bytes, 0)
  }

  flush(): void {
    if (this.#link.gone) return
    this.session.pump(this.#link, this.nowMs)
    for (const frame of this.#link.takeOutbox()) if (frame[3]! >= 0x20) this.#highestSent++
  }

  // For the session.

  streamOpened(stream: SessionStream): void {
    this.readers.push(new Reader(stream, this.readers.length % 2 === 0))
  }

  streamsAvailable(): void {
    // It opens no streams that wait.
  }

  linkLost(): void {
    // The link ends with the session.
  }

  linkProbed(): void {
    // Nobody looks at its health.
  }

  linkSuspect(): void {
    // There is no other one to dial.
  }

  linkRecovered(): void {
    // There is no other one to dial.
  }

  ended(): void {
    this.endings++
  }

  wake(): void {
    // Everything is flushed after each move.
  }

  #frame(frame: Frame): void {
    const { session, nowMs } = this
    if (frame.type === 'ack') session.acknowledgementReceived(frame, nowMs)
    else if (frame.type === 'ping') session.pingReceived(this.#link, frame, nowMs)
    else if (frame.type === 'pong') session.pongReceived(this.#link, frame, nowMs)
    else if ('sequence' in frame) session.reliableReceived(frame, nowMs)
  }
}
