import { ProtocolError } from '../errors.ts'
import type { Allocate } from '../frame/bytes.ts'
import { encodePing, encodePong, encodeStatus } from '../frame/encode.ts'
import type { Status } from '../frame/frames.ts'
import { isPoor } from '../health/band.ts'
import type { BandChange } from '../health/link-health.ts'
import { LinkHealth } from '../health/link-health.ts'
import { Liveness, type WatchedLink } from '../health/liveness.ts'
import type { RoundTrip } from '../health/round-trip.ts'
import { StatusReports } from '../health/status-reports.ts'
import { TokenBucket, type TokenBucketOptions } from '../token-bucket.ts'
import { DeliveryRate } from './delivery-rate.ts'
import {
  ACKNOWLEDGE_AFTER_BYTES,
  ACKNOWLEDGE_AFTER_MS,
  LINK_IN_FLIGHT_BYTES_MIN,
  type SessionLimits,
} from './limits.ts'
import type { SentFrame } from './send-log.ts'

/** PONGs that may wait on one link. Of a peer that pings faster than it reads, the latest are answered. */
const PONGS_MAX = 16
/**
 * PINGs that a link takes: at once what an honest peer sends in the minutes that a network may hold them back, many times over, and in the long run far more than the one
 * a second of honest peers, as answering them costs nothing. Both are generous because a false alarm ends a session, and a flood exceeds them by orders of magnitude.
 */
export const PING_ALLOWANCE: TokenBucketOptions = { atOnce: 256, perSecond: 16 }
/** No round trip is shorter than what two busy processes need to take their turns. */
const TURN_MS = 2
/** What a link is taken to deliver until that is measured. */
const UNKNOWN_RATE_BYTES_PER_MS = 64
/** What a link takes at a time before it is flushed. */
const OUTBOX_BYTES = 256 * 1024

export interface SessionLinkOptions {
  /** The number that both sides know the link by. */
  readonly id: number
  readonly dialedBySelf: boolean
  /** Whether the lower side dialed it, which decides between two links of a kind. */
  readonly dialedByLower: boolean
  /** Links of a lower rank are preferred. */
  readonly rank: number
}

/** Who is told of the probes of links. */
export interface LinkObserver {
  /**
   * A ping of this side was answered in time, or was not. `link.takeBandChange()` says whether that changed the link's band; suspicion, and its end,
   * change it too.
   */
  linkProbed(link: SessionLink, answered: boolean): void
}

/** One link, as its session sees it: what is in flight on it, how fast it delivers, whether it lives, and what is to be written to it. */
export class SessionLink implements WatchedLink {
  readonly id: number
  readonly dialedBySelf: boolean
  readonly dialedByLower: boolean
  readonly rank: number
  readonly health = new LinkHealth()
  readonly roundTrip: RoundTrip = this.health.roundTrip
  readonly liveness: Liveness
  /** Both sides offered the feature `status`. */
  sendsStatus = false
  /** The transport takes more at the moment. */
  room = true
  /** A PING is due, or what takes its place where this side sends none. */
  pingDue = false
  /** An acknowledgement is due though nothing waits for one: it shows the other side that the link delivers to it, and asks for no answer. */
  signDue = false
  /** The session let go of it. */
  gone = false
  /** Its frames were sent on another link as well, because it has been waiting. */
  hedged = false
  /** The first PING that was sent since then; its answer, or an acknowledgement, shows that the link delivers. */
  hedgePing = 0
  /** When such an answer came last: by then everything that it carried before that PING had arrived, and only the acknowledgement was still to come. */
  hedgeEndedMs = -Infinity
  /** The first PING that was sent since its last suspicion ended; Infinity once that, or a later one, was answered. */
  recoveryPing = Infinity
  /** For how many of its samples in a row it was better than the active link. */
  lead = 0
  /** The sample that `lead` takes in. */
  leadProbes = 0
  /** Frames came on it since an acknowledgement left on it. */
  acknowledgementOwed = false
  /** When it was attached and last heard, in the order of events: clocks may not tell two of them apart. */
  attachedOrder = 0
  heardOrder = 0
  readonly #rate = new DeliveryRate()
  #inFlightBytes = 0
  #inFlightFrames = 0
  readonly #observer: LinkObserver | undefined
  readonly #pingAllowance = new TokenBucket(PING_ALLOWANCE)
  readonly #pongs: number[] = []
  /** Where no PING measures the round trip: a frame that does, until it is acknowledged, and when it was sent. */
  #timedFrame: SentFrame | undefined
  #timedMs = 0
  #statusReports: StatusReports | undefined
  #outbox: Uint8Array[] = []
  #outboxBytes = 0

