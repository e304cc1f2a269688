import { type KeepAlive, pingIntervalMs, type ResolvedKeepAlive, resolveKeepAlive, sendsPings } from './keep-alive.ts'
import type { LinkHealth } from './link-health.ts'
import type { LivenessLimits } from './liveness-limits.ts'
import { Pings } from './pings.ts'

export interface LivenessOptions {
  /** Told of every probe, and of suspicion; its score sets the pace of pings. */
  readonly health: LinkHealth
  readonly limits: LivenessLimits
  readonly keepAlive: KeepAlive
  /** From 0 to below 1. */
  readonly random: () => number
  readonly link: WatchedLink
}

/** The link that is watched. */
export interface WatchedLink {
  /** How long what it has in flight takes to be delivered: so much later an answer may come. */
  readonly drainMs: number
  /** A probe was answered in time, or was not. */
  probed(answered: boolean): void
}

/** What a link has to do next, as far as liveness goes; on `suspect` it has to ping, too. */
export type LivenessVerdict = 'fine' | 'ping' | 'suspect' | 'no-answer' | 'acknowledgement-stalled'

type State =
  | { readonly kind: 'healthy' }
  | {
      readonly kind: 'suspect'
      /** Pings that were due since. */
      probes: number
      nextProbeMs: number
      /** When enough of them have had their time to be answered; Infinity until enough are out. */
      probedMs: number
    }

/** What makes a link without an answer lost: so long a silence, and so many pings that had `intervalMs` each. */
interface Verdict {
  readonly lostMs: number
  readonly probes: number
  readonly intervalMs: number
}

const HEALTHY: State = { kind: 'healthy' }
const JITTER = 0.2

/**
 * The failure detector of one link. Any byte that arrives is a sign of life; sending never is.
 *
 *                 waited clamp(3 PTO, 0.6 s, 3 s)             15 s and three probes unanswered
 *     ┌─────────┐ ────────────────────────────▶ ┌─────────┐ ────────────────────────────────▶ no-answer
 *     │ healthy │                               │ suspect │ ──┐
 *     └─────────┘ ◀──────────────────────────── └─────────┘ ◀─┘ after a stall of one's own: counted anew
 *          │                any byte
 *          └──▶ acknowledgement-stalled: bytes arrive, but none of what waits was acknowledged for 30 s
 *
 * A link waits while it has frames unacknowledged or a ping unanswered, since the latest of: its last sign of life, the last acknowledgement
 * of a frame that it carried, and the moment when the waiting began. In keep-alive mode `fixed` an idle link is judged by that mode's numbers instead.
 *
 * A probe is a ping. One that has no answer within the time that makes a link suspect is missed, even if bytes go on arriving: then the link
 * is not suspect, but its health says that the peer does not answer, and after three in a row, while the other side goes on asking, the link counts as one-way.
 */
export class Liveness {
  readonly #limits: LivenessLimits
  readonly #health: LinkHealth
  readonly #random: () => number
  readonly #link: WatchedLink
  #keepAlive: ResolvedKeepAlive
  #state: State = HEALTHY
  #heardMs: number
  /** Since when frames are unacknowledged without a break. */
  #unacknowledgedSinceMs: number | undefined
  #progressMs = 0
  /** Since when a ping is unanswered. */
  #pingSentMs: number | undefined
  readonly #pings = new Pings()
  #nextPingMs: number
  /** One's own ping is owed since the last: frames came, or the other side asks as if it heard nothing. */
  #owesPing = false
  /** What `#nextPingMs` was drawn from. */
  #intervalMs = 0
  #oneWay = false
  /** Until then the link is not given up for another one. */
  #spareUntilMs = -Infinity

  /** Throws `RangeError` if `keepAlive` is out of its range. */
  constructor(nowMs: number, options: LivenessOptions) {
    this.#health = options.health
    this.#limits = options.limits
    this.#keepAlive = resolveKeepAlive(options.keepAlive)
    this.#random = options.random
    this.#link = options.link
    this.#heardMs = nowMs
    this.#nextPingMs = nowMs
  }

