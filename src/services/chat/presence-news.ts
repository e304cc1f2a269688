import type { Clock, Timer } from '../../clock.ts'
import { TokenBucket } from '../../core/token-bucket.ts'
import type { ChatLimits } from './limits.ts'

/**
 * Says that the other side of a conversation has changed: at once as a rule, and of one that changes all the time only now and then, since who comes and goes many times a second must not fill the
 * events. The last change is always told, as whoever is told looks at how it stands then.
 */
export class PresenceNotifier {
  readonly #clock: Clock
  readonly #rate: TokenBucket
  readonly #tell: () => void
  #timer: Timer | undefined

  constructor(clock: Clock, { presenceBurst, presencePerSecond }: ChatLimits, tell: () => void) {
    this.#clock = clock
    this.#rate = new TokenBucket({ atOnce: presenceBurst, perSecond: presencePerSecond })
    this.#tell = tell
  }

  changed(): void {
    if (this.#timer !== undefined) return
    const delayMs = Math.ceil(this.#rate.spend(this.#clock.now(), 1))
    if (delayMs === 0) {
      this.#tell()
      return
    }
    this.#timer = this.#clock.after(delayMs, () => {
      this.#timer = undefined
      this.#tell()
    })
  }

  stop(): void {
    this.#timer?.cancel()
  }
}
