import type { Clock, Timer } from '../../clock.ts'
import { DialGate, type DialGateLimits, type DialLane, type DialTurn } from '../../core/dial/dial-queue.ts'

/** Somebody who wants to make an attempt. */
export interface DialAsker {
  /** It may begin: now. Gives the turn back by `ended` when the attempt is over. */
  begin(turn: DialTurn<DialAsker>): void
}

/** How often it is looked whether the process keeps up, while somebody asks. */
const LOOK_MS = 50

/** Gives out the turns of a node's dialers (`DialGate` says whose it is); one for all its peers. */
export class DialTurns {
  readonly #clock: Clock
  readonly #gate: DialGate<DialAsker>
  #timer: Timer | undefined
  #dueMs = 0
  #giving = false

  constructor(clock: Clock, limits?: DialGateLimits) {
    this.#clock = clock
    this.#gate = new DialGate(limits)
  }

  /** An attempt is in the middle of its handshake. */
  get isShaking(): boolean {
    return this.#gate.isShaking
  }

  /** Begins `asker` at its turn, which may be at once. Asked again before that, it keeps its rank, or moves to a better lane. */
  ask(asker: DialAsker, lane: DialLane): void {
    this.#gate.ask(asker, lane)
    this.#give()
  }

  /** The asker does not want its turn any more. Safe to call at any time. */
  withdraw(asker: DialAsker): void {
    this.#gate.withdraw(asker)
    if (this.#gate.asking === 0) this.#cancelTimer()
  }

  /** The connection stands; what remains is the handshake. */
  connected(turn: DialTurn<DialAsker>): void {
    this.#gate.connected(turn)
  }

  ended(turn: DialTurn<DialAsker>): void {
    this.#gate.ended(turn, this.#clock.now())
    this.#give()
  }

  /** What begins may ask, withdraw and end in turn: the loop sees to all of it. */
  #give(): void {
    if (this.#giving) return
    this.#giving = true
    try {
      for (;;) {
        const turn = this.#gate.take(this.#clock.now())
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
    const nextMs = this.#gate.nextMs(nowMs)
    if (nextMs === undefined) return this.#cancelTimer()
    const dueMs = Math.max(nowMs, Math.min(nextMs, nowMs + LOOK_MS))
    if (this.#timer !== undefined && this.#dueMs <= dueMs) return
    this.#cancelTimer()
    this.#dueMs = dueMs
    this.#timer = this.#clock.after(dueMs - nowMs, () => {
      this.#timer = undefined
      this.#gate.wokeLate(this.#clock.now() - dueMs)
      this.#give()
    })
  }

  #cancelTimer(): void {
    this.#timer?.cancel()
    this.#timer = undefined
  }
}
