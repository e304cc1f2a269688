import type { Clock, Timer } from '../../clock.ts'
import { ConnectionWindow } from '../../core/dial/connection-window.ts'
import type { DialTurn } from '../../core/dial/dial-queue.ts'
import { type DialHint, dialHintRules } from '../../core/dial/hints.ts'
import { DialSchedule } from '../../core/dial/schedule.ts'
import { type DialScheduleOptions, defaultDialSchedule } from '../../core/dial/schedule-options.ts'
import { UnreachableError } from '../errors.ts'
import type { DialLimiter } from './dial-limiter.ts'

/** One attempt ends after this long, hello and answer included. */
export const DIAL_TIMEOUT_MS = 10_000
/**
 * Attempts to one peer at a time. The default schedule comes to five or six; one with shorter waits is held back here, since an attempt that is ended before its
 * time might never come through on a slow path.
 */
export const ATTEMPTS_AT_ONCE_MAX = 8
/** How long to wait for an inbound connection of the peer, before looking again. */
const DEFER_MS = 500
/** A peer whose last attempt took longer comes after those that answer. */
const HANGING_MS = 1_000

export interface DialerHost {
  /** There is somebody to dial, and a reason to. Asked before every attempt. */
  readonly wantsDial: boolean
  /** It has no link: only then are connections held to fewer than ten a minute. */
  readonly isAbsent: boolean
  /** Somebody waits for this peer, so it goes before others. */
  readonly isWaitedFor: boolean
  /** The other side dials first, and its connection may be in a handshake already: this side's attempt can wait a little more. */
  readonly defersToInbound: boolean
  /** Makes one attempt; resolves when a link is attached. */
  attempt(signal: AbortSignal, options: AttemptOptions): Promise<void>
  /** An attempt begins. */
  started(attempt: number): void
  /** The attempt with this number came to nothing. */
  failed(error: unknown, attempt: number): void
}

export interface AttemptOptions {
  /** So many connections may be begun; at least 1. */
  readonly connectionsMax: number
  /** To be called as each connection begins. */
  readonly began: () => void
  /** To be called when somebody has taken a connection. */
  readonly connected: () => void
}

export interface DialerOptions {
  readonly clock: Clock
  /** From 0 to below 1. */
  readonly random: () => number
  /** Shared by all peers of the node. */
  readonly turns: DialLimiter
  /** Default: `defaultDialSchedule`. */
  readonly schedule?: DialScheduleOptions | undefined
}

/**
 * Makes attempts to reach one peer, as long as its host wants them. They are counted from start to start: one that hangs neither delays
 * the next nor is ended by it.
 *
 *     resting ──there is a reason──▶ waiting for the time (a timer) ──due──▶ asking for a turn ──turn──▶ an attempt begins,
 *        ▲                            ▲        │ ▲   │                            │                      and the next one is due
 *        └──── no reason any more ────┴────────┘ └───┘ hint, loss: sooner         └── no reason any more ──▶ resting
 */
export class Dialer {
  readonly #clock: Clock
  readonly #random: () => number
  readonly #turns: DialLimiter
  readonly #host: DialerHost
  readonly #schedule: DialSchedule
  readonly #options: DialScheduleOptions
  /** The attempts under way, oldest first. Replaced when they change: most of the time there are none. */
  #running: readonly AbortController[] = []
  /** How many attempts are in the middle of a handshake: another one would only make that slower. */
  #shaking = 0
  #timer: Timer | undefined
  #isAsking = false
  #lastHung = false
  #stopped = false
  /** The connections of this absence. */
  #window: ConnectionWindow | undefined
  /** The next attempt is made on news of the peer, or for a person: it does not wait for the window. */
  #hasNews = false

  constructor({ clock, random, turns, schedule = defaultDialSchedule }: DialerOptions, host: DialerHost) {
    this.#clock = clock
    this.#random = random
    this.#turns = turns
    this.#host = host
    this.#schedule = new DialSchedule(schedule, random)
    this.#options = schedule
  }

  /** When the next attempt is due, on the clock. */
  get nextMs(): number {
    const { nextMs } = this.#schedule
    return this.#isLimited ? Math.max(nextMs, this.#window?.nextMs ?? nextMs) : nextMs
  }

