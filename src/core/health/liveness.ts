import { type KeepAlive, type ResolvedKeepAlive, sendsPings } from './keep-alive.ts'
import type { LinkHealth } from './link-health.ts'
import type { LivenessLimits } from './liveness-limits.ts'
import { PingSchedule } from './ping-schedule.ts'
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

/** What a link has to do next, as far as liveness goes; on `suspect` it has to ping, too, if `probesAtOnce`. */
export type LivenessVerdict = 'fine' | 'ping' | 'suspect' | 'no-answer' | 'acknowledgement-stalled'

type State =
  | { readonly kind: 'healthy' }
  | {
      readonly kind: 'suspect'
      /** Pings that were due since; in mode `fixed` with the one that had no answer. */
      probes: number
      nextProbeMs: number
      /** When enough of them have had their time to be answered; Infinity until enough are out. */
      probedMs: number
    }

/** What makes a link without an answer lost: so long a silence, and so many pings, one each `intervalMs`, that had `answerMs` to be answered. */
interface Verdict {
  readonly lostMs: number
  readonly probes: number
  readonly intervalMs: number
  readonly answerMs: number
}

const HEALTHY: State = { kind: 'healthy' }

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
  readonly #link: WatchedLink
  readonly #schedule: PingSchedule
  #state: State = HEALTHY
  #heardMs: number
  /** Since when frames are unacknowledged without a break. */
  #unacknowledgedSinceMs: number | undefined
  #progressMs = 0
  /** Since when a ping is unanswered. */
  #pingSentMs: number | undefined
  readonly #pings = new Pings()
  /** The first ping that was sent since frames last came, or will be; Infinity once it was answered. */
  #readPing = Infinity
  #oneWay = false
  /** Until then the link is not given up for another one. */
  #spareUntilMs = -Infinity

  /** Throws `RangeError` if `keepAlive` is out of its range. */
  constructor(nowMs: number, options: LivenessOptions) {
    const { health, limits, keepAlive, random, link } = options
    this.#health = health
    this.#limits = limits
    this.#link = link
    this.#schedule = new PingSchedule(nowMs, { health, keepAlive, random, busyPingMs: limits.busyPingMs })
    this.#heardMs = nowMs
  }

  get suspect(): boolean {
    return this.#state.kind === 'suspect'
  }

  /** Whether a link that becomes suspect is pinged at once, as always but in mode `fixed`, where its checks keep their pace. */
  get probesAtOnce(): boolean {
    return this.#fixed === undefined
  }

  get heardMs(): number {
    return this.#heardMs
  }

  /** Whether this side pings the link, ever. Without pings it is judged by acknowledgements alone. */
  get sendsPings(): boolean {
    return sendsPings(this.#schedule.keepAlive)
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
    this.#schedule.setKeepAlive(keepAlive, nowMs, this.#isBusy)
    if (this.sendsPings) return
    // Those that are out must not time out any more.
    this.#pings.forget()
    this.#pingSentMs = undefined
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
    this.#schedule.hurry(nowMs)
    // From here on it is judged by round trips, whatever the mode of idle links says.
    if (this.#state.kind === 'suspect')
      this.#state = this.#suspicion(Math.min(this.#state.nextProbeMs - this.#limits.probeIntervalMs, nowMs), 0)
    return this.#pingSentMs === undefined && nowMs >= this.#heardMs + this.#limits.longIdleMs
  }

  /**
   * Frames came that this side acknowledges. A ping follows while they come, and once after the last: a side that only reads has nothing
   * unacknowledged by which it would notice that no more can come.
   */
  framesCame(nowMs: number): void {
    this.#readPing = this.#pings.lastToken + 1
    this.#schedule.owe(nowMs + this.#limits.busyPingMs)
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
    this.#schedule.sent(nowMs, this.#isBusy)
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
    if (token >= this.#readPing) this.#readPing = Infinity
    const isFirst = this.#health.answeredMs === undefined
    if (ping.late) {
      this.#health.lateSample(nowMs - ping.sentMs, nowMs)
      this.#delivers(nowMs)
    } else {
      this.#health.sample(nowMs - ping.sentMs, nowMs)
      this.#probeJudged(true, nowMs)
    }
    if (isFirst) this.#schedule.measureAgain(nowMs)
  }

  /**
   * The other side pinged: that both live is known, so one's own ping can wait, though not for ever. Not where it goes on asking so soon that it seems to probe, and answers nothing of
   * this side: perhaps it hears nothing, which only a ping of one's own can show.
   */
  pingReceived(nowMs: number): void {
    const askedInRow = this.#pings.asked(nowMs, this.#limits.probeIntervalMs)
    if (this.#isBusy || this.#schedule.isOwed) return
    if (askedInRow < this.#limits.probesBeforeLost) this.#schedule.postpone(nowMs)
    else this.#schedule.owe(nowMs)
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
    if (this.#state.kind === 'suspect') this.#state = this.#suspicion(nowMs, 1)
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
      // In mode `fixed` the ping that had no answer is the first failure, elsewhere the one that goes out now is the first probe.
      this.#state = this.#suspicion(nowMs - (this.#fixed?.timeoutMs ?? 0), 1)
      this.#health.suspicion(true)
      return 'suspect'
    }
    if (nowMs < this.#schedule.dueMs(this.#isBusy) || this.#pingSentMs !== undefined) return 'fine'
    this.#schedule.sent(nowMs, this.#isBusy)
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
    const pingMs = this.#pingSentMs === undefined ? this.#schedule.dueMs(this.#isBusy) : Infinity
    return Math.min(missedMs, suspectMs, pingMs, this.#stalledAtMs())
  }

  #advanceSuspect(state: Extract<State, { kind: 'suspect' }>, sinceMs: number, nowMs: number): LivenessVerdict {
    const { lostMs, probes, intervalMs, answerMs } = this.#verdict
    if (nowMs >= sinceMs + lostMs && nowMs >= state.probedMs) return 'no-answer'
    if (nowMs < state.nextProbeMs) return 'fine'
    // Counted when due, not when sent: a link whose buffers are full of what was never taken does not send it.
    state.probes++
    state.nextProbeMs = nowMs + intervalMs
    if (state.probes >= probes) state.probedMs = Math.min(state.probedMs, nowMs + answerMs)
    return 'ping'
  }

  /** A suspicion with `probes` pings out, the last of which was due at `dueMs`. */
  #suspicion(dueMs: number, probes: number): State {
    const { probes: needed, intervalMs, answerMs } = this.#verdict
    return {
      kind: 'suspect',
      probes,
      nextProbeMs: dueMs + intervalMs,
      probedMs: probes >= needed ? dueMs + answerMs : Infinity,
    }
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
    if (!this.#isBusy) this.#schedule.scoreChanged(nowMs)
    this.#link.probed(answered)
  }

  /** Something shows that the link delivers: if it was thought not to, a ping that is answered in time has to confirm it. */
  #delivers(nowMs: number): void {
    if (this.#oneWay) this.#schedule.owe(nowMs)
  }

  /** Frames are unacknowledged. */
  get #isBusy(): boolean {
    return this.#unacknowledgedSinceMs !== undefined
  }

  /** An idle link is judged by its mode, one with data in flight by round trips alone, in either direction: a side that reads is as much in need of it as one that writes. */
  get #fixed(): Extract<ResolvedKeepAlive, { mode: 'fixed' }> | undefined {
    const { keepAlive } = this.#schedule
    return keepAlive.mode === 'fixed' && !this.#isBusy && this.#readPing === Infinity ? keepAlive : undefined
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
    if (fixed === undefined)
      return { lostMs, probes: probesBeforeLost, intervalMs: probeIntervalMs, answerMs: probeIntervalMs }
    const { intervalMs, timeoutMs, failures } = fixed
    return {
      lostMs: failures * timeoutMs,
      probes: failures,
      // After a failure the next check comes sooner by the time that the failure took, so that three are over within three intervals.
      intervalMs: Math.max(intervalMs - timeoutMs, timeoutMs),
      answerMs: timeoutMs,
    }
  }

  #stalledAtMs(): number {
    return this.#unacknowledgedSinceMs === undefined ? Infinity : this.#progressMs + this.#limits.acknowledgementMs
  }
}
