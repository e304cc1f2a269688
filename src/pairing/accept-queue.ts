/** Hands on what arrives to whoever asks for it, in order; rejects with the signal's reason once that is aborted. */
export class AcceptQueue<T> {
  readonly #arrived: T[] = []
  readonly #signal: AbortSignal
  #taker: ((item: T) => void) | undefined

  constructor(signal: AbortSignal) {
    this.#signal = signal
  }

  put(item: T): void {
    const taker = this.#taker
    this.#taker = undefined
    if (taker === undefined) this.#arrived.push(item)
    else taker(item)
  }

  next(): Promise<T> {
    const item = this.#arrived.shift()
    if (item !== undefined) return Promise.resolve(item)
    return new Promise((resolve, reject) => {
      const aborted = (): void => reject(this.#signal.reason as Error)
      if (this.#signal.aborted) aborted()
      this.#taker = resolve
      this.#signal.addEventListener('abort', aborted, { once: true })
    })
  }
}