  constructor(
    options: SessionLinkOptions,
    nowMs: number,
    limits: SessionLimits,
    random: () => number,
    observer?: LinkObserver,
  ) {
    this.id = options.id
    this.dialedBySelf = options.dialedBySelf
    this.dialedByLower = options.dialedByLower
    this.rank = options.rank
    this.#observer = observer
    this.liveness = new Liveness(nowMs, {
      health: this.health,
      limits: limits.liveness,
      keepAlive: limits.keepAlive,
      random,
      link: this,
    })
  }

  /** It answers, but badly, or it answers nothing though bytes come: too little to count on. A suspect link has its own rules: it may only be waiting for this node to have read its answer. */
  get isPoor(): boolean {
    return !this.liveness.suspect && (this.liveness.oneWay || isPoor(this.health.band))
  }

  get inFlightBytes(): number {
    return this.#inFlightBytes
  }

  get inFlightFrames(): number {
    return this.#inFlightFrames
  }

  get bytesPerSecond(): number {
    return this.#rate.bytesPerMs * 1_000
  }

  /**
   * How much may be in flight: twice what the link delivers in a round trip and until it is acknowledged. More would stand in the
   * kernel's buffers, where pings queue behind it, and would have to be sent again after a failover.
   */
  get inFlightLimitBytes(): number {
    const { bytesPerMs } = this.#rate
    const roundTripMs = Math.max(this.roundTrip.smallestMs ?? ACKNOWLEDGE_AFTER_MS, TURN_MS)
    const unreportedBytes = Math.min(bytesPerMs * ACKNOWLEDGE_AFTER_MS, ACKNOWLEDGE_AFTER_BYTES)
    return Math.max(LINK_IN_FLIGHT_BYTES_MIN, 2 * (bytesPerMs * roundTripMs + unreportedBytes))
  }

  /** Bytes of frames that were acknowledged. */
  get deliveredBytes(): number {
    return this.#rate.deliveredBytes
  }

  /** How long what is in flight takes to be delivered, as fast as this link is known to be; slow until it is known. */
  get drainMs(): number {
    return this.#inFlightBytes / Math.max(this.#rate.bytesPerMs, UNKNOWN_RATE_BYTES_PER_MS)
  }

  /** The outbox takes another frame that counts against the link's share. */
  get takesFrames(): boolean {
    return this.room && this.#outboxBytes < OUTBOX_BYTES && this.#inFlightBytes < this.inFlightLimitBytes
  }

  /** The outbox takes a frame other than data, which is small and must not wait behind it. */
  get takesControl(): boolean {
    return this.room && this.#outboxBytes < OUTBOX_BYTES
  }

  get outboxBytes(): number {
    return this.#outboxBytes
  }

  put(bytes: Uint8Array): void {
    this.#outbox.push(bytes)
    this.#outboxBytes += bytes.length
  }

  /** Hands over what is to be written now. */
  takeOutbox(): Uint8Array[] {
    const out = this.#outbox
    this.#outbox = []
    this.#outboxBytes = 0
    return out
  }

