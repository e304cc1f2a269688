/** A part of a run: the turns that all contestants take at one measure. */
export interface ForecastPart {
  readonly name: string
  readonly turns: number
  /** What a turn took elsewhere. */
  readonly turnMs: number
}

/**
 * How much longer a run takes. The measure of now goes on at its mean so far. Each of those that follow takes what it took elsewhere, times how much slower this
 * machine has been.
 */
export class Forecast {
  readonly #left: Map<string, { readonly turnMs: number; turns: number }>
  #expectedMs = 0
  #spentMs = 0
  #current: { readonly name: string; turns: number; ms: number } | undefined

  constructor(parts: readonly ForecastPart[]) {
    this.#left = new Map(parts.map(({ name, turns, turnMs }) => [name, { turns, turnMs }]))
  }

  get leftMs(): number {
    const pace = this.#expectedMs === 0 ? 1 : this.#spentMs / this.#expectedMs
    let leftMs = 0
    for (const [name, { turns, turnMs }] of this.#left) {
      const seen = this.#current?.name === name ? this.#current : undefined
      leftMs += turns * (seen === undefined ? turnMs * pace : seen.ms / seen.turns)
    }
    return leftMs
  }

  /** A contestant has taken a turn, or failed at it. */
  turnTaken(name: string, ms: number): void {
    const part = this.#left.get(name)
    if (part === undefined) return
    part.turns = Math.max(0, part.turns - 1)
    this.#expectedMs += part.turnMs
    this.#spentMs += ms
    if (this.#current?.name !== name) this.#current = { name, turns: 0, ms: 0 }
    this.#current.turns++
    this.#current.ms += ms
  }

  /** Nothing more comes of it: contestants that failed have left turns over. */
  partDone(name: string): void {
    this.#left.delete(name)
  }
}

/** "about 7 min", "about 40 s". */
export function about(ms: number): string {
  return ms >= 90_000 ? `about ${Math.round(ms / 60_000)} min` : `about ${Math.max(1, Math.round(ms / 10_000)) * 10} s`
}
