import type { RoundTrip } from './round-trip.ts'

/** How loss is told from slowness (SPEC.md, section 8). Times in milliseconds. */
export interface LivenessLimits {
  readonly suspectMsMin: number
  readonly suspectMsMax: number
  /** Silence after which a suspect link is lost, if its probes were not answered either. */
  readonly lostMs: number
  readonly probesBeforeLost: number
  readonly probeIntervalMs: number
  /** Bytes arrive, but acknowledgements do not. */
  readonly acknowledgementMs: number
  /** Between pings of an idle link, before jitter. */
  readonly keepAliveMs: number
  /** Between pings of a busy link, for its round-trip time. */
  readonly busyPingMs: number
}

export const defaultLivenessLimits: LivenessLimits = {
  suspectMsMin: 600,
  suspectMsMax: 3_000,
  lostMs: 15_000,
  probesBeforeLost: 3,
  probeIntervalMs: 1_000,
  acknowledgementMs: 30_000,
  keepAliveMs: 60_000,
  busyPingMs: 1_000,
}

/** What a link has to do next, as far as liveness goes; on `suspect` it has to ping, too. */
export type LivenessVerdict = 'fine' | 'ping' | 'suspect' | 'no-answer' | 'acknowledgement-stalled'

const JITTER = 0.2
/** Pings whose answer is still of use. */
const PINGS_KEPT = 8

/**
 * The failure detector of one link. Any byte that arrives is a sign of life; sending never is.
 *
 *                    waited clamp(3 PTO, 0.6 s, 3 s)                15 s and three probes unanswered
 *     ┌─────────┐ ────────────────────────────────▶ ┌─────────┐ ────────────────────────────────▶ no-answer
 *     │ healthy │                                   │ suspect │
 *     └─────────┘ ◀──────────────────────────────── └─────────┘
 *          │                  any byte
 *          └──▶ acknowledgement-stalled: bytes arrive, but none of what waits was acknowledged for 30 s
 *
 * A link waits while it has frames unacknowledged or a ping unanswered, since the latest of: its last sign of life, the last acknowledgement
 * of a frame that it carried, and the moment when the waiting began.
 */
export class Liveness {
  readonly #limits: LivenessLimits
  readonly #roundTrip: RoundTrip
  readonly #random: () => number
  readonly #drainMs: () => number
  #state: 'healthy' | 'suspect' = 'healthy'
  #heardMs: number
  /** Since when frames are unacknowledged without a break. */
  #unacknowledgedSinceMs: number | undefined
  #progressMs = 0
  /** Since when a ping is unanswered. */
  #pingSentMs: number | undefined
  #pingToken = 0
  /** When the last pings were sent, by token; an answer may come after later ones have been sent. */
  readonly #pings = new Map<number, number>()
  #probes = 0
  #nextProbeMs = 0
  #nextPingMs: number

  /** `drainMs` answers how long what the link has in flight takes to be delivered: so much later an answer may come. */
  constructor(
    nowMs: number,
    roundTrip: RoundTrip,
    limits: LivenessLimits,
    random: () => number,
    drainMs: () => number = () => 0,
  ) {
    this.#drainMs = drainMs
    this.#limits = limits
    this.#roundTrip = roundTrip
    this.#random = random
    this.#heardMs = nowMs
    this.#nextPingMs = nowMs
  }

  get suspect(): boolean {
    return this.#state === 'suspect'
  }

  get heardMs(): number {
    return this.#heardMs
  }