  /** Bytes arrived; true if that clears a suspicion. */
  heard(nowMs: number): boolean {
    // While frames wait on it, only an acknowledgement shows that it delivers in this direction too.
    if (this.#inFlightFrames === 0) this.liveness.noneInFlight()
    return this.liveness.heard(nowMs)
  }

  /** For `Liveness`. */
  probed(answered: boolean): void {
    this.#observer?.linkProbed(this, answered)
  }

  /** A reliable frame goes out on this link. */
  frameSent(frame: SentFrame, nowMs: number): void {
    if (this.#inFlightFrames === 0) this.#rate.restart(nowMs)
    frame.deliveredBytes = this.#rate.deliveredBytes
    frame.deliveredMs = this.#rate.deliveredMs
    this.#inFlightBytes += frame.bytes.length
    this.#inFlightFrames++
    if (!this.liveness.sendsPings && this.#timedFrame === undefined && !frame.repeated) {
      this.#timedFrame = frame
      this.#timedMs = nowMs
    }
    if (this.liveness.frameSent(nowMs)) this.pingDue = true
    this.put(frame.bytes)
  }

  /** A frame that was last sent here was acknowledged. */
  frameAcknowledged(frame: SentFrame, nowMs: number): void {
    // Karn's rule: what was sent twice measures nothing.
    if (frame === this.#timedFrame && !frame.repeated) this.roundTrip.sample(nowMs - this.#timedMs, nowMs)
    this.frameMoved(frame)
    this.#rate.delivered(frame, nowMs)
    // Of one that was sent twice nobody knows which link delivered it.
    if (!frame.repeated) this.hedged = false
    this.liveness.framesAcknowledged(nowMs, this.#inFlightFrames === 0)
  }

  /** A frame that was last sent here goes to another link. */
  frameMoved(frame: SentFrame): void {
    if (frame === this.#timedFrame) this.#timedFrame = undefined
    this.#inFlightBytes -= frame.bytes.length
    this.#inFlightFrames--
  }

  /** A PING, a PONG or something in the outbox is to be written. */
  get hasWork(): boolean {
    return this.pingDue || this.#pongs.length > 0 || this.#outboxBytes > 0
  }

  /** Throws `ProtocolError` if the peer floods the link. */
  pingReceived(token: number, nowMs: number): void {
    if (!this.#pingAllowance.take(nowMs)) {
      throw new ProtocolError('ping-flood', `More PINGs came than ${PING_ALLOWANCE.perSecond} a second`)
    }
    if (this.#pongs.length === PONGS_MAX) this.#pongs.shift()
    this.#pongs.push(token)
    this.liveness.pingReceived(nowMs)
  }

  /** What the other side measures; passed over unless that was agreed on. */
  statusReceived(status: Status): void {
    if (this.sendsStatus) this.health.remoteSaid(status)
  }

  /** This node did not run for a while: the link has to show anew whether it lives, before it is judged. */
  probe(nowMs: number): void {
    this.liveness.probe(nowMs)
    this.pingDue = true
  }

  /** The band of its health, if it is new since this was asked for last. */
  takeBandChange(): BandChange | undefined {
    return this.health.takeBandChange()
  }

  /** Puts the PONGs and the PING that are due into the outbox, and a STATUS behind them if there is something to tell. */
  pumpProbes(allocate: Allocate, nowMs: number): void {
    if (!this.pingDue && this.#pongs.length === 0) return
    for (const token of this.#pongs.splice(0)) this.put(encodePong(allocate, token))
    if (this.pingDue) {
      this.pingDue = false
      if (this.liveness.sendsPings) this.put(encodePing(allocate, this.liveness.pingSent(nowMs)))
      else this.signDue = true
    }
    if (!this.sendsStatus) return
    this.#statusReports ??= new StatusReports()
    const status = this.#statusReports.take(this.health, nowMs)
    if (status !== undefined) this.put(encodeStatus(allocate, status))
  }
}
