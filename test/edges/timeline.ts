/** What was done and seen, with times from the beginning. */
export class Timeline {
  readonly #startedMs = performance.now()
  readonly #lines: string[] = []

  add(text: string, atMs = performance.now()): void {
    this.#lines.push(
      `${Math.round(atMs - this.#startedMs)
        .toString()
        .padStart(6)} ms  ${text}`,
    )
  }

  get lines(): readonly string[] {
    return this.#lines
  }
}