  get suspect(): boolean {
    return this.#state.kind === 'suspect'
  }

  get heardMs(): number {
    return this.#heardMs
  }

  /** Whether this side pings the link, ever. Without pings it is judged by acknowledgements alone. */
  get sendsPings(): boolean {
    return sendsPings(this.#keepAlive)
  }

  /**
   * Bytes come, so it is not suspect, but three pings in a row were missed, nothing that it carried was acknowledged meanwhile, and the other side asks at the pace of probes:
   * both hold that the link delivers in one direction alone. Without the last, answers may only be waiting behind much data on a slow link, where another one would not help.
   * Changes only when a probe is judged or a suspicion ends.
   */
  get oneWay(): boolean {
    return this.#oneWay
  }

  /** Whether another link may take its place: it is suspect, and not merely because nobody was there to read its answers. */
  replaceable(nowMs: number): boolean {
    return this.suspect && nowMs >= this.#spareUntilMs
  }

  /** From now on an idle link is kept alive in this way. Throws `RangeError`, and changes nothing, if an option is out of its range. */
  setKeepAlive(keepAlive: KeepAlive, nowMs: number): void {
    this.#keepAlive = resolveKeepAlive(keepAlive)
    if (!this.sendsPings) {
      // Those that are out must not time out any more.
      this.#pings.forget()
      this.#pingSentMs = undefined
    }
    this.#schedulePing(nowMs)
  }

  /** Bytes arrived. True if this clears a suspicion. */
  heard(nowMs: number): boolean {
    this.#heardMs = nowMs
    if (this.#state.kind === 'healthy') return false
    this.#state = HEALTHY
    this.#pingSentMs = undefined
    this.#pings.delivered()
    this.#oneWay = false
    this.#health.suspicion(false)
    return true
  }

  /** A frame that needs an acknowledgement was sent. True if a ping should go with it: the link has been silent for long. */
  frameSent(nowMs: number): boolean {
    if (this.#unacknowledgedSinceMs !== undefined) return false
    this.#unacknowledgedSinceMs = nowMs
    this.#progressMs = nowMs
    this.#nextPingMs = Math.min(this.#nextPingMs, nowMs + this.#limits.busyPingMs)
    // From here on it is judged by round trips, whatever the mode of idle links says.
    if (this.#state.kind === 'suspect')
      this.#state = this.#suspicion(Math.min(this.#state.nextProbeMs, nowMs + this.#limits.probeIntervalMs))
    return this.#pingSentMs === undefined && nowMs >= this.#heardMs + this.#limits.longIdleMs
  }

  /**
   * Frames came that this side acknowledges. A ping follows while they come, and once after the last: a side that only reads has nothing
   * unacknowledged by which it would notice that no more can come.
   */
  framesCame(nowMs: number): void {
    this.#owesPing = true
    this.#nextPingMs = Math.min(this.#nextPingMs, nowMs + this.#limits.busyPingMs)
  }

  /** Frames of this link were acknowledged; `none` says that nothing is waiting any more. */
  framesAcknowledged(nowMs: number, none: boolean): void {
    this.#progressMs = nowMs
    this.#pings.delivered()
    this.#delivers(nowMs)
    if (none) this.noneInFlight()
  }

  /** No frame of this link waits for an acknowledgement, as after all have moved to another one. */
  noneInFlight(): void {
    this.#unacknowledgedSinceMs = undefined
  }

  /** A ping is being sent; returns its token. */
  pingSent(nowMs: number): number {
    this.#pingSentMs ??= nowMs
    this.#schedulePing(nowMs)
    return this.#pings.sent(nowMs)
  }

  /**
   * A pong arrived. One that answers no ping, or one that was answered before, says nothing. An answer that comes too late is still a sample of the round trip,
   * or a link that has become slow would never be known as that.
   */
  pongReceived(token: number, nowMs: number): void {
    const ping = this.#pings.answered(token)
    if (ping === undefined) return
    if (token === this.#pings.lastToken) this.#pingSentMs = undefined
    if (ping.late) {
      this.#health.roundTrip.sample(nowMs - ping.sentMs)
      this.#delivers(nowMs)
      return
    }
    this.#health.sample(nowMs - ping.sentMs)
    this.#probeJudged(true, nowMs)
  }

  /**
   * The other side pinged: that both live is known, so one's own ping can wait. Not where it goes on asking so soon that it seems to probe, and answers nothing of
   * this side: perhaps it hears nothing, which only a ping of one's own can show.
   */
  pingReceived(nowMs: number): void {
    const askedInRow = this.#pings.asked(nowMs, this.#limits.probeIntervalMs)
    if (this.#unacknowledgedSinceMs !== undefined || this.#owesPing) return
    if (askedInRow < this.#limits.probesBeforeLost) this.#schedulePing(nowMs)
    else this.#owePing(nowMs)
  }

  /**
   * This node did not run for a while: it was stopped, busy or asleep. The link has to be pinged now, and only what happens from now on counts; an
   * answer to an earlier ping would measure the stall.
   */
  probe(nowMs: number): void {
    this.#pings.forget()
    this.#pingSentMs = undefined
    this.#progressMs = nowMs
    this.#spareUntilMs = nowMs + this.#suspectMs()
    // The ping that is due with this is the first of those that count.
    if (this.#state.kind === 'suspect') this.#state = this.#suspicion(nowMs + this.#verdict.intervalMs, 1)
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
    return this.#pings.lastToken
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
    const overdue = nowMs >= this.#suspectAtMs(sinceMs)
    this.#judgeProbes(nowMs, overdue)
    if (this.#state.kind === 'suspect') return this.#advanceSuspect(this.#state, sinceMs, nowMs)
    if (this.#stalledAtMs() <= nowMs) return 'acknowledgement-stalled'
    if (overdue) {
      this.#state = this.#suspicion(nowMs + this.#verdict.intervalMs, 1)
      this.#health.suspicion(true)
      return 'suspect'
    }
    if (nowMs < this.#pingAtMs() || this.#pingSentMs !== undefined) return 'fine'
    this.#schedulePing(nowMs)
    return 'ping'
  }

  /** When `advance` has something to say at the earliest. */
  deadlineMs(): number {
    const missedMs = this.#pings.oldestMs + this.#suspectMs()
    if (this.#state.kind === 'suspect') {
      const lostMs = Math.max(this.waitingSinceMs + this.#verdict.lostMs, this.#state.probedMs)
      return Math.min(missedMs, this.#state.nextProbeMs, lostMs)
    }
    const suspectMs = this.#suspectAtMs(this.waitingSinceMs)
    const pingMs = this.#pingSentMs === undefined ? this.#pingAtMs() : Infinity
    return Math.min(missedMs, suspectMs, pingMs, this.#stalledAtMs())
  }

  #advanceSuspect(state: Extract<State, { kind: 'suspect' }>, sinceMs: number, nowMs: number): LivenessVerdict {
    const { lostMs, probes, intervalMs } = this.#verdict
    if (nowMs >= sinceMs + lostMs && nowMs >= state.probedMs) return 'no-answer'
    if (nowMs < state.nextProbeMs) return 'fine'
    // Counted when due, not when sent: a link whose buffers are full of what was never taken does not send it.
    state.probes++
    state.nextProbeMs = nowMs + intervalMs
    if (state.probes >= probes) state.probedMs = Math.min(state.probedMs, state.nextProbeMs)
    return 'ping'
  }

  /** A suspicion whose next probe is due at `nextProbeMs`, when `probes` are out that were due an interval before that. */
  #suspicion(nextProbeMs: number, probes = 0): State {
    const { probes: needed, intervalMs } = this.#verdict
    let probedMs = Infinity
    if (probes >= needed) probedMs = needed === 0 ? nextProbeMs - intervalMs : nextProbeMs
    return { kind: 'suspect', probes, nextProbeMs, probedMs }
  }

  /** Finds pings that should have been answered by now. */
  #judgeProbes(nowMs: number, overdue: boolean): void {
    while (nowMs >= this.#pings.oldestMs + this.#suspectMs()) {
      // Bytes came, but not this answer: it is waited for no longer, so that another ping can be sent.
      if (this.#pings.miss() && !overdue && !this.suspect) this.#pingSentMs = undefined
      this.#health.probeMissed()
      this.#probeJudged(false, nowMs)
    }
  }

  /** The score has changed: a link that became worse is pinged sooner. */
  #probeJudged(answered: boolean, nowMs: number): void {
    const { probesBeforeLost } = this.#limits
    this.#oneWay = this.#pings.missedInRow >= probesBeforeLost && this.#pings.askedInRow >= probesBeforeLost
    const isIdle = this.#unacknowledgedSinceMs === undefined
    if (isIdle && pingIntervalMs(this.#keepAlive, this.#health.score(false)) < this.#intervalMs)
      this.#schedulePing(nowMs)
    this.#link.probed(answered)
  }

  /** Something shows that the link delivers: if it was thought not to, a ping that is answered in time has to confirm it. */
  #delivers(nowMs: number): void {
    if (this.#oneWay) this.#owePing(nowMs)
  }

  /** A ping is due now, in every mode. */
  #owePing(nowMs: number): void {
    this.#owesPing = true
    this.#nextPingMs = nowMs
  }

  /** An idle link is judged by its mode, one with data in flight by round trips alone. */
  get #fixed(): Extract<ResolvedKeepAlive, { mode: 'fixed' }> | undefined {
    return this.#keepAlive.mode === 'fixed' && this.#unacknowledgedSinceMs === undefined ? this.#keepAlive : undefined
  }

  /**
   * When a link that has waited since then is suspect. One that was heard a moment before it began to wait, as where frames only come and a ping follows the last
   * one, is suspect after `suspectMsMax` of silence at the latest: it is the silence that must not last longer.
   */
  #suspectAtMs(sinceMs: number): number {
    const atMs = sinceMs + this.#suspectMs()
    const { busyPingMs, suspectMsMin, suspectMsMax } = this.#limits
    if (this.#fixed !== undefined || sinceMs > this.#heardMs + busyPingMs) return atMs
    return Math.min(atMs, Math.max(this.#heardMs + suspectMsMax, sinceMs + suspectMsMin))
  }

  #suspectMs(): number {
    const fixed = this.#fixed
    if (fixed !== undefined) return fixed.timeoutMs
    const patienceMs = 3 * this.#health.roundTrip.probeTimeoutMs + this.#link.drainMs
    return Math.min(Math.max(patienceMs, this.#limits.suspectMsMin), this.#limits.suspectMsMax)
  }

  get #verdict(): Verdict {
    const fixed = this.#fixed
    const { lostMs, probesBeforeLost, probeIntervalMs } = this.#limits
    if (fixed === undefined) return { lostMs, probes: probesBeforeLost, intervalMs: probeIntervalMs }
    // The ping that made it suspect was the first failure.
    const { timeoutMs, failures } = fixed
    return { lostMs: failures * timeoutMs, probes: failures - 1, intervalMs: timeoutMs }
  }

  #stalledAtMs(): number {
    return this.#unacknowledgedSinceMs === undefined ? Infinity : this.#progressMs + this.#limits.acknowledgementMs
  }

  /**
   * In mode `tcp` a ping that was due when the last frame was acknowledged waits for the next frame. One after the last frame that came is sent all the same: the
   * acknowledgement of that may be on its way, and as long as bytes are, the kernel's keep-alive rests.
   */
  #pingAtMs(): number {
    if (!this.sendsPings) return Infinity
    const isIdle = this.#unacknowledgedSinceMs === undefined && !this.#owesPing
    return this.#keepAlive.mode === 'tcp' && isIdle ? Infinity : this.#nextPingMs
  }

  #schedulePing(nowMs: number): void {
    this.#owesPing = false
    const busy = this.#unacknowledgedSinceMs !== undefined
    const jitter = 1 + JITTER * (2 * this.#random() - 1)
    this.#intervalMs = busy ? this.#limits.busyPingMs : pingIntervalMs(this.#keepAlive, this.#health.score(false))
    this.#nextPingMs = nowMs + (busy ? this.#intervalMs : this.#intervalMs * jitter)
  }
}
