import type { Clock, Timer } from '../../clock.ts'
import { type DialPriority, DialQueue, type DialQueueLimits, type DialTurn } from '../../core/dial/dial-queue.ts'
import type { Dialer } from './dialer.ts'

/** How often it is looked whether the process keeps up, while somebody asks. */
const LOOK_MS = 50

/** Gives out the turns of a node's dialers (`DialQueue` says whose it is); one for all its peers. */
export class DialLimiter {
  readonly #clock: Clock
  readonly #queue: DialQueue<Dialer>
  #timer: Timer | undefined
  #dueMs = 0
  #giving = false

  constructor(clock: Clock, limits?: DialQueueLimits) {
    this.#clock = clock
    this.#queue = new DialQueue(limits)
  }

  /** An attempt is in the middle of its handshake. */
  get isShaking(): boolean {
    return this.#queue.isShaking
  }

  /** Calls `begin` of the dialer at its turn, which may be at once. Asked again before that, it keeps its rank, or moves to a better priority. */
  ask(dialer: Dialer, priority: DialPriority): void {
    this.#queue.ask(dialer, priority)
    this.#give()
  }

  /** The dialer does not want its turn any more. Safe to call at any time. */
  withdraw(dialer: Dialer): void {
    this.#queue.withdraw(dialer)
    if (this.#queue.asking === 0) this.#cancelTimer()
  }

  /** The connection stands; what remains is the handshake. */
  connected(turn: DialTurn<Dialer>): void {
    this.#queue.connected(turn)
  }

  ended(turn: DialTurn<Dialer>): void {
    this.#queue.ended(turn, this.#clock.now())
    this.#give()
  }

  /** What begins may ask, withdraw and end in turn: the loop sees to all of it. */
  #give(): void {
    if (this.#giving) return
    this.#giving = true
    try {
      for (;;) {
        const turn = this.#queue.take(this.#clock.now())
        if (turn === undefined) break
        turn.who.begin(turn)
      }
    } finally {
      this.#giving = false
    }
    this.#arm()
  }

  /** While somebody asks there is a timer, and not a new one at each turn: whether it is late says how busy the process is. */
  #arm(): void {
    const nowMs = this.#clock.now()
    const nextMs = this.#queue.nextMs(nowMs)
    if (nextMs === undefined) return this.#cancelTimer()
    const dueMs = Math.max(nowMs, Math.min(nextMs, nowMs + LOOK_MS))
    if (this.#timer !== undefined && this.#dueMs <= dueMs) return
    this.#cancelTimer()
    this.#dueMs = dueMs
    this.#timer = this.#clock.after(dueMs - nowMs, () => {
      this.#timer = undefined
      this.#queue.wokeLate(this.#clock.now() - dueMs)
      this.#give()
    })
  }

  #cancelTimer(): void {
    this.#timer?.cancel()
    this.#timer = undefined
  }
}
