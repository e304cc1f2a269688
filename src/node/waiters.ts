/** Those who wait for one thing to happen; each look again when it has. */
export class Waiters {
  #waiting: (() => void)[] = []

  get isEmpty(): boolean {
    return this.#waiting.length === 0
  }

  wait(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve))
  }

  release(): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const resolve of waiting) resolve()
  }
}
