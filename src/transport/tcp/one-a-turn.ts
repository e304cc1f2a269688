/**
 * Does things that may take long one after the other: at most one in a turn of the event loop, and with a pause after each that is as long as it took. However many there are, others
 * wait for one at a time, and half of the processor is theirs.
 */
export class OneATurn {
  readonly #waiting = new Set<() => void>()
  #isBusy = false

  /** To be done in its turn, unless that is taken back before. */
  add(work: () => void): void {
    this.#waiting.add(work)
    this.#next()
  }

  takeBack(work: () => void): void {
    this.#waiting.delete(work)
  }

  #next(): void {
    const [work] = this.#waiting
    if (this.#isBusy || work === undefined) return
    this.#isBusy = true
    setImmediate(() => this.#do())
  }

  #do(): void {
    const beganMs = performance.now()
    const [work] = this.#waiting
    try {
      if (work !== undefined) {
        this.#waiting.delete(work)
        work()
      }
    } finally {
      setTimeout(() => {
        this.#isBusy = false
        this.#next()
      }, performance.now() - beganMs)
    }
  }
}
