import type { Clock, Timer } from '../clock.ts'
import { InvalidArgumentError } from './errors.ts'
import type { EventStream } from './event-stream.ts'

const OPEN_MS = 5 * 60_000
const OPEN_MS_MIN = 1_000
const OPEN_MS_MAX = 24 * 3_600_000
/** Pairings by code that may begin while the door is open. With one chance in a million each, a man in the middle has ten in all, be it at the same time. */
const TRIES_MAX = 10

/**
 * Whether strangers may ask to be paired by code. Closed unless a person opens it, as a telephone that is visible by Bluetooth only while somebody looks: where every stranger could make a screen ask,
 * people would learn to say yes.
 */
export class PairingDoor {
  readonly #clock: Clock
  readonly #events: EventStream
  /** Called when it was opened or closed. */
  readonly #changed: () => void
  #timer: Timer | undefined
  #untilMs: number | undefined
  #tries = 0

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
    this.#tries = 0
    this.#timer?.cancel()
    this.#timer = this.#clock.after(forMs, () => this.close('time'))
    this.#set(this.#clock.wallNow() + forMs, 'asked')
  }

  close(reason: 'asked' | 'paired' | 'time' | 'tries'): void {
    this.#timer?.cancel()
    if (this.#untilMs !== undefined) this.#set(undefined, reason)
  }

  /** Somebody was let in; the last one closes the door behind it. */
  entered(): void {
    if (++this.#tries >= TRIES_MAX) this.close('tries')
  }

  #set(untilMs: number | undefined, reason: 'asked' | 'paired' | 'time' | 'tries'): void {
    this.#untilMs = untilMs
    this.#events.emit({ type: 'pairing:open', untilMs, reason })
    this.#changed()
  }
}
