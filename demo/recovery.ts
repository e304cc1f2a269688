import type { Direction } from './schedule.ts'

/**
 * How long one fault took to heal: from the moment the network carries bytes again until bytes of the stream that
 * were not there before have arrived at both ends, measured where they arrive.
 */
export class Recovery {
  readonly #liftedAtMs: number
  /** Only what arrives after this counts; undefined until the first new connection where one is needed. */
  #countedFromMs: number | undefined
  readonly #movedAtMs: Partial<Record<Direction, number>> = {}

  /**
   * `needsConnection`: the fault ended every connection. What then still arrives may come out of buffers of the dead
   * ones, so it counts only after the first new connection.
   */
  constructor(liftedAtMs: number, needsConnection: boolean) {
    this.#liftedAtMs = liftedAtMs
    this.#countedFromMs = needsConnection ? undefined : liftedAtMs
  }

  /** A connection was accepted. */
  connected(atMs: number): void {
    if (this.#countedFromMs === undefined && atMs >= this.#liftedAtMs) this.#countedFromMs = atMs
  }

  /** New bytes of the stream arrived. Answers the recovery time once they did at both ends. */
  moved(direction: Direction, atMs: number): number | undefined {
    if (this.#countedFromMs === undefined || atMs < this.#countedFromMs) return undefined
    this.#movedAtMs[direction] ??= atMs
    const { out, back } = this.#movedAtMs
    return out === undefined || back === undefined ? undefined : Math.max(out, back) - this.#liftedAtMs
  }
}
