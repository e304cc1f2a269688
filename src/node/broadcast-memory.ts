/** How many messages are remembered, and for how long. */
const IDS_MAX = 8_192
const REMEMBERED_MS = 10 * 60_000

/** Remembers which messages have come, so that each is taken once whatever ways it comes on. Bounded in number and time. */
export class BroadcastMemory {
  /** By id, oldest first: when each is forgotten. */
  readonly #forgottenAtMs = new Map<string, number>()

  get size(): number {
    return this.#forgottenAtMs.size
  }

  has(id: string, nowMs: number): boolean {
    return (this.#forgottenAtMs.get(id) ?? -Infinity) > nowMs
  }

  /** True if the message is new; it is remembered from now on. */
  add(id: string, nowMs: number): boolean {
    if (this.has(id, nowMs)) return false
    this.#forgottenAtMs.delete(id)
    this.#forgottenAtMs.set(id, nowMs + REMEMBERED_MS)
    for (const [oldest, atMs] of this.#forgottenAtMs) {
      if (atMs > nowMs && this.#forgottenAtMs.size <= IDS_MAX) break
      this.#forgottenAtMs.delete(oldest)
    }
    return true
  }
}
