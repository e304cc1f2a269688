import type { Clock, Timer } from '../clock.ts'
import { InvalidArgumentError } from '../node/errors.ts'
import type { EventStream } from '../node/events/event-stream.ts'
import type { PairingWindowReason } from '../node/events/events.ts'

const OPEN_MS = 5 * 60_000
const OPEN_MS_MIN = 1_000
const OPEN_MS_MAX = 24 * 3_600_000
/**
 * Whether strangers may ask to be paired by code, of whom one comes as far as a code each time that a person opens the node: whoever stands in the middle and holds the other person's code has one try, with a
 * chance of one in a million, and not one after the other until it fits. Closed unless a person opens it, as a telephone that is visible by Bluetooth only while somebody looks: where every stranger could make a screen ask,
 * people would learn to say yes.
 */
export class PairingWindow {
  readonly #clock: Clock
  readonly #events: EventStream
  /** Called when it was opened or closed. */
  readonly #changed: () => void
  #timer: Timer | undefined
  #untilMs: number | undefined
  /** The pairing that has come as far as a code since the node was opened. */
  #takenBy: object | undefined

  constructor(clock: Clock, events: EventStream, changed: () => void) {
    this.#clock = clock
    this.#events = events
    this.#changed = changed
  }

  /** On the wall's clock; undefined while it is closed. */
  get openUntilMs(): number | undefined {
    return this.#untilMs
  }

  open(forMs: number = OPEN_MS): void {
    if (!(forMs >= OPEN_MS_MIN && forMs <= OPEN_MS_MAX))
      throw new InvalidArgumentError(`A node is opened for pairing for one second to one day, not for ${forMs} ms`)
    this.#takenBy = undefined
    this.#timer?.cancel()
    this.#timer = this.#clock.after(forMs, () => this.close('time'))
    this.#set(this.#clock.wallNow() + forMs, 'asked')
  }

  close(reason: PairingWindowReason): void {
    this.#timer?.cancel()
    if (this.#untilMs !== undefined) this.#set(undefined, reason)
  }

  /** A pairing has come as far as a code, and is not over. */
  get isTaken(): boolean {
    return this.#takenBy !== undefined
  }

  /** The other side of a pairing is about to learn its code. False if it must not: another one has, or the node is closed. */
  take(pairing: object): boolean {
    if (this.#untilMs === undefined || this.#takenBy !== undefined) return false
    this.#takenBy = pairing
    return true
  }

  /** A pairing came to nothing. If its code was known to the other side, the next try is for a person to allow. */
  failed(pairing: object): void {
    if (this.#takenBy === pairing) this.close('tries')
  }

  #set(untilMs: number | undefined, reason: PairingWindowReason): void {
    this.#untilMs = untilMs
    this.#events.emit({ type: 'pairing:open', untilMs, reason })
    this.#changed()
  }
}
