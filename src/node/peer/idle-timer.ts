import type { Clock, Timer } from '../../clock.ts'

/** Says when a peer that has a link was not used for a while. Open streams are use; pings are not. */
export class IdleTimer {
  readonly #clock: Clock
  readonly #expired: () => void
  #timeoutMs: number | undefined
  #isConnected = false
  #isUsed = false
  #timer: Timer | undefined

  constructor(clock: Clock, expired: () => void) {
    this.#clock = clock
    this.#expired = expired
  }

  /** How long without use is too long; undefined: nothing is. */
  setTimeout(timeoutMs: number | undefined): void {
    if (timeoutMs === this.#timeoutMs) return
    this.#timeoutMs = timeoutMs
    this.#restart()
  }

  connected(isConnected: boolean): void {
    if (isConnected === this.#isConnected) return
    this.#isConnected = isConnected
    this.#restart()
  }

  used(isUsed: boolean): void {
    if (isUsed === this.#isUsed) return
    this.#isUsed = isUsed
    this.#restart()
  }

  stop(): void {
    this.connected(false)
  }

  #restart(): void {
    this.#timer?.cancel()
    this.#timer = undefined
    if (this.#timeoutMs === undefined || !this.#isConnected || this.#isUsed) return
    this.#timer = this.#clock.after(this.#timeoutMs, () => {
      this.#timer = undefined
      this.#expired()
    })
  }
}