  /** Bytes arrived. True if this clears a suspicion. */
  heard(nowMs: number): boolean {
    this.#heardMs = nowMs
    if (this.#state === 'healthy') return false
    this.#state = 'healthy'
    this.#probes = 0
    this.#pingSentMs = undefined
    return true
  }

  /** A frame that needs an acknowledgement was sent. */
  frameSent(nowMs: number): void {
    if (this.#unacknowledgedSinceMs !== undefined) return
    this.#unacknowledgedSinceMs = nowMs
    this.#progressMs = nowMs
    if (this.#nextPingMs > nowMs + this.#limits.busyPingMs) this.#nextPingMs = nowMs + this.#limits.busyPingMs
  }

  /** Frames of this link were acknowledged; `none` says that nothing is waiting any more. */
  framesAcknowledged(nowMs: number, none: boolean): void {
    this.#progressMs = nowMs
    if (none) this.#unacknowledgedSinceMs = undefined
  }

  /** A ping is being sent; returns its token. */
  pingSent(nowMs: number): number {
    this.#pingSentMs ??= nowMs
    this.#pingToken = (this.#pingToken + 1) >>> 0
    this.#pings.set(this.#pingToken, nowMs)
    this.#pings.delete((this.#pingToken - PINGS_KEPT) >>> 0)
    this.#schedulePing(nowMs)
    return this.#pingToken
  }

  /** A pong arrived: a sample of the round trip, also when it answers an earlier ping than the last. */
  pongReceived(token: number, nowMs: number): void {
    const sentMs = this.#pings.get(token)
    if (sentMs === undefined) return
    this.#pings.delete(token)
    if (token === this.#pingToken) this.#pingSentMs = undefined
    this.#roundTrip.sample(nowMs - sentMs)
  }

  /** The other side pinged: that both live is known, so one's own ping can wait. */
  pingReceived(nowMs: number): void {
    if (this.#unacknowledgedSinceMs === undefined) this.#schedulePing(nowMs)
  }

  /**
   * Since when no frame was acknowledged though some wait for it; Infinity if none do. Signs of life do not count here: of a link that delivers
   * in one direction only, they are all that comes.
   */
  get unansweredSinceMs(): number {
    return this.#unacknowledgedSinceMs === undefined ? Infinity : this.#progressMs
  }

  /** The token of the last ping; they count up from 1. */
  get lastPing(): number {
    return this.#pingToken
  }

  /** Since when this link has been waiting for a sign of life; Infinity if it is not. */
  get waitingSinceMs(): number {
    const began = Math.min(this.#unacknowledgedSinceMs ?? Infinity, this.#pingSentMs ?? Infinity)
    // An acknowledgement of what this link carried shows that it delivers, whichever link brought it.
    return Math.max(began, this.#heardMs, this.#progressMs)
  }

  /** Judges the link, to be called when `deadlineMs` has passed, and changes the state by the verdict. */
  advance(nowMs: number): LivenessVerdict {
    // Compared as `deadlineMs` adds up, so that rounding never makes a deadline at which there is nothing to say.
    const sinceMs = this.waitingSinceMs
    if (this.#state === 'suspect') {
      if (nowMs >= sinceMs + this.#limits.lostMs && this.#probes >= this.#limits.probesBeforeLost) return 'no-answer'
      if (nowMs < this.#nextProbeMs) return 'fine'
      // Counted when due, not when sent: a link whose buffers are full of what was never taken does not send it.
      this.#probes++
      this.#nextProbeMs = nowMs + this.#limits.probeIntervalMs
      return 'ping'
    }
    if (this.#stalledAtMs() <= nowMs) return 'acknowledgement-stalled'
    if (nowMs >= sinceMs + this.#suspectMs()) {
      this.#state = 'suspect'
      this.#probes = 1
      this.#nextProbeMs = nowMs + this.#limits.probeIntervalMs
      return 'suspect'
    }
    if (nowMs < this.#nextPingMs || this.#pingSentMs !== undefined) return 'fine'
    this.#schedulePing(nowMs)
    return 'ping'
  }

  /** When `advance` has something to say at the earliest. */
  deadlineMs(): number {
    if (this.#state === 'suspect') {
      const lostMs =
        this.#probes >= this.#limits.probesBeforeLost ? this.waitingSinceMs + this.#limits.lostMs : Infinity
      return Math.min(this.#nextProbeMs, lostMs)
    }
    const suspectMs = this.waitingSinceMs + this.#suspectMs()
    const pingMs = this.#pingSentMs === undefined ? this.#nextPingMs : Infinity
    return Math.min(suspectMs, pingMs, this.#stalledAtMs())
  }

  #suspectMs(): number {
    const patienceMs = 3 * this.#roundTrip.probeTimeoutMs + this.#drainMs()
    return Math.min(Math.max(patienceMs, this.#limits.suspectMsMin), this.#limits.suspectMsMax)
  }

  #stalledAtMs(): number {
    return this.#unacknowledgedSinceMs === undefined ? Infinity : this.#progressMs + this.#limits.acknowledgementMs
  }

  #schedulePing(nowMs: number): void {
    const busy = this.#unacknowledgedSinceMs !== undefined
    const jitter = 1 + JITTER * (2 * this.#random() - 1)
    this.#nextPingMs = nowMs + (busy ? this.#limits.busyPingMs : this.#limits.keepAliveMs * jitter)
  }
}
