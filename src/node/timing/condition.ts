/** Those who wait for one thing to happen; each look again when it has. */
export class Condition {
  #waiting: (() => void)[] | undefined

  get isEmpty(): boolean {
    return this.#waiting === undefined
  }

  wait(): Promise<void> {
    this.#waiting ??= []
    const waiting = this.#waiting
    return new Promise((resolve) => waiting.push(resolve))
  }

  release(): void {
    const waiting = this.#waiting ?? []
    this.#waiting = undefined
    for (const resolve of waiting) resolve()
  }
}