  /** It keeps to fewer than ten connections a minute. */
  get #isLimited(): boolean {
    return this.#host.isAbsent && !this.#hasNews
  }

  /** A link was attached. Attempts that are under way may have been answered by the other side, so they go on. */
  connected(): void {
    this.#schedule.connected(this.#clock.now())
    this.#window = undefined
    // A wait for the window ends: a further link has only the schedule to wait for.
    this.#arm()
  }

  /** All links are lost: dial, at once or after the grace in which the peer may come. */
  lost(graceMs: number, wasOfUse = false): void {
    this.#schedule.lost(this.#clock.now(), graceMs, wasOfUse)
    this.#arm()
  }

  /** Somebody waits for the peer: its turn comes before that of others, and without a grace if nothing was tried yet. */
  hurry(): void {
    if (this.#isAsking) this.#turns.ask(this, 'waited')
    else if (this.#schedule.attempts === 0 && this.#running.length === 0) this.now()
    else this.soon()
  }

  /** Dial now, whatever the schedule says: a link is suspect. */
  now(): void {
    this.#schedule.restart(this.#clock.now())
    this.#hasNews = true
    this.#arm()
  }

  /**
   * Something says that the peer may be reached again, so a wait ends; nothing else changes, and nothing at all if nobody is to be dialed. What concerns
   * all peers of the node is spread by up to `spreadMs` (`hintSpreadMs` of their number). How often hints count stands in `dialHintRules`.
   */
  hint(hint: DialHint, spreadMs = 0): void {
    if (this.#stopped || !this.#host.wantsDial) return
    const spread = dialHintRules[hint].concernsAll ? spreadMs * this.#random() : 0
    if (this.#schedule.hint(hint, this.#clock.now(), spread)) this.#hasNews = true
    // Those under way were begun in a network that may be gone: the oldest makes room.
    if (this.#running.length >= ATTEMPTS_AT_ONCE_MAX)
      this.#abort(1, new UnreachableError('It did not answer before the network changed'))
    this.#arm()
  }

  /** Dial when the schedule allows, unless that is planned already. */
  soon(): void {
    if (this.#timer === undefined) this.#arm()
  }

  /** `defersToInbound` of the host may have changed. */
  reconsider(): void {
    if (this.#schedule.attempts === 0 && this.#timer !== undefined) this.#arm()
  }

  /** Nothing is wanted for a while: ends all attempts. */
  pause(): void {
    this.#rest()
    this.#abort(Infinity, new Error('Nobody is to be dialed for now'))
  }

  /** Ends all attempts, for good. */
  stop(): void {
    this.#stopped = true
    this.#rest()
    this.#abort(Infinity, new Error('Nobody is to be dialed any more'))
  }

  /** For the limiter: the dialer may make an attempt now. It gives the turn back by `ended` when that is over. */
  begin(turn: DialTurn<Dialer>): void {
    this.#isAsking = false
    if (this.#wants && turn.startedMs >= this.nextMs && !this.#isDeferring) void this.#attempt(turn)
    else this.#turns.ended(turn)
    this.#arm()
  }

  get #wants(): boolean {
    return !this.#stopped && this.#host.wantsDial
  }

  /** A connection of the peer may be in a handshake: asked when an attempt is due, and again at its turn, which may be long after. */
  get #isDeferring(): boolean {
    return this.#schedule.attempts === 0 && !this.#host.isWaitedFor && this.#host.defersToInbound
  }

  #arm(): void {
    this.#cancelTimer()
    if (!this.#wants) {
      this.#schedule.content(this.#clock.now())
      return this.#rest()
    }
    this.#schedule.wanting(this.#clock.now())
    if (this.#isAsking || this.#shaking > 0 || this.#running.length >= ATTEMPTS_AT_ONCE_MAX) return
    this.#timer = this.#clock.after(Math.max(0, this.nextMs - this.#clock.now()), () => this.#due())
  }

  #due(): void {
    this.#timer = undefined
    if (!this.#wants) return
    if (this.#clock.now() < this.nextMs || this.#shaking > 0) this.#arm()
    else if (this.#isDeferring) this.#timer = this.#clock.after(DEFER_MS, () => this.#due())
    else this.#ask()
  }

  #ask(): void {
    this.#isAsking = true
    const hangs = this.#lastHung || this.#running.length > 0
    this.#turns.ask(this, this.#host.isWaitedFor ? 'waited' : hangs ? 'hanging' : 'ordinary')
  }

  async #attempt(turn: DialTurn<Dialer>): Promise<void> {
    this.#schedule.attemptStarted(turn.startedMs)
    const controller = new AbortController()
    const timeout = this.#clock.after(DIAL_TIMEOUT_MS, () =>
      controller.abort(new UnreachableError('It did not answer within 10 s')),
    )
    this.#running = this.#running.concat(controller)
    let isShaking = false
    const attempt = this.#schedule.attempts
    this.#window ??= new ConnectionWindow(this.#options)
    const connectionsMax = this.#isLimited ? Math.max(1, this.#window.room(turn.startedMs)) : Infinity
    this.#hasNews = false
    this.#host.started(attempt)
    const began = (): void => {
      if (this.#host.isAbsent) this.#window?.began(this.#clock.now())
    }
    const connected = (): void => {
      if (isShaking || !this.#running.includes(controller)) return
      isShaking = true
      this.#shaking++
      this.#turns.connected(turn)
      this.#rest()
    }
    // What waits for nothing, for it has news or somebody who asks, begins one all the same.
    try {
      await this.#host.attempt(controller.signal, { connectionsMax, began, connected })
      this.#leave(controller)
      this.#lastHung = false
      // All of these were dialed from here, so none of them is the one that the other side counts on.
      this.#abort(Infinity, new Error('Another attempt succeeded'))
    } catch (error) {
      // One that was ended from here is no failure.
      if (this.#leave(controller)) {
        this.#lastHung = this.#clock.now() - turn.startedMs >= HANGING_MS
        this.#host.failed(error, attempt)
      }
    } finally {
      timeout.cancel()
      if (isShaking) this.#shaking--
      this.#turns.ended(turn)
    }
    this.soon()
  }

  /** Ends up to so many attempts, the oldest first. */
  #abort(count: number, reason: Error): void {
    for (const controller of this.#running.slice(0, count)) {
      this.#leave(controller)
      controller.abort(reason)
    }
  }

  /** True if the attempt was still one of those under way. */
  #leave(controller: AbortController): boolean {
    if (!this.#running.includes(controller)) return false
    this.#running = this.#running.filter((other) => other !== controller)
    return true
  }

  #rest(): void {
    this.#cancelTimer()
    if (this.#isAsking) this.#turns.withdraw(this)
    this.#isAsking = false
  }

  #cancelTimer(): void {
    this.#timer?.cancel()
    this.#timer = undefined
  }
}
